import Synchronization
import Testing

@testable import Store

@Suite struct LogTests {
    private static func records(_ range: Range<Int>, size: Int = 10) -> [LogRecord] {
        range.map { LogRecord(timestamp: Int64($0 * 10), bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: size)) }
    }

    private static func all(_ logs: LogStore, _ log: String = "a", times: Range<Int64>? = nil) async throws -> [LogEntry] {
        var found: [LogEntry] = []
        var page = try await logs.read(log: log, times: times, limit: 7, size: 5_000)
        while true {
            found += page.entries
            if page.stop == .end { return found }
            page = try await logs.read(log: log, from: page.next, times: times, limit: 7, size: 5_000)
        }
    }

    private static func segmentFiles(_ directory: TemporaryDirectory) throws -> [String] {
        try Posix.names(in: directory.path + "/logs").flatMap { shard in
            try Posix.names(in: "\(directory.path)/logs/\(shard)").flatMap { log in
                try Posix.names(in: "\(directory.path)/logs/\(shard)/\(log)").map {
                    "\(directory.path)/logs/\(shard)/\(log)/\($0)"
                }
            }
        }
    }

    @Test func checksumIsCastagnoli() {
        // RFC 3720 B.4, and the usual check value.
        #expect(Array("123456789".utf8).withUnsafeBytes { CRC32C.sum($0) } == 0xE306_9283)
        #expect([UInt8](repeating: 0, count: 32).withUnsafeBytes { CRC32C.sum($0) } == 0x8A91_36AA)
    }

    @Test func recordsComeBackAcrossSegmentsAndRestarts() async throws {
        let directory = TemporaryDirectory()
        var expected: [LogRecord] = []
        for round in 0..<4 {
            let logs = try LogStore(directory: directory.path, segmentSize: 100_000)
            for batch in 0..<10 {
                let records = Self.records((round * 100 + batch * 10)..<(round * 100 + batch * 10 + 10), size: 1_000)
                let offsets = try await logs.append(log: "a", records, durable: batch % 2 == 0)
                #expect(offsets == Int64(expected.count)..<Int64(expected.count + 10))
                expected += records
            }
            try await logs.sync()
            let found = try await Self.all(logs)
            #expect(found.map(\.record) == expected)
            #expect(found.map(\.offset) == Array(0..<Int64(expected.count)))
        }
        #expect(try Self.segmentFiles(directory).count >= 4)
        let logs = try LogStore(directory: directory.path, segmentSize: 100_000, filesMax: 1)
        let page = try await logs.read(log: "a", from: 250, reverse: true, limit: 3)
        #expect(page.entries.map(\.offset) == [249, 248, 247])
        #expect(page.next == 247 && page.stop == .limit)
        let times = try await Self.all(logs, times: 1_005..<2_000)
        #expect(times.map(\.offset) == Array(101..<200))
        #expect(try await logs.offsets(log: "a") == 0..<400)
    }

    @Test func concurrentAppendsKeepTheirOrder() async throws {
        let directory = TemporaryDirectory()
        let logs = try LogStore(directory: directory.path, segmentSize: 4_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var last: Int64 = -1
                    for round in 0..<25 {
                        let record = LogRecord(timestamp: Int64(round), bytes: [UInt8(task), UInt8(round)])
                        let offsets = try await logs.append(log: "log \(task % 2)", [record, record])
                        #expect(offsets.count == 2 && offsets.lowerBound > last)
                        last = offsets.lowerBound
                        let page = try await logs.read(log: "log \(task % 2)", from: offsets.lowerBound, limit: 2)
                        #expect(page.entries.map(\.record) == [record, record])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Self.all(logs, "log 0").count == 200)
        #expect(try await Self.all(logs, "log 1").map(\.offset) == Array(0..<200))
    }

    @Test func aTornTailIsCut() async throws {
        for cut in [1, 15, 16, 20, 25] {
            let directory = TemporaryDirectory()
            do { _ = try await LogStore(directory: directory.path).append(log: "a", Self.records(0..<5)) }
            let path = try #require(try Self.segmentFiles(directory).last)
            let file = try PosixFile(path, .readWrite)
            try file.truncate(to: try file.size() - cut)
            let repairs = Repairs()
            let logs = try LogStore(directory: directory.path) { repairs.add($0) }
            #expect(try await Self.all(logs).map(\.record) == Self.records(0..<4))
            #expect(repairs.all == [LogRepair(log: "a", offset: 4, bytesCut: 26 - cut)])
            #expect(try await logs.append(log: "a", Self.records(4..<5)) == 4..<5)
            #expect(try await Self.all(logs).map(\.record) == Self.records(0..<5))
        }
    }

    @Test func damageInTheMiddleIsToldNotHidden() async throws {
        let directory = TemporaryDirectory()
        do { _ = try await LogStore(directory: directory.path, segmentSize: 100).append(log: "a", Self.records(0..<3)) }
        do { _ = try await LogStore(directory: directory.path, segmentSize: 100).append(log: "a", Self.records(3..<6)) }
        let paths = try Self.segmentFiles(directory)
        #expect(paths.count == 2)
        let first = try PosixFile(paths[0], .readWrite)
        try [UInt8(0xAA)].withUnsafeBytes { try first.write($0, at: 26 + 20) }
        let logs = try LogStore(directory: directory.path, segmentSize: 100)
        await #expect(throws: StoreError.self) { _ = try await logs.read(log: "a") }
        #expect(try await logs.read(log: "a", from: 3).entries.map(\.offset) == [3, 4, 5])
    }

    @Test func trimmingKeepsOffsets() async throws {
        let directory = TemporaryDirectory()
        let logs = try LogStore(directory: directory.path, segmentSize: 1_000)
        for number in 0..<100 {
            _ = try await logs.append(log: "a", Self.records(number..<(number + 1), size: 84), durable: false)
        }
        try await logs.trim(log: "a", before: 455)
        #expect(try await logs.offsets(log: "a") == 40..<100)
        #expect(try await logs.read(log: "a", limit: 1).entries.first?.offset == 40)
        try await logs.trim(log: "a", size: 3_500)
        #expect(try await logs.offsets(log: "a") == 70..<100)
        try await logs.trim(log: "a", beforeOffset: 85)
        #expect(try await logs.offsets(log: "a") == 80..<100)
        try await logs.trim(log: "a", before: 1_000_000)
        #expect(try await logs.offsets(log: "a") == 100..<100)
        let again = try LogStore(directory: directory.path)
        #expect(try await again.append(log: "a", Self.records(0..<1)) == 100..<101)
        #expect(try await Self.all(again).count == 1)
        try await again.delete(log: "a")
        #expect(try await again.append(log: "a", Self.records(0..<1)) == 0..<1)
    }

    @Test func limitsAreKept() async throws {
        let directory = TemporaryDirectory()
        let logs = try LogStore(directory: directory.path)
        let largest = LogRecord(timestamp: 0, bytes: [UInt8](repeating: 1, count: LogStore.Limit.recordSize))
        #expect(try await logs.append(log: "../a b/🙂", [largest, largest]) == 0..<2)
        #expect(try await LogStore(directory: directory.path).read(log: "../a b/🙂").entries.map(\.record) == [largest])
        let larger = LogRecord(timestamp: 0, bytes: largest.bytes + [0])
        await #expect(throws: StoreError.self) { _ = try await logs.append(log: "a", [larger]) }
        await #expect(throws: StoreError.self) { _ = try await logs.append(log: String(repeating: "a", count: 201), []) }
    }

    private final class Repairs: Sendable {
        private let state = Mutex<[LogRepair]>([])
        var all: [LogRepair] { state.withLock { $0 } }
        func add(_ repair: LogRepair) { state.withLock { $0.append(repair) } }
    }
}

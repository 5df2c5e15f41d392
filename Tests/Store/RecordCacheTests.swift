import Synchronization
import Testing

@testable import Store

/// The records in memory beside a SQLite database that the test itself commits to, step by step.
@Suite struct RecordCacheTests {
    private static let first = Key(.timer, 1)
    private static let second = Key(.timer, 2)

    /// A database of its own with a pool of readers on it.
    private final class Bench: @unchecked Sendable {  // a test calls it from one task, and from bodies that task runs
        let records = RecordCache()
        let readers: SQLiteReaders
        private let directory = TemporaryDirectory()
        private let connection: SQLiteConnection

        init() async throws {
            await (try SQLiteStore.open(directory: directory.path)).close()
            let path = directory.path + "/tarn.db"
            connection = try SQLiteConnection(path: path, readOnly: false, cacheSize: 1_024)
            readers = SQLiteReaders(path: path, count: 2, cacheSize: 1_024, records)
        }

        /// What the writer's thread does with a batch.
        func commit(_ body: (Transaction) throws -> Void, midway: () -> Void = {}) throws {
            let changes = BatchChanges()
            try connection.run(.beginWrite)
            let view = SQLiteView(connection, changes, records)
            try body(view)
            view.end()
            try changes.apply(on: connection)
            records.begin(changes)
            midway()
            try connection.run(.commit)
            records.end()
        }

        func value(_ key: Key) async throws -> [UInt8]? { try await readers.read { try $0.value(key) } }
    }

    @Test func recordsComeFromMemoryUntilTheyChange() async throws {
        let bench = try await Bench()
        try bench.commit { try $0.put(Self.first, [1]) }
        #expect(bench.records.value(Self.first) == nil)
        #expect(try await bench.value(Self.first) == [1])
        #expect(bench.records.value(Self.first)?.value == [1])
        try bench.commit { try $0.put(Self.second, [2]) }
        #expect(bench.records.value(Self.first)?.value == [1])
        try bench.commit { try $0.put(Self.first, [3]) }
        #expect(bench.records.value(Self.first) == nil)
        #expect(try await bench.value(Self.first) == [3])
        try bench.commit { try $0.delete(Self.first) }
        #expect(try await bench.value(Self.first) == nil)
        // That there is none is known, too.
        let known = try #require(bench.records.value(Self.first))
        #expect(known.value == nil)
        try bench.commit { try $0.put(Self.first, [4]) }
        #expect(try await bench.value(Self.first) == [4])
        try bench.commit { try $0.deleteRange(from: Key(.timer), to: Key(.timer).rangeEnd) }
        #expect(try await bench.value(Self.first) == nil)
    }

    @Test func theWriterReadsFromMemoryWhatItHasNotChanged() async throws {
        let bench = try await Bench()
        // Nobody wrote this: where it is seen, memory was asked.
        bench.records.keep(Self.second, [9], at: bench.records.generation)
        try bench.commit { try $0.put(Self.first, [1]) }
        #expect(try await bench.value(Self.first) == [1])
        try bench.commit { transaction in
            #expect(try transaction.value(Self.second) == [9])
            #expect(try transaction.value(Self.first) == [1])
            try transaction.put(Self.first, [2])
            #expect(try transaction.value(Self.first) == [2])
            try transaction.delete(Self.first)
            #expect(try transaction.value(Self.first) == nil)
            #expect(try transaction.value(Self.second) == [9])
            try transaction.deleteRange(from: Key(.timer), to: Key(.timer).rangeEnd)
            #expect(try transaction.value(Self.second) == nil)
        }
        #expect(try await bench.value(Self.second) == nil)
    }

    @Test func whatIsUnderChangeIsNotInMemory() async throws {
        let bench = try await Bench()
        try bench.commit { try $0.put(Self.first, [1]) }
        #expect(try await bench.value(Self.first) == [1])
        try bench.commit {
            try $0.put(Self.first, [2])
        } midway: {
            #expect(bench.records.value(Self.first) == nil)
            // Read before the commit is visible: too late to be kept.
            bench.records.keep(Self.first, [1], at: bench.records.generation)
            #expect(bench.records.value(Self.first) == nil)
        }
        #expect(try await bench.value(Self.first) == [2])
    }

    @Test func whatAnOlderSnapshotHoldsIsNotKept() throws {
        let records = RecordCache()
        let changes = BatchChanges()
        let before = records.generation
        records.begin(changes)
        records.end()
        records.keep(Self.first, [1], at: before)
        #expect(records.value(Self.first) == nil)
    }

    /// Both records always have the same value.
    @Test(arguments: [false, true]) func aMixtureIsReadAgain(_ scans: Bool) async throws {
        let bench = try await Bench()
        @Sendable func put(_ value: UInt8) throws {
            try bench.commit {
                try $0.put(Self.first, [value])
                try $0.put(Self.second, [value])
            }
        }
        try put(1)
        #expect(try await bench.value(Self.first) == [1])
        let runs = Mutex(0)
        let seen = try await bench.readers.read { snapshot -> [[UInt8]?] in
            let one = try snapshot.value(Self.first)
            let run = runs.withLock { runs in
                runs += 1
                return runs
            }
            if run == 1 { try put(2) }
            guard scans else { return [one, try snapshot.value(Self.second)] }
            var other: [UInt8]?
            try snapshot.scan(from: Self.second, to: Self.second.successor, reverse: false, limit: 1) { _, value in
                other = value
                return true
            }
            return [one, other]
        }
        #expect(seen == [[2], [2]])
        #expect(runs.withLock { $0 } == 2)
    }

    @Test func memoryIsBounded() {
        let records = RecordCache()
        let value = [UInt8](repeating: 7, count: RecordCache.Limit.valueBytes)
        let count = 3 * RecordCache.Limit.bytes / value.count
        let often = Key(.clock)
        records.keep(often, [1], at: 0)
        for index in 0..<count {
            records.keep(Key(.timer, .integer(Int64(index))), value, at: 0)
            #expect(records.value(often)?.value == [1])
        }
        let kept = (0..<count).filter { records.value(Key(.timer, .integer(Int64($0)))) != nil }.count
        #expect(kept > 0)
        #expect(kept * value.count <= RecordCache.Limit.bytes)
        records.keep(Key(.timer), value + [0], at: 0)
        #expect(records.value(Key(.timer)) == nil)
    }

    @Test func aClosedPoolKnowsNothing() async throws {
        let bench = try await Bench()
        try bench.commit { try $0.put(Self.first, [1]) }
        #expect(try await bench.value(Self.first) == [1])
        await bench.readers.close()
        await #expect(throws: StoreError.closed) { try await bench.value(Self.first) }
    }
}

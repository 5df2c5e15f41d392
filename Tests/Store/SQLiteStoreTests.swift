import Synchronization
import Testing

@testable import Store

@Suite struct SQLiteStoreTests {
    @Test(arguments: StoreConformance.all.indices)
    func conforms(_ index: Int) async throws {
        let directory = TemporaryDirectory()
        try await StoreConformance.all[index].run { try SQLiteStore.open(directory: directory.path + "/data") }
    }

    /// Nobody may hear of a write before it is in the log, nor before the log is on stable storage.
    @Test func aWriteIsAnsweredAfterItsCommit() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLiteStore.open(directory: directory.path)
        let log = directory.path + "/tarn.db-wal"
        func size() throws -> Int64 { Int64(try PosixFile(log, .read).size()) }
        for round in 0..<5 {
            let before = try size()
            let atAnswer = Mutex<Int64>(0)
            try await store.write { transaction in
                try transaction.put(Key(.timer, .integer(Int64(round))), [UInt8](repeating: 1, count: 20_000))
                transaction.afterCommit { atAnswer.withLock { $0 = (try? Int64(PosixFile(log, .read).size())) ?? 0 } }
            }
            #expect(atAnswer.withLock { $0 } > before)
        }
        await store.close()
    }

    /// 2 is FULL: every commit is flushed. The smallest number has no absolute value, so anything else fails.
    @Test func theWriterFlushesEveryCommit() throws {
        let directory = TemporaryDirectory()
        let connection = try SQLiteConnection(path: directory.path + "/tarn.db", readOnly: false, cacheSize: 0)
        try connection.prepareForWriting()
        try connection.execute(
            "SELECT abs(CASE WHEN synchronous = 2 THEN 1 ELSE -9223372036854775807 - 1 END) FROM pragma_synchronous")
    }

    @Test func oneProcessOnly() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLiteStore.open(directory: directory.path)
        #expect(throws: StoreError.inUse(directory: directory.path)) { try SQLiteStore.open(directory: directory.path) }
        await store.close()
        await (try SQLiteStore.open(directory: directory.path)).close()
    }

    @Test func aStoreThatIsDroppedLetsGo() async throws {
        let directory = TemporaryDirectory()
        do {
            let store = try SQLiteStore.open(directory: directory.path)
            try await store.write { try $0.put(Key(.timer), [1]) }
        }
        // The writer's thread closes in its own time.
        while true {
            do {
                let store = try SQLiteStore.open(directory: directory.path)
                #expect(try await store.read { try $0.value(Key(.timer)) } == [1])
                return await store.close()
            } catch StoreError.inUse {
                await Task.yield()
            }
        }
    }

    @Test func aFullDiskKeepsNothingAndRecovers() async throws {
        let directory = TemporaryDirectory()
        // Room for two of the large values.
        let small = try SQLiteStore.open(directory: directory.path, pagesMax: 262_144 / SQLiteWriter.Limit.pageSize)
        let large = [UInt8](repeating: 1, count: 100_000)
        // Small and large together: those that fit are kept though they share a batch with those that don't.
        let outcomes = await withTaskGroup(of: (Int, StoreError?).self) { group in
            for index in 0..<20 {
                group.addTask {
                    do {
                        try await small.write { transaction in
                            try transaction.put(Key(.timer, .integer(Int64(index))), [1])
                            if index % 2 == 0 { try transaction.put(Key(.clock, .integer(Int64(index))), large) }
                        }
                        return (index, nil)
                    } catch { return (index, error as? StoreError) }
                }
            }
            return await group.reduce(into: [Int: StoreError?]()) { $0[$1.0] = .some($1.1) }
        }
        for (index, outcome) in outcomes { #expect(outcome == nil || (outcome == .full && index % 2 == 0)) }
        let kept = outcomes.filter { $0.value == nil }.map(\.key).sorted()
        #expect(kept.filter { $0 % 2 == 0 }.count == 2)
        let rows = try await StoreConformance.keys(small, from: Key(.timer), to: Key(.timer).rangeEnd)
        #expect(rows == kept.map { Key(.timer, .integer(Int64($0))) })
        // Room again: what is deleted is reused.
        try await small.write { try $0.deleteRange(from: Key(.clock), to: Key(.clock).rangeEnd) }
        try await small.write { try $0.put(Key(.clock), large) }
        await small.close()
        let store = try SQLiteStore.open(directory: directory.path)
        try await store.write { for index in 0..<20 { try $0.put(Key(.clock, .integer(Int64(index))), large) } }
        await store.close()
    }

    @Test func aSwallowedEngineErrorStillFailsTheBody() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLiteStore.open(directory: directory.path, pagesMax: 16)
        await #expect(throws: StoreError.full) {
            try await store.write { transaction in
                try transaction.put(Key(.timer, 1), [1])
                try? transaction.put(Key(.timer, 2), [UInt8](repeating: 1, count: 1_000_000))
                // A scan needs what was put.
                _ = try? transaction.count(Key(.timer))
                try? transaction.put(Key(.timer, 3), [3])
            }
        }
        #expect(try await StoreConformance.keys(store, from: Key(.timer), to: Key(.timer).rangeEnd).isEmpty)
        try await store.write { try $0.put(Key(.timer, 4), [4]) }
        await store.close()
    }

    private struct Number: Stored, Equatable {
        static let tag: UInt8 = 1
        var value: Int64
    }

    @Test func recordsAreReadByTheirPrefix() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLiteStore.open(directory: directory.path)
        try await store.write { transaction in
            for value in 0..<6 { try transaction.put(Key(.timer, .integer(Int64(value))), Number(value: Int64(value))) }
        }
        let (after, even) = try await store.read { snapshot in
            let after = try snapshot.all(Number.self, Key(.timer), after: Key(.timer, 1), limit: 3)
            return (after, try snapshot.all(Number.self, Key(.timer)) { $0.value % 2 == 0 })
        }
        #expect(after.map(\.value) == [2, 3, 4])
        #expect(even.map(\.value) == [0, 2, 4])
        await store.close()
    }

    @Test func theLogDoesNotGrowWithoutBound() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLiteStore.open(directory: directory.path)
        let value = [UInt8](repeating: 7, count: 1 << 20)
        for round in 0..<200 { try await store.write { try $0.put(Key(.timer, .integer(Int64(round % 4))), value) } }
        let log = try PosixFile(directory.path + "/tarn.db-wal", .read).size()
        #expect(log <= (SQLiteWriter.Limit.walPagesMax + 700) * (SQLiteWriter.Limit.pageSize + 100))
        await store.close()
        #expect(try !Posix.names(in: directory.path).contains("tarn.db-wal"))
    }

    @Test func aViewIsNoUseAfterItsClosure() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLiteStore.open(directory: directory.path)
        let view = try await store.write { transaction in Leak(transaction) }
        #expect(throws: StoreError.closed) { try view.transaction.put(Key(.timer), []) }
        await store.close()
    }

    private struct Leak: @unchecked Sendable {  // a body that breaks the rules, on purpose
        let transaction: Transaction
        init(_ transaction: Transaction) { self.transaction = transaction }
    }
}

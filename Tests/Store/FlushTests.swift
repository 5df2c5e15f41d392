import Synchronization
import Testing

@testable import Store

/// When writers and readers hear of a commit, seen through a flush that the test holds up or lets fail.
@Suite struct FlushTests {
    private static let first = Key(.timer, 1)
    private static let second = Key(.timer, 2)

    @Test func aWriteIsAnsweredAfterItsFlush() async throws {
        let directory = TemporaryDirectory()
        let flushes = Mutex(0)
        let store = try SQLiteStore.open(directory: directory.path, beforeFlush: { flushes.withLock { $0 += 1 } })
        for round in 1...5 {
            let atAnswer = Mutex(0)
            try await store.write { transaction in
                try transaction.put(Self.first, [UInt8(round)])
                transaction.afterCommit { atAnswer.withLock { $0 = flushes.withLock { $0 } } }
            }
            #expect(atAnswer.withLock { $0 } == round)
        }
        await store.close()
    }

    @Test func whatWritesNothingFlushesNothing() async throws {
        let directory = TemporaryDirectory()
        let flushes = Mutex(0)
        let store = try SQLiteStore.open(directory: directory.path, beforeFlush: { flushes.withLock { $0 += 1 } })
        #expect(try await store.write { try $0.value(Self.first) } == nil)
        #expect(flushes.withLock { $0 } == 0)
        try await store.write { try $0.put(Self.first, [1]) }
        #expect(flushes.withLock { $0 } == 1)
        await store.close()
    }

    /// The flush of the first write ends only when the body of the second has run.
    @Test(.timeLimit(.minutes(1))) func theNextBatchRunsWhileOneIsFlushed() async throws {
        let directory = TemporaryDirectory()
        let steps = Monitor<[String]>([])
        let store = try SQLiteStore.open(directory: directory.path) {
            steps.updateAll { $0.append("flush") }
            steps.wait { $0.contains("second body") ? () : nil }
        }
        async let one: Void = store.write { transaction in
            try transaction.put(Self.first, [1])
            transaction.afterCommit { steps.updateAll { $0.append("first answer") } }
        }
        while !steps.withLock({ $0.contains("flush") }) { await Task.yield() }
        async let two = store.write { transaction in
            steps.updateAll { $0.append("second body") }
            let value = try transaction.value(Self.first)
            transaction.afterCommit { steps.updateAll { $0.append("second answer") } }
            return value
        }
        try await one
        #expect(try await two == [1])
        #expect(steps.withLock { $0 } == ["flush", "second body", "first answer", "second answer"])
        await store.close()
    }

    /// The flush ends only when a reader has seen what it flushes, and the reader hears of it later still.
    @Test(.timeLimit(.minutes(1))) func aReaderHearsOfACommitAfterItsFlush() async throws {
        let directory = TemporaryDirectory()
        let steps = Monitor<[String]>([])
        let store = try SQLiteStore.open(directory: directory.path) {
            steps.updateAll { $0.append("flush") }
            steps.wait { $0.contains("seen") ? () : nil }
            steps.updateAll { $0.append("flushed") }
        }
        async let write: Void = store.write { try $0.put(Self.first, [1]) }
        while !steps.withLock({ $0.contains("flush") }) { await Task.yield() }
        let value = try await store.read { snapshot in
            let value = try snapshot.value(Self.first)
            steps.updateAll { $0.append("seen") }
            return value
        }
        #expect(steps.withLock { $0 } == ["flush", "seen", "flushed"])
        #expect(value == [1])
        try await write
        await store.close()
    }

    /// What is in memory since before is as good as it was, and waits for no flush.
    @Test(.timeLimit(.minutes(1))) func aRecordThatDidNotChangeWaitsForNoFlush() async throws {
        let directory = TemporaryDirectory()
        let steps = Monitor<[String]>(["open"])
        let store = try SQLiteStore.open(directory: directory.path) {
            steps.updateAll { $0.append("flush") }
            steps.wait { $0.contains("open") ? () : nil }
        }
        try await store.write { try $0.put(Self.first, [1]) }
        #expect(try await store.read { try $0.value(Self.first) } == [1])
        steps.updateAll { $0 = [] }
        async let write: Void = store.write { try $0.put(Self.second, [2]) }
        while !steps.withLock({ $0.contains("flush") }) { await Task.yield() }
        #expect(try await store.read { try $0.value(Self.first) } == [1])
        steps.updateAll { $0.append("open") }
        try await write
        await store.close()
    }

    @Test func afterAFailedFlushNothingIsVouchedFor() async throws {
        let directory = TemporaryDirectory()
        let isBroken = Mutex(false)
        let failure = StoreError.backend(code: 5, message: "the disk is gone")
        let store = try SQLiteStore.open(directory: directory.path) {
            if isBroken.withLock({ $0 }) { throw failure }
        }
        try await store.write { try $0.put(Self.first, [1]) }
        isBroken.withLock { $0 = true }
        let hasEffect = Mutex(false)
        await #expect(throws: failure) {
            try await store.write { transaction in
                try transaction.put(Self.second, [2])
                transaction.afterCommit { hasEffect.withLock { $0 = true } }
            }
        }
        #expect(!hasEffect.withLock { $0 })
        isBroken.withLock { $0 = false }
        await #expect(throws: failure) { try await store.write { try $0.put(Self.second, [3]) } }
        await #expect(throws: failure) { try await store.read { try $0.value(Self.second) } }
        await store.close()
        let again = try SQLiteStore.open(directory: directory.path)
        #expect(try await again.read { try $0.value(Self.first) } == [1])
        await again.close()
    }
}

import Documents
import Kernel
import Synchronization
import TestSupport
import Testing

@testable import EventSources

/// Answers as told, and remembers what it was given.
private final class Script: BatchConsumer {
    let answer: @Sendable ([String]) -> BatchOutcome
    let taken = Mutex<[String]>([])
    let dropped = Mutex<[String]>([])
    let saved = Mutex<[ShardCheckpoint]>([])

    init(_ answer: @escaping @Sendable ([String]) -> BatchOutcome) { self.answer = answer }

    func reader() async throws -> Caller { .root(of: "000000000000") }
    func take(_ batch: SourceBatch) async throws -> BatchOutcome {
        let ids = batch.records.map(\.id)
        taken.withLock { $0.append(ids.joined(separator: " ")) }
        return answer(ids)
    }
    func drop(_ batch: DroppedBatch) async throws {
        let text = batch.batch.records.map(\.id).joined(separator: " ") + " " + batch.condition.rawValue
        dropped.withLock { $0.append(text) }
    }
    func save(_ checkpoint: ShardCheckpoint, shard: String) async throws { saved.withLock { $0.append(checkpoint) } }
    func checkpoint(shard: String) async throws -> ShardCheckpoint? { nil }
    func note(_ result: String) async {}
}

private func record(_ id: Int, key: String = "", arrived: Timestamp? = nil) -> SourceRecord {
    SourceRecord(id: "\(id)", orderKey: key, arrived: arrived, json: Array("{}".utf8))
}

private func settings(_ change: (inout SourceSettings) -> Void = { _ in }) -> SourceSettings {
    var settings = SourceSettings(
        source: "arn:aws:kinesis:us-east-1:000000000000:stream/s", region: "us-east-1", batchSize: 10,
        created: Timestamp(seconds: 0))
    change(&settings)
    return settings
}

@Suite struct BatchRunTests {
    private static let failed = FailedCall(requestID: "r")

    /// Carries out a batch of four while the clock runs ahead.
    private func run(_ script: Script, _ settings: SourceSettings) async throws -> [Int] {
        let done = Mutex<[Int]>([])
        try await TestPlatform.with([]) { tarn in
            let mover = Task {
                while !Task.isCancelled {
                    try await tarn.advance(.seconds(60))
                    await Task.yield()
                }
            }
            defer { mover.cancel() }
            var run = BatchRun(
                consumer: script, settings: settings, platform: tarn.platform, shard: "s", kind: .kinesis, window: nil,
                finish: { places, _ in done.withLock { $0 += places } })
            _ = try await run.carryOut((0..<4).map { ($0, record($0)) })
        }
        return done.withLock { $0 }
    }

    @Test func halvesUntilTheBadRecordIsAlone() async throws {
        let script = Script { $0.contains("2") ? .failure(Self.failed) : .success(state: nil) }
        let done = try await run(script, settings { ($0.bisects, $0.retriesMax) = (true, 0) })
        #expect(script.taken.withLock { $0 } == ["0 1 2 3", "0 1", "2 3", "2", "3"])
        #expect(script.dropped.withLock { $0 } == ["2 RetryAttemptsExhausted"])
        #expect(done == [0, 1, 2, 3])
    }

    @Test func aPartialAnswerMovesUpToTheFirstFailure() async throws {
        let script = Script { ids in
            ids.count == 4 ? .partial(["3", "1"], Self.failed, state: nil) : .success(state: nil)
        }
        let done = try await run(script, settings())
        #expect(script.taken.withLock { $0 } == ["0 1 2 3", "1 2 3"])
        #expect(done == [0, 1, 2, 3])
    }

    @Test func retriesAreCountedFromTheLastProgress() async throws {
        let script = Script { .partial([$0[$0.count / 2]], Self.failed, state: nil) }
        _ = try await run(script, settings { $0.retriesMax = 2 })
        #expect(script.taken.withLock { $0 } == ["0 1 2 3", "2 3", "3", "3"])
        #expect(script.dropped.withLock { $0 } == ["3 RetryAttemptsExhausted"])
    }

    @Test func oldRecordsArePassedOverUnasked() async throws {
        let script = Script { _ in .success(state: nil) }
        try await TestPlatform.with([]) { tarn in
            let now = tarn.platform.clock.now()
            var run = BatchRun(
                consumer: script, settings: settings { $0.recordAgeMax = 60 }, platform: tarn.platform, shard: "s",
                kind: .kinesis, window: nil, finish: { _, _ in })
            _ = try await run.carryOut([(0, record(0, arrived: now - .seconds(61))), (1, record(1, arrived: now))])
        }
        #expect(script.taken.withLock { $0 } == ["1"])
        #expect(script.dropped.withLock { $0 } == ["0 RecordAgeExceeded"])
    }
}

@Suite struct ShardBufferTests {
    private func batch(_ next: ShardBuffer.Next) -> [Int] {
        if case .batch(let entries) = next { entries.map(\.place) } else { [] }
    }

    @Test func theCheckpointWaitsForTheSlowestLane() async throws {
        let script = Script { _ in .success(state: nil) }
        let buffer = ShardBuffer(settings { $0.parallelization = 2 }, shard: "s", nil, consumer: script)
        let now = Timestamp(seconds: 1)
        try await buffer.add((1...6).map { record($0, key: $0 % 2 == 0 ? "a" : "b") }, at: now)
        let lanes = [batch(await buffer.next(0, at: now)), batch(await buffer.next(1, at: now))]
        #expect(Set(lanes) == [[0, 2, 4], [1, 3, 5]])
        let (odd, even) = lanes[0] == [0, 2, 4] ? (0, 1) : (1, 0)
        try await buffer.finish([1, 3, 5], lane: even)
        #expect(script.saved.withLock { $0.last?.sequence } == nil)
        try await buffer.finish([0], lane: odd)
        #expect(script.saved.withLock { $0.last?.sequence } == "2")
        try await buffer.finish([2, 4], lane: odd)
        let last = script.saved.withLock { $0.last }
        #expect(last?.sequence == "6" && Set(last?.lanes ?? []) == ["5", "6"])
        // What a lane had done before a restart is not done again.
        let start = script.saved.withLock { $0[1] }
        let again = ShardBuffer(settings { $0.parallelization = 2 }, shard: "s", start, consumer: script)
        try await again.add((3...6).map { record($0, key: $0 % 2 == 0 ? "a" : "b") }, at: now)
        #expect(batch(await again.next(odd, at: now)) == [0, 2])
        #expect(batch(await again.next(even, at: now)) == [])
    }

    @Test func aBatchWaitsForItsWindowOrItsSize() async throws {
        let script = Script { _ in .success(state: nil) }
        let buffer = ShardBuffer(
            settings { ($0.batchSize, $0.windowSeconds) = (3, 10) }, shard: "s", nil, consumer: script)
        let now = Timestamp(seconds: 1)
        try await buffer.add([record(1), record(2)], at: now)
        #expect(batch(await buffer.next(0, at: now + .seconds(9))) == [])
        #expect(batch(await buffer.next(0, at: now + .seconds(10))) == [0, 1])
        try await buffer.add([record(3), record(4), record(5), record(6)], at: now)
        #expect(batch(await buffer.next(0, at: now)) == [2, 3, 4])
        #expect(batch(await buffer.next(0, at: now)) == [])
        await buffer.end()
        #expect(batch(await buffer.next(0, at: now)) == [5])
    }

    @Test func aBatchEndsWithItsTumblingWindow() async throws {
        let script = Script { _ in .success(state: nil) }
        let buffer = ShardBuffer(settings { $0.tumblingSeconds = 60 }, shard: "s", nil, consumer: script)
        let now = Timestamp(seconds: 130)
        try await buffer.add([59, 60, 119, 120].map { record($0, arrived: Timestamp(seconds: Int64($0))) }, at: now)
        #expect(batch(await buffer.next(0, at: now)) == [0])
        #expect(batch(await buffer.next(0, at: now)) == [1, 2])
        #expect(await buffer.nextWindow(0) == Timestamp(seconds: 120))
    }

    @Test func sequenceNumbersAreOrderedAsNumbers() {
        #expect(isUpTo("9", "10") && isUpTo("0009", "9") && !isUpTo("100", "99"))
    }
}

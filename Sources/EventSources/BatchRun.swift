import Documents
import Kernel

/// One batch of a stream on its way: tried until it succeeds, its records are too old or its tries are used up
/// (https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html).
struct BatchRun {
    typealias Entry = (place: Int, record: SourceRecord)

    private struct Part {
        var entries: [Entry]
        var failures = 0
        var call: FailedCall?
    }

    let consumer: any BatchConsumer
    let settings: SourceSettings
    let platform: Platform
    let shard: String
    let kind: SourceKind
    var window: WindowFrame?
    /// Told of what is done with, with the window as it then is.
    let finish: ([Int], WindowFrame?) async throws -> Void

    /// Returns when every record is done with, by success or by the limits.
    /// - Returns: the window with the state that the last success has left.
    /// - Throws: `CancellationError` when the reader ends first; what the store throws.
    mutating func carryOut(_ entries: [Entry]) async throws -> WindowFrame? {
        var queue = [Part(entries: entries)]
        var waits = 0
        while var part = queue.first {
            try Task.checkCancellation()
            let old = part.entries.prefix { isTooOld($0.record) }
            if !old.isEmpty {
                try await drop(Array(old), .tooOld, part)
                part.entries.removeFirst(old.count)
                if part.entries.isEmpty { queue.removeFirst() } else { queue[0] = part }
                continue
            }
            if part.entries.count == 1, let entry = part.entries.first, entry.record.json.count > SourceLimit.batchBytes {
                try await drop(part.entries, .tooLarge, part)
                queue.removeFirst()
                continue
            }
            do {
                let batch = SourceBatch(records: part.entries.map(\.record), shard: shard, window: window)
                switch try await consumer.take(batch) {
                case .success(let state):
                    if let state { window?.state = state }
                    await consumer.note("OK")
                    try await finish(part.entries.map(\.place), window)
                    queue.removeFirst()
                    waits = 0
                    continue
                case .failure(let call):
                    // An environment that was ended because the platform stops is no failure of the batch.
                    try Task.checkCancellation()
                    part.call = call
                    await consumer.note("PROBLEM: Function call failed")
                    queue.replaceSubrange(0..<1, with: try await failed(part))
                case .partial(let ids, let call, let state):
                    try Task.checkCancellation()
                    part.call = call
                    if let state { window?.state = state }
                    await consumer.note("PROBLEM: Function call failed")
                    queue.replaceSubrange(0..<1, with: try await failed(part, Set(ids)))
                }
            } catch let busy as ConsumerBusy {
                await consumer.note("PROBLEM: \(busy.message)")
            }
            guard !queue.isEmpty else { break }
            waits += 1
            try await platform.clock.sleep(for: Backoff.delay(attempt: waits))
        }
        return window
    }

    /// What is left to try of a part that has failed, as a whole or from its first failed record on.
    private func failed(_ part: Part, _ ids: Set<String>? = nil) async throws -> [Part] {
        var rest = part
        if let ids, let index = part.entries.firstIndex(where: { ids.contains($0.record.id) }), index > 0 {
            // The checkpoint moves up to the first failure, whatever the function did with those behind it.
            try await finish(part.entries.prefix(index).map(\.place), window)
            rest.entries.removeFirst(index)
            if settings.bisects { return [rest] }
            rest.failures = 0
        } else if settings.bisects, part.entries.count > 1 {
            // Halving is not counted as a retry.
            let middle = part.entries.count / 2
            let (first, second) = (part.entries.prefix(middle), part.entries.suffix(from: middle))
            return [first, second].map { Part(entries: Array($0), failures: part.failures, call: part.call) }
        }
        rest.failures += 1
        guard settings.retriesMax >= 0, rest.failures > settings.retriesMax else { return [rest] }
        try await drop(rest.entries, .retriesExhausted, rest)
        return []
    }

    private func drop(_ entries: [Entry], _ condition: DroppedBatch.Condition, _ part: Part) async throws {
        let batch = SourceBatch(records: entries.map(\.record), shard: shard)
        try await consumer.drop(
            DroppedBatch(batch: batch, condition: condition, invocations: part.failures, call: part.call))
        try await finish(entries.map(\.place), window)
    }

    /// DynamoDB keeps records for a day; what is older is gone from the source too.
    private func isTooOld(_ record: SourceRecord) -> Bool {
        guard let arrived = record.arrived else { return false }
        var limit = kind == .dynamoDB ? 86_400 : Int.max
        if settings.recordAgeMax >= 0 { limit = min(limit, settings.recordAgeMax) }
        guard limit < Int.max else { return false }
        return platform.clock.now() - arrived > .seconds(limit)
    }
}

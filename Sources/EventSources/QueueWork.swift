import Documents
import Kernel
import Logging

/// Places for batches that run at once.
private actor Slots {
    private var free: Int
    private let signal = Signal()

    init(_ count: Int) { free = count }

    /// For one taker alone.
    func take() async throws {
        while free == 0 { try await signal.wait() }
        free -= 1
    }

    func give() {
        free += 1
        signal.raise()
    }
}

/// Receives a queue's messages, hands them on and deletes what is done
/// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
///
/// What fails is left alone: the queue shows it again after its visibility timeout, and counts. An empty queue is only
/// watched; SQS is asked again when something was sent, or while messages are hidden or delayed.
struct QueueWork: Sendable {
    let settings: SourceSettings
    let consumer: any BatchConsumer
    let form: RecordForm
    let platform: Platform

    private struct Facts: Sendable {
        var visibility: Duration
        /// Nothing is in the queue, neither visible nor hidden.
        var isEmpty: Bool
    }

    func run() async throws {
        let watch = platform.changes.watch(settings.source)
        let slots = Slots(settings.concurrencyMax ?? consumer.concurrency)
        var facts = try await facts()
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                try Task.checkCancellation()
                try await slots.take()
                let received = platform.clock.now()
                let batch = try await collect()
                guard !batch.isEmpty else {
                    await slots.give()
                    try Task.checkCancellation()
                    facts = try await self.facts()
                    if facts.isEmpty { try await watch.wait() }
                    continue
                }
                let until = received + facts.visibility
                group.addTask {
                    await deliver(inParts: batch, until: until)
                    await slots.give()
                }
            }
        }
    }

    /// Ten messages may be more than a consumer takes at once. What stands behind a failure in a FIFO queue waits with it.
    private func deliver(inParts records: [SourceRecord], until: Timestamp) async {
        let isFifo = ARN(settings.source).flatMap(SourceKind.init) == .fifoQueue
        for part in Self.parts(records, bytes: SourceLimit.batchBytes) {
            let isDone = await deliver(part, until: until)
            if isFifo, !isDone { return }
        }
    }

    static func parts(_ records: [SourceRecord], bytes: Int) -> [[SourceRecord]] {
        var parts: [[SourceRecord]] = []
        var sum = 0
        for record in records {
            let own = record.json.count + 1
            if parts.isEmpty || sum + own > bytes {
                parts.append([])
                sum = 0
            }
            parts[parts.count - 1].append(record)
            sum += own
        }
        return parts
    }

    private func call(_ operation: String, _ input: Members) async throws -> Document {
        var members = input
        members["QueueUrl"] = .string(settings.source)
        return try await platform.call(
            Call("sqs", operation, .map(members), caller: try await consumer.reader(), region: settings.region)
        ).output
    }

    private func facts() async throws -> Facts {
        let counts = [
            "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
        ]
        let names = (counts + ["VisibilityTimeout"]).map { Document.string($0) }
        let attributes = try await call("GetQueueAttributes", ["AttributeNames": .list(names)])["Attributes"]
        return Facts(
            visibility: .seconds(attributes?["VisibilityTimeout"]?.string.flatMap(Int.init) ?? 30),
            isEmpty: counts.allSatisfy { attributes?[$0]?.string == "0" })
    }

    /// Waits for messages and gathers a batch; empty when a long poll has ended without any.
    private func collect() async throws -> [SourceRecord] {
        var batch = try await receive(settings.batchSize, wait: SourceLimit.pollSeconds)
        guard !batch.isEmpty, settings.windowSeconds > 0 else { return batch }
        let end = platform.clock.now() + .seconds(settings.windowSeconds)
        var bytes = batch.reduce(0) { $0 + $1.json.count + 1 }
        // Another poll may bring as much as ten messages can hold.
        while batch.count < settings.batchSize, bytes < SourceLimit.batchBytes - (2 << 20) {
            let left = end - platform.clock.now()
            guard left > .zero, !Task.isCancelled else { break }
            let wait = min(Int(left.wholeMilliseconds / 1_000), SourceLimit.pollSeconds)
            let more = try await receive(settings.batchSize - batch.count, wait: wait)
            bytes += more.reduce(0) { $0 + $1.json.count + 1 }
            batch += more
            if wait == 0 { break }
        }
        return batch
    }

    /// One poll; what the filters sort out is deleted at once.
    private func receive(_ count: Int, wait: Int) async throws -> [SourceRecord] {
        let output = try await call(
            "ReceiveMessage",
            [
                "MaxNumberOfMessages": .integer(Int64(min(count, SourceLimit.pollMessages))),
                "WaitTimeSeconds": .integer(Int64(wait)), "MessageSystemAttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            ])
        let records = (output["Messages"]?.list ?? []).compactMap { form.queue($0) }
        let unwanted = records.filter { !$0.isWanted }
        if !unwanted.isEmpty { try await delete(unwanted) }
        return records.filter(\.isWanted)
    }

    /// Hands a batch on until it was taken or its messages are about to become visible again.
    /// - Returns: whether all of it was taken.
    private func deliver(_ records: [SourceRecord], until: Timestamp) async -> Bool {
        var waits = 0
        do {
            while true {
                do {
                    let outcome = try await consumer.take(SourceBatch(records: records))
                    switch outcome {
                    case .success:
                        try await finish(records)
                        await consumer.note("OK")
                        return true
                    case .failure:
                        await consumer.note("PROBLEM: Function call failed")
                        return false
                    case .partial(let ids, _, _):
                        let failed = Set(ids)
                        // Ids that are none of the batch's make the answer void.
                        if failed.isSubset(of: Set(records.map(\.id))) {
                            try await finish(records.filter { !failed.contains($0.id) })
                        }
                        await consumer.note("PROBLEM: Function call failed")
                        return false
                    }
                } catch let busy as ConsumerBusy {
                    await consumer.note("PROBLEM: \(busy.message)")
                    waits += 1
                    let next = platform.clock.now() + Backoff.delay(attempt: waits)
                    guard next < until else { return false }
                    try await platform.clock.sleep(until: next)
                }
            }
        } catch is CancellationError {
            return false
        } catch {
            platform.log.warning(
                "messages of a queue could not be finished", metadata: ["queue": "\(settings.source)", "error": "\(error)"])
            await consumer.note("PROBLEM: \((error as? any Fault)?.wire.message ?? "internal error")")
            return false
        }
    }

    /// Deletes what is done, though the reader itself is ended meanwhile.
    private func finish(_ records: [SourceRecord]) async throws {
        guard !records.isEmpty else { return }
        try await Task { try await delete(records) }.value
    }

    private func delete(_ records: [SourceRecord]) async throws {
        var rest = records[...]
        while !rest.isEmpty {
            let some = rest.prefix(SourceLimit.pollMessages)
            rest = rest.dropFirst(SourceLimit.pollMessages)
            let entries = some.enumerated().map { index, record -> Document in
                ["Id": .string("\(index)"), "ReceiptHandle": .string(record.receipt ?? "")]
            }
            let output = try await call("DeleteMessageBatch", ["Entries": .list(entries)])
            if let failure = output["Failed"]?.list?.first {
                throw AWSError(failure["Code"]?.string ?? "InternalError", 500, failure["Message"]?.string ?? "")
            }
        }
    }
}

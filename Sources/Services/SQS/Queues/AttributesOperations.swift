import Documents
import Kernel
import Store

extension SQSService {
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
    func getAttributes(_ input: Document, _ context: Context) async throws -> Document {
        let name = try QueueAddress.name(input, context)
        let wanted = input["AttributeNames"]?.list?.compactMap(\.string) ?? []
        for wanted in wanted where wanted != "All" && !QueueAttributes.all.contains(wanted) {
            throw SQSFault.attributeName(wanted)
        }
        var queue = try await self.queue(name, context)
        if wanted.isEmpty { return [:] }
        var shown = QueueAttributes.shown(queue)
        if wanted.contains("All") || wanted.contains(where: { $0.hasPrefix("Approximate") }) {
            queue = try await expire(name, context)
            let counts = try await counts(queue, context)
            shown["ApproximateNumberOfMessages"] = String(counts.visible)
            shown["ApproximateNumberOfMessagesNotVisible"] = String(counts.inFlight)
            shown["ApproximateNumberOfMessagesDelayed"] = String(counts.delayed)
        }
        if !wanted.contains("All") { shown = shown.filter { wanted.contains($0.key) } }
        if let policy = shown["Policy"] { shown["Policy"] = try await context.store.shown(policy: policy) }
        let members = shown.sorted { $0.key < $1.key }.map { ($0.key, Document.string($0.value)) }
        return members.isEmpty ? [:] : ["Attributes": .map(Members(uniqueKeysWithValues: members))]
    }

    /// Takes away what has expired, so that the counts are right; writes only where there is something.
    private func expire(_ name: QueueName, _ context: Context) async throws -> Queue {
        let now = context.platform.clock.now().microseconds
        while true {
            let queue = try await self.queue(name, context)
            let hasExpired = try await context.store.read { snapshot in
                let all = Key(.sqsMessage, .integer(queue.store))
                let end = all.appending(.integer(now - queue.retention.microseconds)).rangeEnd
                var found = false
                try snapshot.scan(from: all, to: end, reverse: false, limit: 1) { _, _ in
                    found = true
                    return false
                }
                return found
            }
            guard hasExpired else { return queue }
            try await change(name, context) { shelf in _ = try shelf.expire() }
        }
    }

    private func counts(_ queue: Queue, _ context: Context) async throws -> (visible: Int64, inFlight: Int64, delayed: Int64) {
        let now = context.platform.clock.now().microseconds
        return try await context.store.read { snapshot in
            let total = try Tally(queue.store, in: snapshot).total
            var hidden: (inFlight: Int64, delayed: Int64)
            if queue.isFifo {
                hidden = (try FifoLine.inFlight(queue.store, at: now, in: snapshot), 0)
                // Only what was sent within the delay can be delayed.
                let all = Key(.sqsMessage, .integer(queue.store))
                let begin = all.appending(.integer(now - SQSLimit.delaySeconds * 1_000_000))
                try snapshot.scan(from: begin, to: all.rangeEnd, reverse: true, limit: nil) { _, value in
                    let record = try MessageRecord(stored: value)
                    guard record.receives == 0 else { return true }
                    guard record.visibleAt > now else { return false }
                    hidden.delayed += 1
                    return true
                }
            } else {
                hidden = try StandardLine.hidden(queue.store, at: now, in: snapshot)
            }
            return (max(0, total - hidden.inFlight - hidden.delayed), hidden.inFlight, hidden.delayed)
        }
    }

    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    func setAttributes(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        let given = QueueAttributes.texts(input["Attributes"])
        guard input["Attributes"]?.members != nil else { throw SQSFault.missing("Attribute.Name") }
        let redrive = try RedrivePolicy.check(given["RedrivePolicy"] ?? "")
        try await update(name, context) { record, transaction in
            let isFifo = record.attributes["FifoQueue"] == "true"
            if let value = given["FifoQueue"], value.lowercased() != (isFifo ? "true" : "false") {
                throw SQSFault.attributeValue("FifoQueue")
            }
            try QueueAttributes.check(given, isFifo: isFifo, of: name)
            let changes = try QueueAttributes.bound(QueueAttributes.normalized(given), in: transaction)
            let merged = QueueAttributes.merged(record.attributes, changes)
            try QueueAttributes.checkTogether(merged)
            if let redrive {
                try RedrivePolicy.check(
                    redrive, of: name, isFifo: isFifo, text: given["RedrivePolicy"] ?? "",
                    target: try queues.find(redrive.target, in: transaction))
            }
            record.attributes = merged
        }
        return [:]
    }

    /// Changes a queue's record in one transaction.
    func update(
        _ name: QueueName, _ context: Context, _ body: @escaping @Sendable (inout QueueRecord, Transaction) throws -> Void
    ) async throws {
        let clock = context.platform.clock
        try await context.store.write { transaction in
            var record = try queues.queue(name, in: transaction).record
            try body(&record, transaction)
            record.modified = clock.now()
            try transaction.put(name.key, record)
        }
    }
}

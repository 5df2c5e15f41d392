import Documents
import Kernel
import Store

struct ReceiveInput: Codable {
    var QueueUrl: String
    var AttributeNames: [String]?
    var MessageSystemAttributeNames: [String]?
    var MessageAttributeNames: [String]?
    var MaxNumberOfMessages: Int?
    var VisibilityTimeout: Int?
    var WaitTimeSeconds: Int?
    var ReceiveRequestAttemptId: String?
}

struct ReceiveOutput: Codable {
    struct Message: Codable {
        var MessageId: String?
        var ReceiptHandle: String?
        var MD5OfBody: String?
        var Body: String?
        var Attributes: [String: String]?
        var MD5OfMessageAttributes: String?
        var MessageAttributes: [String: AttributeShape]?
    }
    var Messages: [Message]?
}

/// What a receive asks for, checked.
private struct ReceiveRequest: Sendable {
    var max: Int
    var visibility: Int64?
    var wait: Int64?
    var attempt: String?
    var system: Set<String>
    var attributes: [String]

    private static let systemNames: Set<String> = [
        "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SequenceNumber",
        "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn",
    ]

    init(_ input: Document) throws {
        let max = input["MaxNumberOfMessages"]?.integer ?? 1
        guard (1...Int64(SQSLimit.batchEntries)).contains(max) else {
            throw SQSFault.invalidValue(
                String(max), parameter: "MaxNumberOfMessages", reason: "Must be between 1 and 10, if provided.")
        }
        self.max = Int(max)
        visibility = input["VisibilityTimeout"]?.integer
        if let visibility { try ChangeRules.check(visibility) }
        wait = input["WaitTimeSeconds"]?.integer
        if let wait, !(0...SQSLimit.waitSeconds).contains(wait) {
            throw SQSFault.invalidValue(
                String(wait), parameter: "WaitTimeSeconds", reason: "Must be >= 0 and <= \(SQSLimit.waitSeconds), if provided.")
        }
        attempt = input["ReceiveRequestAttemptId"]?.string
        if let attempt { try MessageRules.checkID(attempt, "ReceiveRequestAttemptId") }
        let names = ["AttributeNames", "MessageSystemAttributeNames"].flatMap {
            input[$0]?.list?.compactMap(\.string) ?? []
        }
        system = []
        for name in names {
            if name == "All" {
                system = Self.systemNames
            } else if Self.systemNames.contains(name) {
                system.insert(name)
            } else if !QueueAttributes.all.contains(name) {
                throw SQSFault.attributeName(name)
            }
        }
        attributes = input["MessageAttributeNames"]?.list?.compactMap(\.string) ?? []
    }

    /// Whether a message attribute was asked for: by name, by `All` or `.*`, or by a prefix with `.*` behind it.
    func wants(_ name: String) -> Bool {
        attributes.contains { wanted in
            wanted == name || wanted == "All" || wanted == ".*"
                || wanted.hasSuffix(".*") && (name == wanted.dropLast(2) || name.hasPrefix(wanted.dropLast(1)))
        }
    }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
extension SQSService {
    /// A long poll waits for a change of the queue or for the moment when the next message becomes visible, whichever is
    /// first; it costs nothing meanwhile, and ends with its caller.
    func receive(_ input: Document, _ context: Context) async throws -> Document {
        let name = try QueueAddress.name(input, context)
        let request = try ReceiveRequest(input)
        let queue = try await self.queue(name, context)
        let clock = context.platform.clock
        let wait = request.wait ?? queue.waitSeconds
        let deadline = clock.now() + .seconds(wait)
        // Watched before the first look, so that nothing is missed between a look and the wait.
        let watch = wait > 0 ? context.platform.changes.watch(queue.arn) : nil
        while true {
            let (queue, outcome) = try await take(name, request, context)
            if !outcome.messages.isEmpty { return try await answer(outcome.messages, queue, request, context) }
            guard let watch else {
                if outcome.isOverLimit, !queue.isFifo {
                    throw SQSFault.overLimit("Too many messages in flight: the limit is \(SQSLimit.inFlight).")
                }
                return [:]
            }
            var isFull = outcome.isOverLimit
            repeat {
                let now = clock.now()
                if now >= deadline { return [:] }
                let next = isFull ? nil : try await nextVisible(queue, context)
                if let next, next <= now { break }
                try await watch.wait(until: min(deadline, next ?? deadline), on: clock)
                isFull = false
            } while clock.now() < deadline
        }
    }

    private func nextVisible(_ queue: Queue, _ context: Context) async throws -> Timestamp? {
        let now = context.platform.clock.now().microseconds
        return try await context.store.read { snapshot in
            let next =
                queue.isFifo
                ? try FifoLine.next(queue.store, in: snapshot) : try StandardLine.next(queue.store, after: now, in: snapshot)
            return next.map { Timestamp(microseconds: $0) }
        }
    }

    private func take(_ name: QueueName, _ request: ReceiveRequest, _ context: Context) async throws -> (Queue, Take.Outcome) {
        let platform = context.platform
        return try await platform.store.write { transaction in
            let queue = try queues.queue(name, in: transaction)
            let shelf = try MessageShelf(queue, transaction, now: platform.clock.now().microseconds)
            var take = Take(shelf, queues, max: request.max, visibility: request.visibility ?? queue.visibilitySeconds)
            let outcome = try take.run(gauge: gauge, attempt: queue.isFifo ? request.attempt : nil)
            for topic in outcome.moved { transaction.afterCommit { platform.changes.notify(topic) } }
            return (queue, outcome)
        }
    }

    private func answer(_ taken: [Take.Taken], _ queue: Queue, _ request: ReceiveRequest, _ context: Context) async throws
        -> Document
    {
        var messages: [Document] = []
        for item in taken {
            let record = item.record
            let body = try await vault.open(item.body, record, for: queue, context)
            var message: Members = [
                "MessageId": .string(record.id), "ReceiptHandle": .string(ReceiptHandle(record, of: queue).text),
                "MD5OfBody": .string(record.bodyMD5), "Body": .string(String(decoding: body, as: UTF8.self)),
            ]
            if !request.system.isEmpty {
                let system = Self.system(record, queue).filter { request.system.contains($0.key) }
                message["Attributes"] = .map(Members(uniqueKeysWithValues: system.map { ($0.key, .string($0.value)) }))
            }
            if let members = record.attributes.members, !members.isEmpty, !request.attributes.isEmpty {
                let wanted = Document.map(members.filter { request.wants($0.key) })
                if let digest = MessageDigest.hex(attributes: wanted) {
                    message["MessageAttributes"] = wanted
                    message["MD5OfMessageAttributes"] = .string(digest)
                }
            }
            messages.append(.map(message))
        }
        return ["Messages": .list(messages)]
    }

    private static func system(_ record: MessageRecord, _ queue: Queue) -> [(key: String, value: String)] {
        var system = [
            (key: "SenderId", value: record.sender), (key: "SentTimestamp", value: String(record.sent / 1_000)),
            (key: "ApproximateReceiveCount", value: String(record.receives)),
            (key: "ApproximateFirstReceiveTimestamp", value: String(record.firstReceived / 1_000)),
        ]
        if queue.isFifo { system.append((key: "SequenceNumber", value: record.sequenceNumber)) }
        if let value = record.deduplication { system.append((key: "MessageDeduplicationId", value: value)) }
        if let value = record.group { system.append((key: "MessageGroupId", value: value)) }
        if let value = record.trace { system.append((key: "AWSTraceHeader", value: value)) }
        if let value = record.deadLetterSource { system.append((key: "DeadLetterQueueSourceArn", value: value)) }
        return system
    }
}

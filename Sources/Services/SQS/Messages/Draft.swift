import Crypto
import Documents
import Kernel
import Store

/// A message that was sent, read and checked, before it has a place in the queue.
struct Draft: Sendable {
    let id = Identifier.uuid()
    let body: [UInt8]
    let bodyMD5: String
    let attributes: Document
    let attributesMD5: String?
    let trace: String?
    let systemMD5: String?
    let delay: Int64?
    let group: String?
    let deduplication: String?
    /// Bytes that count towards the limits.
    let size: Int
    var sealed: [UInt8] = []
    var seal = MessageRecord.Seal.none

    /// - Parameter header: the request's trace header, which a message without one of its own takes.
    /// - Throws: ``SQSFault`` for what the message may not be, in this queue.
    init(_ entry: Document, for queue: Queue, trace header: String? = nil) throws {
        guard let text = entry["MessageBody"]?.string else { throw SQSFault.missing("MessageBody") }
        try MessageRules.checkBody(text)
        attributes = entry["MessageAttributes"] ?? .null
        let attributeBytes = try MessageRules.check(attributes: attributes)
        let system = entry["MessageSystemAttributes"] ?? .null
        trace = try MessageRules.trace(system) ?? header
        body = Array(text.utf8)
        size = body.count + attributeBytes
        guard size <= queue.messageBytes else {
            throw SQSFault.invalid(
                "One or more parameters are invalid. Reason: Message must be shorter than \(queue.messageBytes) bytes.")
        }
        delay = try Self.delay(entry, queue)
        (group, deduplication) = try Self.ids(entry, queue, body)
        bodyMD5 = MessageDigest.hex(body)
        attributesMD5 = MessageDigest.hex(attributes: attributes)
        systemMD5 = MessageDigest.hex(attributes: system)
    }

    private static func delay(_ entry: Document, _ queue: Queue) throws -> Int64? {
        guard let delay = entry["DelaySeconds"]?.integer else { return nil }
        guard (0...SQSLimit.delaySeconds).contains(delay) else {
            throw SQSFault.invalidValue(
                String(delay), parameter: "DelaySeconds", reason: "DelaySeconds must be >= 0 and <= \(SQSLimit.delaySeconds).")
        }
        // A FIFO queue delays all its messages alike.
        guard !queue.isFifo || delay == 0 else {
            throw SQSFault.invalidValue(
                String(delay), parameter: "DelaySeconds",
                reason: "The request include parameter that is not valid for this queue type.")
        }
        return queue.isFifo ? nil : delay
    }

    private static func ids(_ entry: Document, _ queue: Queue, _ body: [UInt8]) throws -> (group: String?, deduplication: String?)
    {
        let group = entry["MessageGroupId"]?.string
        if let group { try MessageRules.checkID(group, "MessageGroupId") }
        let given = entry["MessageDeduplicationId"]?.string
        if let given { try MessageRules.checkID(given, "MessageDeduplicationId") }
        guard queue.isFifo else {
            if let given {
                throw SQSFault.invalidValue(
                    given, parameter: "MessageDeduplicationId",
                    reason: "The request include parameter that is not valid for this queue type.")
            }
            return (group, nil)
        }
        guard let group else { throw SQSFault.missing("MessageGroupId") }
        if let given { return (group, given) }
        guard queue.isContentDeduplicated else {
            throw SQSFault.invalid(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
        }
        return (group, Hex.encode(SHA256.hash(data: body)))
    }

    /// Gives the message its place, unless it was there before.
    /// - Returns: what the sender is told.
    func enter(_ shelf: inout MessageShelf, sender: String) throws -> Members {
        let queue = shelf.queue
        let once = OnceTable(transaction: shelf.transaction, queue: queue, now: shelf.now)
        if let deduplication, let known = try once.accepted(deduplication, group: group ?? "") {
            return answer(known.messageID, queue.isFifo ? known.sequence : nil)
        }
        let sequence = shelf.tally.take()
        let visible = shelf.now + (delay ?? queue.delaySeconds) * 1_000_000
        var record = MessageRecord(
            sent: shelf.now, sequence: sequence, id: id, visibleAt: visible, bodyMD5: bodyMD5, sender: sender)
        (record.attributes, record.attributesMD5, record.trace) = (attributes, attributesMD5, trace)
        (record.group, record.deduplication, record.seal) = (group, deduplication, seal)
        try shelf.add(record, body: sealed)
        if let deduplication {
            try once.accept(deduplication, group: group ?? "", messageID: id, sequence: sequence)
        }
        return answer(id, queue.isFifo ? sequence : nil)
    }

    private func answer(_ id: String, _ sequence: Int64?) -> Members {
        var answer: Members = ["MessageId": .string(id), "MD5OfMessageBody": .string(bodyMD5)]
        if let attributesMD5 { answer["MD5OfMessageAttributes"] = .string(attributesMD5) }
        if let systemMD5 { answer["MD5OfMessageSystemAttributes"] = .string(systemMD5) }
        if let sequence { answer["SequenceNumber"] = .string(MessageRecord.sequenceNumber(sequence)) }
        return answer
    }
}

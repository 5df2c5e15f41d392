import Documents
import Kernel
import Store

struct ChangeVisibilityInput: Codable {
    var QueueUrl: String
    var ReceiptHandle: String
    var VisibilityTimeout: Int
}

struct ChangeVisibilityBatchInput: Codable {
    struct Entry: Codable {
        var Id: String
        var ReceiptHandle: String
        var VisibilityTimeout: Int?
    }
    var QueueUrl: String
    var Entries: [Entry]
}

enum ChangeRules {
    static func check(_ seconds: Int64) throws {
        guard (0...SQSLimit.visibilitySeconds).contains(seconds) else {
            throw SQSFault.invalidValue(
                String(seconds), parameter: "VisibilityTimeout",
                reason: "VisibilityTimeout must be an integer between 0 and \(SQSLimit.visibilitySeconds).")
        }
    }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
extension SQSService {
    func changeVisibility(_ input: Document, _ context: Context) async throws -> Document {
        let name = try QueueAddress.name(input, context)
        try await change(name, context) { shelf in try Self.changeVisibility(input, shelf) }
        return [:]
    }

    func changeVisibilityBatch(_ input: Document, _ context: Context) async throws -> Document {
        let entries = try BatchRules.entries(input, "ChangeMessageVisibilityBatchRequestEntry")
        let name = try QueueAddress.name(input, context)
        return try await change(name, context) { shelf in
            try Self.each(entries) { entry in try Self.changeVisibility(entry, shelf) }
        }
    }

    private static func changeVisibility(_ entry: Document, _ shelf: MessageShelf) throws {
        guard let text = entry["ReceiptHandle"]?.string else { throw SQSFault.missing("ReceiptHandle") }
        guard let seconds = entry["VisibilityTimeout"]?.integer else { throw SQSFault.missing("VisibilityTimeout") }
        try ChangeRules.check(seconds)
        guard let handle = ReceiptHandle(text), handle.queue == shelf.queue.id else { throw SQSFault.handle(text) }
        guard handle.store == shelf.queue.store, var record = try shelf.load(handle.sent, handle.sequence),
            record.receives == handle.receipt
        else {
            throw SQSFault.invalidValue(
                text, parameter: "ReceiptHandle",
                reason: "Message does not exist or is not available for visibility timeout change.")
        }
        guard record.isInFlight(shelf.now) else { throw SQSFault.notInFlight }
        let until = shelf.now + seconds * 1_000_000
        guard until <= record.lastReceived + SQSLimit.visibilitySeconds * 1_000_000 else {
            throw SQSFault.invalidValue(
                String(seconds), parameter: "VisibilityTimeout",
                reason: "Total VisibilityTimeout for the message is beyond the limit [\(SQSLimit.visibilitySeconds) seconds].")
        }
        if shelf.queue.isFifo {
            record.visibleAt = until
            try shelf.save(record)
            try FifoLine(shelf).fly(record, until: until)
        } else {
            try shelf.save(try StandardLine.move(record, to: until, shelf))
        }
    }
}

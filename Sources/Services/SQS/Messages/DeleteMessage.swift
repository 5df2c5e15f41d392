import Documents
import Kernel
import Store

struct DeleteMessageInput: Codable {
    var QueueUrl: String
    var ReceiptHandle: String
}

struct DeleteBatchInput: Codable {
    struct Entry: Codable {
        var Id: String
        var ReceiptHandle: String
    }
    var QueueUrl: String
    var Entries: [Entry]
}

struct BatchOutput: Codable {
    struct Entry: Codable { var Id: String }
    var Successful: [Entry]
    var Failed: [BatchFailure]
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
extension SQSService {
    func delete(_ input: Document, _ context: Context) async throws -> Document {
        let name = try QueueAddress.name(input, context)
        guard let handle = input["ReceiptHandle"]?.string else { throw SQSFault.missing("ReceiptHandle") }
        try await change(name, context) { shelf in try Self.delete(handle, &shelf) }
        return [:]
    }

    func deleteBatch(_ input: Document, _ context: Context) async throws -> Document {
        let entries = try BatchRules.entries(input, "DeleteMessageBatchRequestEntry")
        let name = try QueueAddress.name(input, context)
        return try await change(name, context) { shelf in
            try Self.each(entries) { entry in
                guard let handle = entry["ReceiptHandle"]?.string else { throw SQSFault.missing("ReceiptHandle") }
                try Self.delete(handle, &shelf)
            }
        }
    }

    /// One transaction on a queue's messages; its long polls look again afterwards.
    @discardableResult
    func change<Result: Sendable>(
        _ name: QueueName, _ context: Context, _ body: @escaping @Sendable (inout MessageShelf) throws -> Result
    ) async throws -> Result {
        let platform = context.platform
        return try await platform.store.write { transaction in
            let queue = try queues.queue(name, in: transaction)
            var shelf = try MessageShelf(queue, transaction, now: platform.clock.now().microseconds)
            let before = shelf.tally.total
            let result = try body(&shelf)
            if shelf.tally.total != before { try shelf.close() }
            let topic = queue.arn
            transaction.afterCommit { platform.changes.notify(topic) }
            return result
        }
    }

    /// Carries out a batch's entries, each for itself.
    static func each(_ entries: [Document], _ body: (Document) throws -> Void) throws -> Document {
        var outcomes: [(id: String, outcome: Result<Members, SQSFault>)] = []
        for entry in entries {
            do {
                try body(entry)
                outcomes.append((entry["Id"]?.string ?? "", .success([:])))
            } catch let fault as SQSFault {
                outcomes.append((entry["Id"]?.string ?? "", .failure(fault)))
            }
        }
        return BatchRules.answer(outcomes)
    }

    private static func delete(_ text: String, _ shelf: inout MessageShelf) throws {
        guard let handle = ReceiptHandle(text), handle.queue == shelf.queue.id else { throw SQSFault.handle(text) }
        // What is gone, by a delete, a purge or age, is deleted already.
        guard handle.store == shelf.queue.store, let record = try shelf.load(handle.sent, handle.sequence) else { return }
        if shelf.queue.isFifo, record.receives != handle.receipt || !record.isInFlight(shelf.now) {
            throw SQSFault.invalidValue(text, parameter: "ReceiptHandle", reason: "The receipt handle has expired.")
        }
        try shelf.remove(record)
    }
}

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
        let doomed = Doomed(handle)
        try await change(name, context) { shelf in try Self.delete(doomed, &shelf) }
        return [:]
    }

    func deleteBatch(_ input: Document, _ context: Context) async throws -> Document {
        let entries = try BatchRules.entries(input, "DeleteMessageBatchRequestEntry")
        let name = try QueueAddress.name(input, context)
        let doomed = entries.map { $0["ReceiptHandle"]?.string.map { Doomed($0) } }
        return try await change(name, context) { shelf in
            var rest = doomed[...]
            return try Self.each(entries) { _ in
                guard let doomed = rest.removeFirst() else { throw SQSFault.missing("ReceiptHandle") }
                try Self.delete(doomed, &shelf)
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

    /// A message that shall go, by the handle as it was sent. It is read before the transaction, which holds others up.
    private struct Doomed: Sendable {
        let text: String
        let handle: ReceiptHandle?

        init(_ text: String) { (self.text, handle) = (text, ReceiptHandle(text)) }
    }

    private static func delete(_ doomed: Doomed, _ shelf: inout MessageShelf) throws {
        let text = doomed.text
        guard let handle = doomed.handle, handle.queue == shelf.queue.id else { throw SQSFault.handle(text) }
        // What is gone, by a delete, a purge or age, is deleted already.
        guard handle.store == shelf.queue.store, let record = try shelf.load(handle.sent, handle.sequence) else { return }
        if shelf.queue.isFifo, record.receives != handle.receipt || !record.isInFlight(shelf.now) {
            throw SQSFault.invalidValue(text, parameter: "ReceiptHandle", reason: "The receipt handle has expired.")
        }
        try shelf.remove(record)
    }
}

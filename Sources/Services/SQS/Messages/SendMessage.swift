import Documents
import Kernel
import Store

/// The members of a message that is sent, for the model's check.
struct SendMessageInput: Codable {
    var QueueUrl: String
    var MessageBody: String
    var DelaySeconds: Int?
    var MessageAttributes: [String: AttributeShape]?
    var MessageSystemAttributes: [String: AttributeShape]?
    var MessageDeduplicationId: String?
    var MessageGroupId: String?
}

struct AttributeShape: Codable {
    var DataType: String
    var StringValue: String?
    var BinaryValue: [UInt8]?
}

struct SendMessageOutput: Codable {
    var MD5OfMessageBody: String?
    var MD5OfMessageAttributes: String?
    var MD5OfMessageSystemAttributes: String?
    var MessageId: String?
    var SequenceNumber: String?
}

struct SendBatchInput: Codable {
    struct Entry: Codable {
        var Id: String
        var MessageBody: String
        var DelaySeconds: Int?
        var MessageAttributes: [String: AttributeShape]?
        var MessageSystemAttributes: [String: AttributeShape]?
        var MessageDeduplicationId: String?
        var MessageGroupId: String?
    }
    var QueueUrl: String
    var Entries: [Entry]
}

struct SendBatchOutput: Codable {
    struct Entry: Codable {
        var Id: String
        var MessageId: String
        var MD5OfMessageBody: String
        var MD5OfMessageAttributes: String?
        var MD5OfMessageSystemAttributes: String?
        var SequenceNumber: String?
    }
    var Successful: [Entry]
    var Failed: [BatchFailure]
}

struct BatchFailure: Codable {
    var Id: String
    var SenderFault: Bool
    var Code: String
    var Message: String?
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
extension SQSService {
    func send(_ input: Document, _ context: Context) async throws -> Document {
        let name = try QueueAddress.name(input, context)
        let queue = try await self.queue(name, context)
        var draft = try Draft(input, for: queue, trace: MessageRules.trace(context))
        (draft.sealed, draft.seal) = try await vault.seal(draft.body, digest: draft.bodyMD5, for: queue, context)
        return .map(try await enter([draft], name, context)[0])
    }

    func sendBatch(_ input: Document, _ context: Context) async throws -> Document {
        let entries = try BatchRules.entries(input, "SendMessageBatchRequestEntry")
        let name = try QueueAddress.name(input, context)
        let queue = try await self.queue(name, context)
        var outcomes: [(id: String, outcome: Result<Members, SQSFault>)] = []
        var drafts: [(place: Int, draft: Draft)] = []
        var bytes = 0
        let trace = MessageRules.trace(context)
        for entry in entries {
            let id = entry["Id"]?.string ?? ""
            bytes += (entry["MessageBody"]?.string ?? "").utf8.count
            do {
                let draft = try Draft(entry, for: queue, trace: trace)
                bytes += draft.size - draft.body.count
                drafts.append((outcomes.count, draft))
                outcomes.append((id, .success([:])))
            } catch let fault as SQSFault {
                outcomes.append((id, .failure(fault)))
            }
        }
        guard bytes <= SQSLimit.messageBytes else { throw SQSFault.batchTooLong(bytes) }
        for index in drafts.indices {
            let draft = drafts[index].draft
            (drafts[index].draft.sealed, drafts[index].draft.seal) =
                try await vault.seal(draft.body, digest: draft.bodyMD5, for: queue, context)
        }
        let answers = drafts.isEmpty ? [] : try await enter(drafts.map(\.draft), name, context)
        for (index, answer) in answers.enumerated() { outcomes[drafts[index].place].outcome = .success(answer) }
        return BatchRules.answer(outcomes)
    }

    private func enter(_ drafts: [Draft], _ name: QueueName, _ context: Context) async throws -> [Members] {
        let platform = context.platform
        let sender = context.caller.principalID
        return try await platform.store.write { transaction in
            let queue = try queues.queue(name, in: transaction)
            var shelf = try MessageShelf(queue, transaction, now: platform.clock.now().microseconds)
            let answers = try drafts.map { try $0.enter(&shelf, sender: sender) }
            try shelf.close()
            let topic = queue.arn
            transaction.afterCommit { platform.changes.notify(topic) }
            return answers
        }
    }
}

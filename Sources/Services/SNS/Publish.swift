import Documents
import Kernel
import Store

/// Publish (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
extension SNSService {
    struct AttributeValue: Decodable, Sendable {
        var DataType: String
        var StringValue: String?
        var BinaryValue: [UInt8]?
    }
    struct PublishInput: Decodable, Sendable {
        var TopicArn: String?
        var TargetArn: String?
        var PhoneNumber: String?
        var Message: String
        var Subject: String?
        var MessageStructure: String?
        var MessageAttributes: [String: AttributeValue]?
        var MessageDeduplicationId: String?
        var MessageGroupId: String?
    }
    struct PublishOutput: Encodable, Sendable {
        var MessageId: String
        var SequenceNumber: String?
    }

    func publish(_ input: PublishInput, _ context: Context) async throws -> PublishOutput {
        let targets = [input.TopicArn, input.TargetArn, input.PhoneNumber].compactMap { $0 }
        guard let target = targets.first else {
            throw SNSFault.invalid("TopicArn or TargetArn Reason: no value for required parameter")
        }
        guard targets.count == 1 else {
            throw SNSFault.invalid("TopicArn or TargetArn or PhoneNumber Reason: only one of them may be given")
        }
        let draft = Draft(
            message: input.Message, subject: input.Subject, structure: input.MessageStructure,
            attributes: input.MessageAttributes ?? [:], deduplication: input.MessageDeduplicationId, group: input.MessageGroupId)
        if input.PhoneNumber != nil { return try await text(draft, to: target, context) }
        if input.TargetArn != nil, ARN(target)?.resource.hasPrefix("endpoint/") == true {
            return try await push(draft, to: target, context)
        }
        guard draft.bytes <= SNSLimit.messageBytes else { throw SNSFault.invalid("Message too long") }
        let member = input.TopicArn == nil ? "TargetArn" : "TopicArn"
        let sealing = try await sealing(target, context, member: member)
        let platform = context.platform
        let taken = try await context.store.write { transaction in
            var topic = try transaction.topic(target, context, member: member)
            let taken = try self.take(try draft.checked(topic, context), &topic, sealing, on: platform, transaction)
            if topic.isFIFO { try transaction.put(topic.key, topic) }
            return taken
        }
        return PublishOutput(MessageId: taken.id, SequenceNumber: taken.sequence)
    }

    /// A text message, to the local mailbox.
    private func text(_ draft: Draft, to number: String, _ context: Context) async throws -> PublishOutput {
        guard EndpointCheck.isPhoneNumber(number) else {
            throw SNSFault.invalid("PhoneNumber Reason: \(number) is not valid to publish to")
        }
        guard !draft.message.isEmpty else { throw SNSFault.invalid("Empty message") }
        guard draft.message.utf8.count <= SNSLimit.smsBytes else { throw SNSFault.invalid("Message too long") }
        var notification = Notification(topic: "", id: Identifier.uuid(), time: context.now, message: draft.message)
        notification.isStructured = try draft.isStructured()
        for (name, value) in draft.attributes { notification.attributes[name] = try Draft.named(name, value) }
        let key = SMSSettings.key(context.account, context.region)
        let settings = try await context.store.read { try $0.record(SMSSettings.self, key)?.attributes } ?? [:]
        let letter = Letter(
            id: notification.id, time: context.now, medium: "sms", account: context.account,
            from: draft.attributes["AWS.SNS.SMS.SenderID"]?.StringValue ?? settings["DefaultSenderID"] ?? "SNS", to: number,
            body: notification.body(for: "sms"))
        try await context.store.write { transaction in
            if try transaction.isOptedOut(number, context.account) { throw SNSFault.optedOut }
            try Mailbox.deliver(letter, in: transaction)
            try self.report(
                letter, kind: draft.attributes["AWS.SNS.SMS.SMSType"]?.StringValue, settings, context, in: transaction)
        }
        return PublishOutput(MessageId: letter.id)
    }

    struct PublishBatchInput: Decodable, Sendable {
        struct Entry: Decodable, Sendable {
            var Id: String
            var Message: String
            var Subject: String?
            var MessageStructure: String?
            var MessageAttributes: [String: AttributeValue]?
            var MessageDeduplicationId: String?
            var MessageGroupId: String?
        }
        var TopicArn: String
        var PublishBatchRequestEntries: [Entry]
    }
    struct PublishBatchOutput: Encodable, Sendable {
        struct Success: Encodable, Sendable {
            var Id: String
            var MessageId: String
            var SequenceNumber: String?
        }
        struct Failure: Encodable, Sendable {
            var Id: String
            var Code: String
            var Message: String
            var SenderFault: Bool
        }
        var Successful: [Success] = []
        var Failed: [Failure] = []
    }

    /// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html: an entry that is refused does not hold up the others.
    func publishBatch(_ input: PublishBatchInput, _ context: Context) async throws -> PublishBatchOutput {
        let entries = input.PublishBatchRequestEntries
        guard !entries.isEmpty else { throw SNSFault.emptyBatch }
        guard entries.count <= SNSLimit.batchEntries else { throw SNSFault.tooManyEntries }
        for entry in entries {
            let isID = (1...80).contains(entry.Id.utf8.count) && entry.Id.utf8.allSatisfy { TopicAttributes.isNameByte($0) }
            guard isID else { throw SNSFault.entryID(entry.Id) }
        }
        guard Set(entries.map(\.Id)).count == entries.count else { throw SNSFault.entriesNotDistinct }
        let drafts = entries.map { entry in
            Draft(
                message: entry.Message, subject: entry.Subject, structure: entry.MessageStructure,
                attributes: entry.MessageAttributes ?? [:], deduplication: entry.MessageDeduplicationId,
                group: entry.MessageGroupId)
        }
        guard drafts.reduce(0, { $0 + $1.bytes }) <= SNSLimit.messageBytes else { throw SNSFault.batchTooLong }
        let sealing = try await sealing(input.TopicArn, context, member: "TopicArn")
        let platform = context.platform
        return try await context.store.write { transaction in
            var topic = try transaction.topic(input.TopicArn, context)
            var output = PublishBatchOutput()
            for (entry, draft) in zip(entries, drafts) {
                let checked: Notification
                do { checked = try draft.checked(topic, context) } catch let fault as SNSFault {
                    let wire = fault.wire
                    output.Failed.append(
                        .init(Id: entry.Id, Code: wire.code, Message: wire.message, SenderFault: wire.isSenders))
                    continue
                }
                let taken = try self.take(checked, &topic, sealing, on: platform, transaction)
                output.Successful.append(.init(Id: entry.Id, MessageId: taken.id, SequenceNumber: taken.sequence))
            }
            if topic.isFIFO { try transaction.put(topic.key, topic) }
            return output
        }
    }
}

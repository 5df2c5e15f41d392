import Documents
import Kernel
import Store

/// CreateTopic, DeleteTopic, ListTopics, GetTopicAttributes, SetTopicAttributes.
extension SNSService {
    struct Tag: Codable, Sendable, Hashable {
        var Key: String
        var Value: String
    }
    struct CreateTopicInput: Decodable, Sendable {
        var Name: String
        var Attributes: [String: String]?
        var Tags: [Tag]?
    }
    struct TopicOutput: Encodable, Sendable { var TopicArn: String }

    /// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    func createTopic(_ input: CreateTopicInput, _ context: Context) async throws -> TopicOutput {
        var attributes = input.Attributes ?? [:]
        let isFIFO = try TopicAttributes.isFIFO(attributes, name: input.Name)
        attributes["FifoTopic"] = isFIFO ? "true" : nil
        for (name, value) in attributes {
            try TopicAttributes.check(name, value, isFIFO: isFIFO, topic: context.arn(input.Name), isCreation: true)
        }
        let tags = try TagList(input.Tags)
        let policy = attributes.removeValue(forKey: "Policy")
        if let archive = attributes["ArchivePolicy"], try ArchivePolicy.read(archive) == nil {
            attributes["ArchivePolicy"] = nil
        }
        let asked = attributes.filter { !$0.value.isEmpty }
        var record = TopicRecord(
            account: context.account, region: context.region, name: input.Name, id: Identifier.uuid(), created: context.now,
            attributes: asked, tags: tags,
            policy: policy ?? TopicPolicy.standard(context.arn(input.Name), account: context.account))
        record.archive = record.archivePolicy.map { _ in TopicArchive(began: context.now) }
        let made = record
        try await context.store.write { transaction in
            if let old = try transaction.record(TopicRecord.self, made.key) {
                // The same again is the same topic; attributes that are not named don't matter.
                guard asked.allSatisfy({ old.attributes[$0.key] == $0.value }),
                    try policy == nil || policy == NamedPrincipals.shown(old.policy, in: transaction),
                    old.isFIFO == isFIFO
                else {
                    throw SNSFault.invalid("Attributes Reason: Topic already exists with different attributes")
                }
                guard input.Tags == nil || tags == old.tags else {
                    throw SNSFault.invalid("Tags Reason: Topic already exists with different tags")
                }
                return
            }
            var topic = made
            if let policy, !policy.isEmpty { topic.policy = try TopicPolicy.bound(policy, in: transaction) }
            try transaction.put(topic.key, topic)
        }
        return TopicOutput(TopicArn: made.arn)
    }

    struct TopicInput: Decodable, Sendable { var TopicArn: String }

    /// Its subscriptions go with it. A topic that is not there is no error.
    func deleteTopic(_ input: TopicInput, _ context: Context) async throws -> Nothing {
        let name = try TopicName(input.TopicArn, member: "TopicArn")
        guard name.subscription == nil, name.region == context.region else { throw SNSFault.invalid("TopicArn") }
        try await context.store.write { transaction in
            let key = TopicRecord.key(name.account, name.region, name.topic)
            guard let topic = try transaction.record(TopicRecord.self, key) else { return }
            guard topic.archivePolicy == nil else { throw SNSFault.invalidState("Cannot delete a topic with an ArchivePolicy") }
            let subscriptions = try transaction.all(SubscriptionRecord.self, topic.subscriptions)
            for subscription in subscriptions { try transaction.remove(subscription) }
            try transaction.deleteRange(from: topic.deduplication, to: topic.deduplication.rangeEnd)
            try transaction.delete(topic.key)
        }
        return Nothing()
    }

    struct PageInput: Decodable, Sendable { var NextToken: String? }
    struct ListTopicsOutput: Encodable, Sendable {
        var Topics: [TopicOutput]
        var NextToken: String?
    }

    func listTopics(_ input: PageInput, _ context: Context) async throws -> ListTopicsOutput {
        let after = try PageToken.read(input.NextToken, of: context.list())
        let all = TopicRecord.all(context.account, context.region)
        let found = try await context.store.read { snapshot in
            var found: [TopicRecord] = []
            try snapshot.records(
                TopicRecord.self, all, after: after.map { all.appending(.text($0)) }, limit: SNSLimit.page + 1
            ) { _, topic in
                found.append(topic)
                return true
            }
            return found
        }
        let page = found.prefix(SNSLimit.page)
        return ListTopicsOutput(
            Topics: page.map { TopicOutput(TopicArn: $0.arn) },
            NextToken: found.count > page.count ? page.last.map { PageToken.write($0.name, of: context.list()) } : nil)
    }

    struct AttributesOutput: Encodable, Sendable { var Attributes: [String: String] }

    func getTopicAttributes(_ input: TopicInput, _ context: Context) async throws -> AttributesOutput {
        let (topic, confirmed, pending) = try await context.store.read { snapshot in
            var topic = try snapshot.topic(input.TopicArn, context)
            topic.policy = try NamedPrincipals.shown(topic.policy, in: snapshot)
            var (confirmed, pending) = (0, 0)
            try snapshot.records(SubscriptionRecord.self, topic.subscriptions) { _, subscription in
                if subscription.isConfirmed { confirmed += 1 } else { pending += 1 }
                return true
            }
            return (topic, confirmed, pending)
        }
        var shown = topic.attributes
        shown["TopicArn"] = topic.arn
        shown["Owner"] = topic.account
        shown["BeginningArchiveTime"] = topic.archiveBegins(context.now)?.iso8601(milliseconds: true)
        shown["Policy"] = topic.policy
        shown["DisplayName"] = topic.attributes["DisplayName"] ?? ""
        shown["SubscriptionsConfirmed"] = "\(confirmed)"
        shown["SubscriptionsPending"] = "\(pending)"
        shown["SubscriptionsDeleted"] = "\(topic.subscriptionsDeleted)"
        shown["EffectiveDeliveryPolicy"] = DeliveryPolicy(topic: topic.attributes["DeliveryPolicy"]).topicText
        if topic.isFIFO { shown["ContentBasedDeduplication"] = topic.attributes["ContentBasedDeduplication"] ?? "false" }
        return AttributesOutput(Attributes: shown)
    }

    struct SetTopicInput: Decodable, Sendable {
        var TopicArn: String
        var AttributeName: String
        var AttributeValue: String?
    }

    func setTopicAttributes(_ input: SetTopicInput, _ context: Context) async throws -> Nothing {
        let (name, value) = (input.AttributeName, input.AttributeValue ?? "")
        try await context.store.write { transaction in
            var topic = try transaction.topic(input.TopicArn, context)
            try TopicAttributes.check(name, value, isFIFO: topic.isFIFO, topic: topic.arn, isCreation: false)
            if name == "Policy" {
                topic.policy =
                    value.isEmpty
                    ? TopicPolicy.standard(topic.arn, account: topic.account) : try TopicPolicy.bound(value, in: transaction)
            } else if name == "ArchivePolicy" {
                try topic.setArchive(value, on: context.platform, in: transaction)
            } else {
                topic.attributes[name] = value.isEmpty ? nil : value
            }
            try transaction.put(topic.key, topic)
        }
        return Nothing()
    }
}

extension PageToken {
    /// - Throws: ``SNSFault/invalid(_:)`` for a token that this service never gave.
    static func read(_ token: String?, of list: String) throws -> String? {
        guard let token else { return nil }
        guard let place = name(token, of: list) else { throw SNSFault.invalid("NextToken") }
        return place
    }
}

import Documents
import Kernel

/// What a subscription's attributes may be.
enum SubscriptionAttributes {
    /// - Throws: ``SNSFault``
    static func check(_ attributes: [String: String], transport: String, topic: TopicRecord, owner: String) throws {
        for (name, value) in attributes {
            try check(name, value, scope: attributes["FilterPolicyScope"], transport: transport, topic: topic, owner: owner)
        }
        if transport == "firehose", attributes["SubscriptionRoleArn"] == nil {
            throw SNSFault.invalid("Subscription Role ARN is required for firehose subscriptions")
        }
    }

    /// - Parameters:
    ///   - scope: the filter policy's, as it is or is about to be.
    ///   - owner: the subscription's account.
    static func check(
        _ name: String, _ value: String, scope: String?, transport: String, topic: TopicRecord, owner: String
    ) throws {
        switch name {
        case "FilterPolicy":
            if isPolicy(value) { _ = try FilterPolicy(value, scope: scope) }
        case "FilterPolicyScope":
            guard ["", "MessageAttributes", "MessageBody"].contains(value) else {
                throw SNSFault.invalid(
                    "FilterPolicyScope: Invalid value [\(value)]. Please use either MessageBody or MessageAttributes")
            }
        case "RawMessageDelivery":
            guard ["true", "false", ""].contains(value.lowercased()) else {
                throw SNSFault.invalid("RawMessageDelivery: Invalid value [\(value)]. Must be true or false.")
            }
            guard ["sqs", "http", "https", "firehose"].contains(transport) || value.lowercased() != "true" else {
                throw SNSFault.invalid("Delivery protocol [\(transport)] does not support raw message delivery.")
            }
        case "DeliveryPolicy":
            guard transport == "http" || transport == "https" || value.isEmpty else {
                throw SNSFault.invalid("DeliveryPolicy: Delivery protocol [\(transport)] does not support delivery policies")
            }
            if !value.isEmpty { try DeliveryPolicy.check(value, ofTopic: false) }
        case "RedrivePolicy":
            if !value.isEmpty { try checkRedrive(value, topic, owner: owner) }
        case "SubscriptionRoleArn":
            guard transport == "firehose", let arn = ARN(value), arn.service == "iam", arn.resource.hasPrefix("role/") else {
                throw SNSFault.invalid("SubscriptionRoleArn")
            }
        case "ReplayPolicy": _ = try Replay(value, topic)
        default: throw SNSFault.invalid("AttributeName")
        }
    }

    /// `{}` stands for none.
    static func isPolicy(_ value: String) -> Bool {
        !["", "{}"].contains(value.filter { !$0.isWhitespace })
    }

    /// https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html: a queue of the same account, Region and kind.
    private static func checkRedrive(_ value: String, _ topic: TopicRecord, owner: String) throws {
        guard let policy = try? JSON.parse(value), let members = policy.members else {
            throw SNSFault.invalid("RedrivePolicy: failed to parse JSON.")
        }
        // `maxReceiveCount` is a queue's: how often SNS tries is its delivery policy's matter.
        if let unknown = members.keys.filter({ $0 != "deadLetterTargetArn" }).min() {
            throw SNSFault.invalid("RedrivePolicy: invalid JSON. Attribute \(unknown) is unknown.")
        }
        guard let target = policy["deadLetterTargetArn"]?.string, let arn = ARN(target), arn.service == "sqs" else {
            throw SNSFault.invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
        }
        guard arn.region == topic.region else {
            throw SNSFault.invalid("RedrivePolicy: deadLetterTargetArn must be in the same Region as the subscription")
        }
        guard arn.account == owner else {
            throw SNSFault.invalid("RedrivePolicy: deadLetterTargetArn must be in the same account as the subscription")
        }
        guard arn.resource.hasSuffix(".fifo") == topic.isFIFO else {
            let kind = topic.isFIFO ? "FIFO" : "standard"
            throw SNSFault.invalid("RedrivePolicy: must use a \(kind) queue as DLQ for a subscription to a \(kind) topic")
        }
    }
}

/// GetSubscriptionAttributes, SetSubscriptionAttributes.
extension SNSService {
    struct SubscriptionInput: Decodable, Sendable { var SubscriptionArn: String }

    func getSubscriptionAttributes(_ input: SubscriptionInput, _ context: Context) async throws -> AttributesOutput {
        let (subscription, topic) = try await context.store.read { snapshot in
            let subscription = try snapshot.subscription(input.SubscriptionArn, in: context.region)
            try Self.checkOwner(subscription, "SNS:GetSubscriptionAttributes", context)
            let key = TopicRecord.key(subscription.account, subscription.region, subscription.topic)
            return (subscription, try snapshot.record(TopicRecord.self, key))
        }
        var shown = subscription.attributes
        shown["SubscriptionArn"] = subscription.arn
        shown["TopicArn"] = subscription.topicARN
        shown["Owner"] = subscription.owner
        shown["Protocol"] = subscription.transport
        shown["Endpoint"] = subscription.endpoint
        shown["PendingConfirmation"] = subscription.isConfirmed ? "false" : "true"
        shown["ConfirmationWasAuthenticated"] = subscription.wasAuthenticated ? "true" : "false"
        shown["RawMessageDelivery"] = subscription.isRaw ? "true" : "false"
        shown["SubscriptionPrincipal"] = subscription.principal
        shown["ReplayStatus"] = subscription.replay?.status.rawValue
        if shown["FilterPolicy"] != nil, shown["FilterPolicyScope"] == nil { shown["FilterPolicyScope"] = "MessageAttributes" }
        if subscription.transport == "http" || subscription.transport == "https" {
            shown["EffectiveDeliveryPolicy"] =
                DeliveryPolicy(
                    topic: topic?.attributes["DeliveryPolicy"], subscription: subscription.attributes["DeliveryPolicy"]
                ).subscriptionText
        }
        return AttributesOutput(Attributes: shown)
    }

    struct SetSubscriptionInput: Decodable, Sendable {
        var SubscriptionArn: String
        var AttributeName: String
        var AttributeValue: String?
    }

    func setSubscriptionAttributes(_ input: SetSubscriptionInput, _ context: Context) async throws -> Nothing {
        let (name, value) = (input.AttributeName, input.AttributeValue ?? "")
        let platform = context.platform
        try await context.store.write { transaction in
            var subscription = try transaction.subscription(input.SubscriptionArn, in: context.region)
            try Self.checkOwner(subscription, "SNS:SetSubscriptionAttributes", context)
            let key = TopicRecord.key(subscription.account, subscription.region, subscription.topic)
            guard let topic = try transaction.record(TopicRecord.self, key) else { throw SNSFault.noTopic }
            let scope = name == "FilterPolicyScope" ? value : subscription.attributes["FilterPolicyScope"]
            try SubscriptionAttributes.check(
                name, value, scope: scope, transport: subscription.transport, topic: topic, owner: subscription.owner)
            // A policy that stays must also fit its new scope.
            if name == "FilterPolicyScope", let policy = subscription.attributes["FilterPolicy"] {
                _ = try FilterPolicy(policy, scope: scope)
            }
            if name == "ReplayPolicy" {
                try self.setReplay(value, of: &subscription, topic, on: platform, transaction)
                return try transaction.put(subscription.key, subscription)
            }
            let isNone = value.isEmpty || (name == "FilterPolicy" && !SubscriptionAttributes.isPolicy(value))
            subscription.attributes[name] = isNone ? nil : name == "RawMessageDelivery" ? value.lowercased() : value
            try transaction.put(subscription.key, subscription)
        }
        return Nothing()
    }

    /// The topic's account and the subscriber's may look at a subscription and change it; others not.
    static func checkOwner(_ subscription: SubscriptionRecord, _ action: String, _ context: Context) throws {
        guard [subscription.owner, subscription.account].contains(context.account) else {
            throw SNSFault.unauthorized(
                "User: \(context.caller.arn) is not authorized to perform: \(action) on resource: \(subscription.topicARN)")
        }
    }
}

import Documents
import EventPatterns
import Kernel
import Outbound
import Store

/// Subscribe (https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html).
extension SNSService {
    struct SubscribeInput: Decodable, Sendable {
        var TopicArn: String
        var `Protocol`: String
        var Endpoint: String?
        var Attributes: [String: String]?
        var ReturnSubscriptionArn: Bool?
    }
    struct SubscribeOutput: Encodable, Sendable { var SubscriptionArn: String }

    func subscribe(_ input: SubscribeInput, _ context: Context) async throws -> SubscribeOutput {
        let transport = input.Protocol
        guard let endpoint = input.Endpoint, !endpoint.isEmpty else { throw SNSFault.invalid("Endpoint") }
        let owner = try EndpointCheck.owner(transport, endpoint)
        let asked = (input.Attributes ?? [:]).filter { !$0.value.isEmpty }
        let platform = context.platform
        let record = try await context.store.write { transaction -> SubscriptionRecord in
            let topic = try transaction.topic(input.TopicArn, context)
            try EndpointCheck.suits(topic, transport, endpoint)
            if transport == "application" {
                guard try transaction.endpoint(try PlatformName(endpoint, member: "Endpoint")) != nil else {
                    throw SNSFault.invalid("Endpoint Reason: Endpoint does not exist for endpoint \(endpoint)")
                }
            }
            try SubscriptionAttributes.check(asked, transport: transport, topic: topic, owner: context.account)
            var (count, filters): (Int, Int) = (0, asked["FilterPolicy"] == nil ? 0 : 1)
            var same: SubscriptionRecord?
            try transaction.records(SubscriptionRecord.self, topic.subscriptions) { _, other in
                count += 1
                if other.attributes["FilterPolicy"] != nil { filters += 1 }
                if other.transport == transport, other.endpoint == endpoint { same = other }
                return true
            }
            if let same {
                guard asked.allSatisfy({ same.attributes[$0.key] == $0.value }) else {
                    throw SNSFault.invalid("Attributes Reason: Subscription already exists with different attributes")
                }
                if !same.isConfirmed { try self.tell(.subscription, same, on: platform, transaction) }
                return same
            }
            guard count < (topic.isFIFO ? SNSLimit.fifoSubscriptionsPerTopic : SNSLimit.subscriptionsPerTopic) else {
                throw SNSFault.tooManySubscriptions
            }
            guard filters <= SNSLimit.filtersPerTopic else { throw SNSFault.tooManyFilters }
            var subscription = SubscriptionRecord(
                account: topic.account, region: topic.region, topic: topic.name, id: Identifier.uuid(), owner: context.account,
                principal: context.caller.roleARN ?? context.caller.arn, transport: transport, endpoint: endpoint,
                created: context.now, attributes: asked, token: "", isConfirmed: transport == "sms" || owner == context.account)
            subscription.wasAuthenticated = subscription.isConfirmed
            subscription.token = ConfirmationToken.make(subscription.id)
            if let replay = asked["ReplayPolicy"] {
                try self.setReplay(replay, of: &subscription, topic, on: platform, transaction)
            }
            try transaction.put(subscription.key, subscription)
            try transaction.put(subscription.place, SubscriptionPlace(arn: subscription.arn))
            if !subscription.isConfirmed {
                try transaction.schedule(
                    TimerRecord(
                        id: subscription.timerID, service: Self.id, name: "pending", due: context.now + SNSLimit.confirmation,
                        payload: ["subscription": .string(subscription.arn)]), on: platform)
                try self.tell(.subscription, subscription, on: platform, transaction)
            }
            return subscription
        }
        let shows = record.isConfirmed || input.ReturnSubscriptionArn == true
        return SubscribeOutput(SubscriptionArn: shows ? record.arn : "pending confirmation")
    }

    /// Nobody confirmed in time.
    func forgetPending(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let arn = timer.payload["subscription"]?.string, let name = try? TopicName(arn, member: "SubscriptionArn"),
            let id = name.subscription
        else { return }
        try await platform.store.write { transaction in
            guard let subscription = try transaction.subscription(name, id), !subscription.isConfirmed else { return }
            try transaction.remove(subscription)
        }
    }
}

/// What endpoints each protocol takes.
enum EndpointCheck {
    /// The account whose word counts for the endpoint: it may subscribe it without being asked. nil where the endpoint must
    /// confirm.
    /// - Throws: ``SNSFault``
    static func owner(_ transport: String, _ endpoint: String) throws -> String? {
        switch transport {
        case "sqs":
            guard let arn = ARN(endpoint), arn.service == "sqs", arn.account.utf8.count == 12 else {
                throw SNSFault.invalid("SQS endpoint ARN")
            }
            return arn.account
        case "lambda":
            guard let arn = ARN(endpoint), arn.service == "lambda", arn.account.utf8.count == 12 else {
                throw SNSFault.invalid("Lambda endpoint ARN")
            }
            return arn.account
        case "firehose":
            guard let arn = ARN(endpoint), arn.service == "firehose", arn.account.utf8.count == 12 else {
                throw SNSFault.invalid("Firehose endpoint ARN")
            }
            return arn.account
        case "http", "https":
            guard endpoint.lowercased().hasPrefix(transport + "://") else {
                throw SNSFault.invalid("Endpoint must match the specified protocol")
            }
            guard Outbound.isAddress(endpoint) else { throw SNSFault.invalid("Endpoint") }
            return nil
        case "email", "email-json":
            guard let at = endpoint.firstIndex(of: "@"), at != endpoint.startIndex, endpoint.utf8.count <= 320,
                endpoint.index(after: at) != endpoint.endIndex, !endpoint.contains(where: { $0.isWhitespace || $0.isNewline })
            else { throw SNSFault.invalid("Email address") }
            return nil
        case "sms":
            guard isPhoneNumber(endpoint) else { throw SNSFault.invalid("Invalid SMS endpoint: \(endpoint)") }
            return nil
        case "application":
            guard let name = try? PlatformName(endpoint, member: "Endpoint"), name.id != nil else {
                throw SNSFault.invalid("Application endpoint arn invalid:\(endpoint)")
            }
            return name.account
        default:
            throw SNSFault.invalid("Amazon SNS does not support this protocol string: \(transport)")
        }
    }

    /// E.164.
    static func isPhoneNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        return (2...15).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// - Throws: ``SNSFault`` when this kind of topic can't deliver there.
    static func suits(_ topic: TopicRecord, _ transport: String, _ endpoint: String) throws {
        if topic.isFIFO {
            guard transport == "sqs" else {
                throw SNSFault.invalid("Endpoint Reason: Please use FIFO SQS queue")
            }
        } else if transport == "sqs", endpoint.hasSuffix(".fifo") {
            throw SNSFault.invalid("Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
        }
    }
}

/// Tokens that confirm a subscription: the subscription's id and a secret, in hex.
enum ConfirmationToken {
    static func make(_ id: String) -> String {
        Hex.encode(Array(id.utf8)) + Hex.encode(Identifier.random(SNSLimit.tokenBytes))
    }

    /// The subscription's id.
    static func subscription(_ token: String) -> String? {
        guard let bytes = Hex.decode(token), bytes.count == 36 + SNSLimit.tokenBytes else { return nil }
        return String(validating: bytes.prefix(36), as: UTF8.self)
    }
}

import Documents
import Kernel
import Store

/// A topic as it is kept.
struct TopicRecord: Stored, Hashable {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var name: String
    /// Opaque: a topic made again under the same name has nothing of the old one.
    var id: String
    var created: Timestamp
    /// What was set, by the API's names.
    var attributes: [String: String]
    var tags: TagList
    /// The policy; the default one where none was set.
    var policy: String
    /// Numbers a FIFO topic's messages.
    var sequence: Int64 = 0
    var subscriptionsDeleted = 0
    var archive: TopicArchive?

    var isFIFO: Bool { attributes["FifoTopic"] == "true" }
    var arn: String { ARN("sns", region: region, account: account, name).description }
    var key: Key { Self.key(account, region, name) }
    static func key(_ account: String, _ region: String, _ name: String) -> Key {
        Key(.snsTopic, .text(account), .text(region), .text(name))
    }
    static func all(_ account: String, _ region: String) -> Key { Key(.snsTopic, .text(account), .text(region)) }
    var subscriptions: Key { Key(.snsSubscription, .text(account), .text(region), .text(name)) }
    var deduplication: Key { Key(.snsDeduplication, .text(id)) }
}

/// A subscription, under its topic.
struct SubscriptionRecord: Stored, Hashable {
    static let tag: UInt8 = 1
    /// Of the topic.
    var account: String
    var region: String
    var topic: String
    var id: String
    /// The account that subscribed.
    var owner: String
    /// `aws:PrincipalArn` of whoever subscribed.
    var principal: String
    var transport: String
    var endpoint: String
    var created: Timestamp
    var attributes: [String: String]
    var token: String
    var isConfirmed: Bool
    /// The confirmation was signed by an account.
    var wasAuthenticated = false
    /// Only the owners may end it.
    var authenticatesUnsubscribe = false
    /// The last replay that was asked for.
    var replay: Replay?

    var topicARN: String { ARN("sns", region: region, account: account, topic).description }
    var arn: String { topicARN + ":" + id }
    var isRaw: Bool { attributes["RawMessageDelivery"] == "true" }
    var key: Key { Key(.snsSubscription, .text(account), .text(region), .text(topic), .text(id)) }
    /// Where the owner's list has it.
    var place: Key { Self.places(owner, region).appending(.text(arn)) }
    static func places(_ owner: String, _ region: String) -> Key {
        Key(.snsSubscriptionByAccount, .text(owner), .text(region))
    }
    /// The timer that forgets it if nobody confirms.
    var timerID: String { "pending \(arn)" }
}

/// An entry of an account's list of subscriptions.
struct SubscriptionPlace: Stored {
    static let tag: UInt8 = 1
    var arn: String
}

/// A message that a FIFO topic has taken within the last five minutes.
struct DeduplicationRecord: Stored {
    static let tag: UInt8 = 1
    var messageID: String
    var sequence: Int64
    var time: Timestamp
}

/// Where a deduplication entry lies, by its time.
struct DeduplicationPlace: Stored {
    static let tag: UInt8 = 1
    var key: [UInt8]
    var time: Timestamp
}

/// A topic's or subscription's ARN, taken apart.
struct TopicName: Sendable, Hashable {
    var account: String
    var region: String
    var topic: String
    /// The part behind the topic's name.
    var subscription: String?

    /// - Parameter member: whose value it is, for the refusal.
    /// - Throws: ``SNSFault/invalid(_:)``
    init(_ text: String, member: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 6 else {
            throw SNSFault.invalid("\(member) Reason: An ARN must have at least 6 elements, not \(parts.count)")
        }
        guard let arn = ARN(text), arn.service == "sns", arn.account.utf8.count == 12, !arn.region.isEmpty else {
            throw SNSFault.invalid(member)
        }
        let names = arn.resource.split(separator: ":", omittingEmptySubsequences: false)
        guard names.count <= 2, let topic = names.first, !topic.isEmpty else { throw SNSFault.invalid(member) }
        (account, region, self.topic) = (arn.account, arn.region, String(topic))
        subscription = names.count == 2 ? String(names[1]) : nil
    }

    var topicARN: String { ARN("sns", region: region, account: account, topic).description }
}

extension Snapshot {
    /// - Throws: ``SNSFault/noTopic``, ``SNSFault/invalid(_:)`` for what is no topic of this Region.
    func topic(_ arn: String, _ context: Context, member: String = "TopicArn") throws -> TopicRecord {
        let name = try TopicName(arn, member: member)
        guard name.subscription == nil, name.region == context.region else { throw SNSFault.invalid(member) }
        guard let topic = try record(TopicRecord.self, TopicRecord.key(name.account, name.region, name.topic)) else {
            throw SNSFault.noTopic
        }
        return topic
    }

    func subscription(_ arn: String, in region: String) throws -> SubscriptionRecord {
        let name = try TopicName(arn, member: "SubscriptionArn")
        guard let id = name.subscription, name.region == region else {
            throw SNSFault.invalid("SubscriptionArn Reason: An ARN must have at least 7 elements")
        }
        guard let found = try subscription(name, id) else { throw SNSFault.noSubscription }
        return found
    }

    func subscription(_ name: TopicName, _ id: String) throws -> SubscriptionRecord? {
        try record(
            SubscriptionRecord.self,
            Key(.snsSubscription, .text(name.account), .text(name.region), .text(name.topic), .text(id)))
    }
}

extension Transaction {
    func remove(_ subscription: SubscriptionRecord) throws {
        try delete(subscription.key)
        try delete(subscription.place)
        try cancelTimer(SNSService.id, id: subscription.timerID)
    }
}

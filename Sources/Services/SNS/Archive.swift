import Documents
import Kernel
import Store

/// How long a FIFO topic keeps its messages for replays
/// (https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-topic-owner.html).
struct ArchivePolicy: Sendable, Hashable {
    enum Limit {
        static let days = 1...365
        /// Messages past their time that one publication clears away.
        static let sweep = 20
    }

    var days: Int
    var retention: Duration { .seconds(Int64(days) * 86_400) }

    /// The policy of a kept attribute.
    init?(kept text: String?) {
        guard let text, let policy = try? Self.read(text) else { return nil }
        self = policy
    }

    private init(days: Int) { self.days = days }

    /// - Returns: nil for `{}`, which ends the archive.
    /// - Throws: ``SNSFault/invalid(_:)``
    static func read(_ text: String) throws -> ArchivePolicy? {
        guard let members = (try? JSON.parse(text))?.members else {
            throw SNSFault.invalid("ArchivePolicy: failed to parse JSON.")
        }
        if members.isEmpty { return nil }
        guard members.count == 1, let value = members["MessageRetentionPeriod"] else {
            throw SNSFault.invalid("ArchivePolicy: MessageRetentionPeriod is required, and nothing else is allowed.")
        }
        guard let days = value.integer.map({ Int($0) }) ?? value.string.flatMap({ Int($0) }), Limit.days.contains(days) else {
            throw SNSFault.invalid("ArchivePolicy: MessageRetentionPeriod must be an integer from 1 to 365.")
        }
        return ArchivePolicy(days: days)
    }
}

/// A message that a topic keeps, as it went to the subscriptions: open, or under the topic's key.
struct ArchivedMessage: Stored {
    static let tag: UInt8 = 1
    var payload: Document
    var time: Timestamp
    var sequence: Int64
    var group: String

    /// - Parameter archive: its id.
    static func all(_ archive: String) -> Key { Key(.snsArchive, .text(archive)) }
    static func key(_ archive: String, _ time: Timestamp, _ sequence: Int64) -> Key {
        all(archive).appending(.integer(time.microseconds), .integer(sequence))
    }
}

/// The archive that a topic has now. One that is begun after another has ended is a new one.
struct TopicArchive: Codable, Sendable, Hashable {
    var id: String
    var began: Timestamp

    init(began: Timestamp) { (id, self.began) = (Identifier.uuid(), began) }
}

extension TopicRecord {
    var archivePolicy: ArchivePolicy? { ArchivePolicy(kept: attributes["ArchivePolicy"]) }

    /// From when on messages can be replayed.
    func archiveBegins(_ now: Timestamp) -> Timestamp? {
        guard let archive, let archivePolicy else { return nil }
        return max(archive.began, now - archivePolicy.retention)
    }

    /// Sets or ends the archive. What it has kept goes with it, soon.
    /// - Throws: ``SNSFault/invalid(_:)``
    mutating func setArchive(_ text: String, on platform: Platform, in transaction: any Transaction) throws {
        let now = platform.clock.now()
        if try ArchivePolicy.read(text) != nil {
            attributes["ArchivePolicy"] = text
            archive = archive ?? TopicArchive(began: now)
            return
        }
        attributes["ArchivePolicy"] = nil
        guard let ended = archive?.id else { return }
        archive = nil
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "archive \(ended)", service: SNSService.id, name: "endArchive",
                payload: ["archive": .string(ended)], created: now, expires: now + SNSLimit.managedLifetime), on: platform)
    }
}

extension SNSService {
    /// Deletes what an ended archive has kept: a year of messages would hold up the store in one transaction.
    func endArchive(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let id = delivery.payload["archive"]?.string else { throw GiveUp("not an archive") }
        try await platform.store.deleteAll(ArchivedMessage.all(id))
    }
}

extension Transaction {
    /// Keeps a message, where its topic has an archive, and clears away a few that are past their time.
    func archive(_ payload: Document, _ notification: Notification, _ topic: TopicRecord) throws {
        guard let policy = topic.archivePolicy, let id = topic.archive?.id, let group = notification.group else { return }
        let entry = ArchivedMessage(payload: payload, time: notification.time, sequence: topic.sequence, group: group)
        try put(ArchivedMessage.key(id, entry.time, entry.sequence), entry)
        let limit = notification.time - policy.retention
        var old: [Key] = []
        try records(ArchivedMessage.self, ArchivedMessage.all(id), limit: ArchivePolicy.Limit.sweep) { key, entry in
            guard entry.time < limit else { return false }
            old.append(key)
            return true
        }
        for key in old { try delete(key) }
    }
}

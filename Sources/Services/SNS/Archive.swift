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

    /// - Parameter topic: its id.
    static func all(_ topic: String) -> Key { Key(.snsDeduplication, .text(topic), "archive") }
    static func key(_ topic: String, _ time: Timestamp, _ sequence: Int64) -> Key {
        all(topic).appending(.integer(time.microseconds), .integer(sequence))
    }
}

extension TopicRecord {
    var archive: ArchivePolicy? { ArchivePolicy(kept: attributes["ArchivePolicy"]) }

    /// From when on messages can be replayed.
    func archiveBegins(_ now: Timestamp) -> Timestamp? {
        guard let archive, let archiveBegan else { return nil }
        return max(archiveBegan, now - archive.retention)
    }

    /// Sets or ends the archive; what it has kept goes with it.
    /// - Throws: ``SNSFault/invalid(_:)``
    mutating func setArchive(_ text: String, _ now: Timestamp, in transaction: any Transaction) throws {
        guard try ArchivePolicy.read(text) != nil else {
            (attributes["ArchivePolicy"], archiveBegan) = (nil, nil)
            let all = ArchivedMessage.all(id)
            return try transaction.deleteRange(from: all, to: all.rangeEnd)
        }
        attributes["ArchivePolicy"] = text
        archiveBegan = archiveBegan ?? now
    }
}

extension Transaction {
    /// Keeps a message, where its topic has an archive, and clears away a few that are past their time.
    func archive(_ payload: Document, _ notification: Notification, _ topic: TopicRecord) throws {
        guard let policy = topic.archive, let group = notification.group else { return }
        let entry = ArchivedMessage(payload: payload, time: notification.time, sequence: topic.sequence, group: group)
        try put(ArchivedMessage.key(topic.id, entry.time, entry.sequence), entry)
        let limit = notification.time - policy.retention
        var old: [Key] = []
        try records(ArchivedMessage.self, ArchivedMessage.all(topic.id), limit: ArchivePolicy.Limit.sweep) { key, entry in
            guard entry.time < limit else { return false }
            old.append(key)
            return true
        }
        for key in old { try delete(key) }
    }
}

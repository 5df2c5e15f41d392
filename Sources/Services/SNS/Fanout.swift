import Documents
import Kernel
import Store

/// A message that has been taken.
struct Taken: Sendable {
    var id: String
    var sequence: String?
}

extension SNSService {
    /// Takes a message for a topic: promises it to every subscription that wants it, within the publication's transaction.
    /// - Parameter topic: gets the next sequence number; the caller keeps it.
    func take(
        _ checked: Notification, _ topic: inout TopicRecord, _ sealing: Sealing?, on platform: Platform,
        _ transaction: Transaction
    ) throws -> Taken {
        var notification = checked
        if topic.isFIFO {
            if let earlier = try transaction.earlier(notification, topic) {
                return Taken(id: earlier.messageID, sequence: Self.sequence(earlier.sequence))
            }
            topic.sequence += 1
            notification.sequence = Self.sequence(topic.sequence)
            try transaction.remember(notification, topic)
        }
        let kept = try sealing?.seal(notification) ?? ["message": try DocumentEncoder().encode(notification)]
        if topic.isFIFO { try transaction.archive(kept, notification, topic) }
        var wanted: [SubscriptionRecord] = []
        try transaction.records(SubscriptionRecord.self, topic.subscriptions) { _, subscription in
            if subscription.isConfirmed, try subscription.wants(notification) { wanted.append(subscription) }
            return true
        }
        let now = platform.clock.now()
        for subscription in wanted {
            var payload: Members = ["subscription": .string(subscription.arn)]
            payload.merge(kept.members ?? [:]) { $1 }
            let lane = subscription.arn
            if topic.isFIFO, let group = notification.group {
                let entry = FIFOEntry(payload: .map(payload), created: now, due: now)
                try transaction.put(FIFOEntry.key(subscription.arn, group, topic.sequence), entry)
                payload = ["subscription": .string(subscription.arn), "group": .string(group)]
                try transaction.enqueue(
                    Delivery(
                        id: Identifier.uuid(), lane: "\(lane) \(group)", service: Self.id, name: "pump", payload: .map(payload),
                        created: now, expires: now + SNSLimit.managedLifetime), on: platform)
            } else {
                try transaction.enqueue(
                    Delivery(
                        id: Identifier.uuid(), lane: lane, service: Self.id, name: "deliver", payload: .map(payload),
                        created: now,
                        expires: now + SNSLimit.managedLifetime), on: platform)
            }
        }
        return Taken(id: notification.id, sequence: notification.sequence)
    }

    /// Twenty digits.
    private static func sequence(_ number: Int64) -> String { "\(10_000_000_000_000_000_000 + UInt64(number))" }
}

extension SubscriptionRecord {
    func wants(_ notification: Notification) throws -> Bool {
        guard let json = attributes["FilterPolicy"], SubscriptionAttributes.isPolicy(json) else { return true }
        return try FilterPolicy(json, scope: attributes["FilterPolicyScope"])
            .passes(notification, body: notification.body(for: transport))
    }
}

extension Transaction {
    /// Whether the same message has come within the last five minutes. Clears away a few older ones.
    fileprivate func earlier(_ notification: Notification, _ topic: TopicRecord) throws -> DeduplicationRecord? {
        let limit = notification.time - SNSLimit.deduplication
        var old: [(Key, Key)] = []
        try records(
            DeduplicationPlace.self, topic.deduplication.appending("time"), limit: SNSLimit.deduplicationSweep
        ) { key, place in
            guard place.time <= limit else { return false }
            old.append((key, Key(bytes: place.key)))
            return true
        }
        for (place, key) in old {
            try delete(place)
            if let record = try record(DeduplicationRecord.self, key), record.time <= limit { try delete(key) }
        }
        guard let found = try record(DeduplicationRecord.self, deduplicationKey(notification, topic)) else { return nil }
        return found.time > limit ? found : nil
    }

    fileprivate func remember(_ notification: Notification, _ topic: TopicRecord) throws {
        let key = deduplicationKey(notification, topic)
        try put(key, DeduplicationRecord(messageID: notification.id, sequence: topic.sequence, time: notification.time))
        try put(
            topic.deduplication.appending("time", .integer(notification.time.microseconds), .text(notification.id)),
            DeduplicationPlace(key: key.bytes, time: notification.time))
    }

    private func deduplicationKey(_ notification: Notification, _ topic: TopicRecord) -> Key {
        let isByGroup = topic.attributes["FifoThroughputScope"] == "MessageGroup"
        return topic.deduplication.appending(
            "id", .text(isByGroup ? notification.group ?? "" : ""), .text(notification.deduplication ?? ""))
    }
}

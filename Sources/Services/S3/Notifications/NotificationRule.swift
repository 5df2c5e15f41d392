/// Where a bucket's events go (https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html).
struct NotificationRules: Codable, Sendable, Hashable {
    var functions: [NotificationRule] = []
    var queues: [NotificationRule]?
    var topics: [NotificationRule]?
    /// Every event goes to the default event bus as well.
    var toEventBridge: Bool?

    var all: [NotificationRule] { functions + (queues ?? []) + (topics ?? []) }
    var isEmpty: Bool { all.isEmpty && toEventBridge != true }
}

/// One configuration: which events, of which keys, to which destination.
struct NotificationRule: Codable, Sendable, Hashable {
    var id: String
    var target: String
    /// `s3:ObjectCreated:Put`, or `s3:ObjectCreated:*` for a whole family.
    var events: [String]
    var prefix: String?
    var suffix: String?

    /// - Parameter name: the full name, `s3:ObjectCreated:Put`.
    func matches(_ name: String, key: String) -> Bool {
        (prefix ?? "").utf8.elementsEqual(key.utf8.prefix((prefix ?? "").utf8.count))
            && (suffix ?? "").utf8.elementsEqual(key.utf8.suffix((suffix ?? "").utf8.count))
            && events.contains { Self.covers($0, name) }
    }

    /// Whether an event type with or without a wildcard takes in `name`.
    static func covers(_ type: String, _ name: String) -> Bool {
        type == name || (type.hasSuffix(":*") && name.hasPrefix(type.dropLast()))
    }

    /// Whether some event of some key would match both rules.
    func overlaps(_ other: NotificationRule) -> Bool {
        let shareEvents = events.contains { mine in
            other.events.contains { Self.covers(mine, $0) || Self.covers($0, mine) }
        }
        guard shareEvents else { return false }
        let (ours, theirs) = (prefix ?? "", other.prefix ?? "")
        let (ourEnd, theirEnd) = (suffix ?? "", other.suffix ?? "")
        return (ours.hasPrefix(theirs) || theirs.hasPrefix(ours)) && (ourEnd.hasSuffix(theirEnd) || theirEnd.hasSuffix(ourEnd))
    }
}

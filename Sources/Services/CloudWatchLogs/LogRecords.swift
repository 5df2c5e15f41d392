import Documents
import Kernel
import Store

/// A log group as it is kept.
struct GroupRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var name: String
    var created: Timestamp
    var retentionDays: Int?
    var tags: [String: String] = [:]
    /// `STANDARD` without it.
    var logClass: String?
    var isProtected: Bool?
    /// The ARN of the customer's key for what comes from now on.
    var kmsKey: String?
    var metricFilters: [MetricFilter]?
    var subscriptions: [SubscriptionFilter]?
    var protection: GroupPolicyRecord?

    static func key(_ account: String, _ region: String, _ name: String) -> Key {
        Key(.logGroup, .text(account), .text(region), .text(name))
    }
    var key: Key { Self.key(account, region, name) }
    var arn: String { ARN("logs", region: region, account: account, "log-group:\(name)").description }
    var shownClass: String { logClass ?? "STANDARD" }
    /// - Parameter what: what groups of another class are without, in the plural.
    /// - Throws: ``LogsFault/invalid(_:)``
    func mustBeStandard(for what: String) throws(LogsFault) {
        guard shownClass == "STANDARD" else {
            throw .invalid("\(what) are not supported by log groups of the class \(shownClass).")
        }
    }
    /// The retention sweep's timer.
    var timerID: String { "retention \(account) \(region) \(name)" }
    var streams: Key { Key(.logStream, .text(account), .text(region), .text(name)) }
    func streamKey(_ stream: String) -> Key { Key(.logStream, .text(account), .text(region), .text(name), .text(stream)) }
}

/// A log stream. Its events lie under its opaque id, so that a stream made again under the same name begins empty.
struct StreamRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    var id: String
    var created: Timestamp
    var firstEvent: Timestamp?
    var lastEvent: Timestamp?
    var lastIngestion: Timestamp?
    /// Numbers events of one millisecond in the order of their arrival.
    var next: Int64 = 0

    var events: Key { Key(.logEvent, .text(id)) }
    /// An event's id: 56 digits, which grow with its time.
    static func eventID(_ key: Key, _ time: Timestamp) -> String {
        func padded(_ value: String, _ width: Int) -> String {
            String(repeating: "0", count: max(0, width - value.count)) + value
        }
        // FNV-1a, from two beginnings.
        func hash(_ seed: UInt64) -> UInt64 { key.bytes.reduce(seed) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 } }
        return "3" + padded("\(max(0, time.milliseconds))", 15) + padded("\(hash(14_695_981_039_346_656_037))", 20)
            + padded("\(hash(7_809_847_782_465_536_322))", 20)
    }
    func eventKey(_ time: Timestamp, _ number: Int64) -> Key {
        Key(.logEvent, .text(id), .integer(time.milliseconds), .integer(number))
    }
}

/// One event; its time is in its key.
struct EventRecord: Stored {
    static let tag: UInt8 = 1
    var timestamp: Timestamp
    var ingested: Timestamp
    /// Empty for a sealed one.
    var message: String
    /// The message under a data key: nonce, ciphertext and tag.
    var sealed: [UInt8]?
    /// The data key as KMS sealed it.
    var wrapped: [UInt8]?
    /// The parts of the message that only who may unmask sees: places of bytes, begin and end in turn.
    var masks: [Int]?
}

extension Snapshot {
    func group(_ name: String?, _ identifier: String?, _ context: Context) throws -> GroupRecord {
        // An identifier is a name or an ARN, which may end in `:*`.
        guard name == nil || identifier == nil else {
            throw LogsFault.invalid("Only one of logGroupName and logGroupIdentifier may be given.")
        }
        guard var name = name ?? identifier else {
            throw LogsFault.invalid("Either logGroupName or logGroupIdentifier must be given.")
        }
        var account = context.account
        var region = context.region
        if let arn = ARN(name), arn.service == "logs" {
            (account, region) = (arn.account, arn.region)
            let parts = arn.resource.split(separator: ":")
            name = parts.count > 1 ? String(parts[1]) : ""
        }
        guard let group = try record(GroupRecord.self, GroupRecord.key(account, region, name)) else {
            throw LogsFault.groupNotFound
        }
        return group
    }

    func stream(_ name: String, in group: GroupRecord) throws -> StreamRecord {
        guard let stream = try record(StreamRecord.self, group.streamKey(name)) else { throw LogsFault.streamNotFound }
        return stream
    }
}

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

    static func key(_ account: String, _ region: String, _ name: String) -> Key {
        Key(.logGroup, .text(account), .text(region), .text(name))
    }
    var key: Key { Self.key(account, region, name) }
    var arn: String { ARN("logs", region: region, account: account, "log-group:\(name)").description }
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
    func eventKey(_ time: Timestamp, _ number: Int64) -> Key {
        Key(.logEvent, .text(id), .integer(time.milliseconds), .integer(number))
    }
}

/// One event; its time is in its key.
struct EventRecord: Stored {
    static let tag: UInt8 = 1
    var timestamp: Timestamp
    var ingested: Timestamp
    var message: String
}

extension Snapshot {
    func group(_ name: String?, _ identifier: String?, _ context: Context) throws -> GroupRecord {
        // An identifier is a name or an ARN, which may end in `:*`.
        var name = name ?? identifier ?? ""
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

import Documents
import Kernel
import Store

/// A trail: what it selects and where it delivers.
struct TrailRecord: Stored, Hashable {
    static let tag: UInt8 = 1
    var account: String
    var homeRegion: String
    var name: String
    var created: Timestamp
    var bucket: String
    var prefix: String?
    var includesGlobal = true
    var isMultiRegion = false
    var isOrganization = false
    /// `o-...` of an organization trail.
    var organization: String?
    var validates = false
    var logGroup: String?
    var logRole: String?
    var kmsKey: String?
    /// The ARN of the topic that hears of each log file.
    var topic: String?
    /// Basic selectors; nil when never set.
    var selectors: [EventSelector]?
    var advanced: [AdvancedEventSelector]?
    var tags: TagList = [:]
    var isLogging = false
    var started: Timestamp?
    var stopped: Timestamp?

    var arn: String { Self.arn(account, homeRegion, name) }
    var key: Key { Self.key(account, homeRegion, name) }
    /// `AWSLogs/ACCOUNT` or `AWSLogs/ORGANIZATION/ACCOUNT`, with the trail's own prefix before it.
    func folder(_ account: String) -> String {
        let owner = organization.map { "\($0)/\(account)" } ?? account
        return (prefix.map { $0 + "/" } ?? "") + "AWSLogs/\(owner)"
    }

    static func arn(_ account: String, _ region: String, _ name: String) -> String {
        ARN("cloudtrail", region: region, account: account, "trail/\(name)").description
    }
    static func key(_ account: String, _ region: String, _ name: String) -> Key {
        Key(.trail, .text(account), .text(region), .text(name))
    }
    static func all(in account: String) -> Key { Key(.trail, .text(account)) }

    /// nil for what is no trail's ARN.
    static func key(arn: String) -> Key? {
        guard let arn = ARN(arn), arn.service == "cloudtrail", arn.resource.hasPrefix("trail/"), arn.account.utf8.count == 12
        else { return nil }
        return key(arn.account, arn.region, String(arn.resource.dropFirst(6)))
    }
}

/// How deliveries went.
struct TrailStatus: Stored, Hashable {
    static let tag: UInt8 = 1
    var delivered: Timestamp?
    var deliveryError: String?
    var attempted: Timestamp?
    var logsDelivered: Timestamp?
    var logsError: String?
    var digested: Timestamp?
    var digestError: String?
    var announced: Timestamp?
    var announceAttempted: Timestamp?
    var announceError: String?

    static func key(_ arn: String) -> Key { Key(.trailProgress, .text(arn)) }
}

/// Up to where a trail has delivered one account's and Region's events to one place.
struct TrailProgress: Stored, Hashable {
    static let tag: UInt8 = 1
    /// The next management event's number.
    var number: Int64
    /// The next data event's offset.
    var offset: Int64

    enum Sink: String, CaseIterable { case bucket, logs }

    static func key(_ arn: String, _ sink: Sink, _ account: String, _ region: String) -> Key {
        all(arn).appending(.text(sink.rawValue), .text(account), .text(region))
    }
    static func all(_ arn: String) -> Key { Key(.trailProgress, .text(arn)) }
}

extension Snapshot {
    /// - Throws: ``CloudTrailFault/trailNotFound(arn:account:)``
    func trail(_ trail: TrailRecord, _ account: String) throws -> TrailRecord {
        guard let found = try record(TrailRecord.self, trail.key) else {
            throw CloudTrailFault.trailNotFound(arn: trail.arn, account: account)
        }
        return found
    }
}

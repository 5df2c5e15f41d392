import Documents
import Store

/// An event as it is kept: CloudTrail's JSON, and beside it what is Tarn's own.
public struct AuditEntry: Stored, Hashable {
    public static let tag: UInt8 = 1
    /// The event in AWS's record shape, JSON.
    public var event: [UInt8]
    public var time: Timestamp
    /// The taps without a delivery that selected it: trails.
    public var trails: [String]
}

/// A management event in the history of an account and Region. Numbers rise by one, in the order of recording.
public enum AuditHistoryKeys {
    static func events(_ account: String, _ region: String) -> Key { Key(.auditEvent, .text(account), .text(region)) }
    static func event(_ account: String, _ region: String, _ number: Int64) -> Key {
        events(account, region).appending(.integer(number))
    }
    /// Rows end in the number of their first event.
    static func postings(_ account: String, _ region: String, _ attribute: AuditAttribute, _ value: String) -> Key {
        let name = AuditAttribute.indexed(value)
        return Key(.auditPosting, .text(account), .text(region), .integer(Int64(attribute.rawValue)), .text(name))
    }
    /// Rows go on with the moment of recording and the number of their first event.
    static func batches(_ account: String, _ region: String) -> Key { Key(.auditBatch, .text(account), .text(region)) }
}

/// The attributes by which LookupEvents finds events. The numbers stand in keys.
public enum AuditAttribute: Int, Sendable, Codable, CaseIterable {
    case eventID = 1
    case eventName = 2
    case readOnly = 3
    case username = 4
    case resourceType = 5
    case resourceName = 6
    case eventSource = 7
    case accessKeyID = 8

    /// Bytes of a value that the index distinguishes.
    static let valueBytes = 512

    static func indexed(_ value: String) -> String {
        value.utf8.count <= valueBytes ? value : String(decoding: value.utf8.prefix(valueBytes), as: UTF8.self)
    }
}

/// The next number of a history. Its keys name every account and Region that has one.
struct AuditSequence: Stored {
    static let tag: UInt8 = 1
    var next: Int64
    static func key(_ account: String, _ region: String) -> Key { Key(.auditSequence, .text(account), .text(region)) }
}

/// The events that have one attribute value, of one batch: their numbers.
struct AuditPosting: Stored {
    static let tag: UInt8 = 1
    var numbers: [Int64]
}

/// Events that were recorded together. Leads from time to number, and knows which index rows go when the batch goes.
struct AuditBatch: Stored {
    static let tag: UInt8 = 1
    struct Term: Codable, Sendable, Hashable {
        var attribute: AuditAttribute
        var value: String
    }
    var first: Int64
    var count: Int
    var terms: [Term]
}

/// Says that an account and Region have a log of data events.
struct AuditDataLog: Stored {
    static let tag: UInt8 = 1
    var since: Timestamp
    static func key(_ account: String, _ region: String) -> Key { Key(.auditDataLog, .text(account), .text(region)) }
    static func log(_ account: String, _ region: String) -> String { "audit/data/\(account)/\(region)" }
}

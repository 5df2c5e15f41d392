import Documents
import Kernel
import Store

/// A table as the store keeps it. Items are under ``storage``, so that a table made again under the same name starts empty.
struct TableRecord: Stored, Equatable {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var name: String
    /// `TableId`.
    var id: String
    /// What items' keys begin with; never used again.
    var storage: String
    var created: Timestamp
    var attributes: [KeyAttribute]
    var schema: KeySchema
    var indexes: [IndexRecord]
    var throughput: Throughput
    var isOnDemand: Bool
    /// When the billing mode was set to on-demand.
    var onDemandSince: Timestamp?
    var tableClass: String?
    var isProtected: Bool
    var encryption: Document?
    var tags: [Tag]
    var stream: TableStream?
    /// The stream that was there last; DescribeTable keeps naming it.
    var latestStreamLabel: String?
    var timeToLive: TimeToLive?
    /// What is being done to the whole table; nil is nothing: it is active.
    var activity: TableActivity?
    /// Where the table's rows came from, if it was restored.
    var restored: RestoreSummary?
    /// Point-in-time recovery, while it is on.
    var recovery: Recovery?
    /// Copies of it that are being made.
    var copies: [CopyUnderWay]?
    /// The policy of the table itself.
    var policy: ResourcePolicyRecord?
    /// The data key that its items rest under, if that is KMS's.
    var sealing: Sealing?
    /// Rows may still rest under a data key that ``sealing`` no longer names: KMS was turned off.
    var wasSealed: Bool?
    /// The keys to read and write its rows with; nil for a table that never rested under KMS's. Not stored.
    var keys: KeyView?
    /// The global table that it is a replica of.
    var global: GlobalTable?
    /// The Kinesis streams that its changes go to, and went to.
    var destinations: [KinesisDestination]?
    /// What it may use at most in on-demand mode; 0 is no maximum.
    var maxima: Throughput?
    /// What it was asked to be warm for.
    var warm: Throughput?
    /// Contributor Insights, by the index's name; the table's own has none.
    var insights: [String: Insight]?

    var arn: String { "arn:aws:dynamodb:\(region):\(account):table/\(name)" }

    /// `TableStatus`
    var status: String { activity?.rawValue ?? (isSettled ? "ACTIVE" : "UPDATING") }

    /// Neither an index nor a replica of it is being made or deleted.
    private var isSettled: Bool { indexes.allSatisfy(\.isActive) && !(global?.replicas ?? []).contains(where: \.isFilling) }

    func type(of attribute: String) -> AttributeType { attributes.first { $0.name == attribute }?.type ?? .string }
}

struct KeyAttribute: Codable, Sendable, Equatable {
    var name: String
    var type: AttributeType
}

/// The partition key's and the sort key's attribute. Global indexes may have up to four of each
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html).
struct KeySchema: Codable, Sendable, Equatable {
    var partition: String
    var sort: String?
    /// Those behind the first, in their order; nil for none.
    var morePartition: [String]?
    var moreSort: [String]?

    var partitions: [String] { [partition] + (morePartition ?? []) }
    var sorts: [String] { (sort.map { [$0] } ?? []) + (moreSort ?? []) }
    var names: [String] { isSimple ? [partition] + (sort.map { [$0] } ?? []) : partitions + sorts }
    /// One attribute each.
    var isSimple: Bool { morePartition == nil && moreSort == nil }

    var document: Document {
        .list(
            partitions.map { ["AttributeName": .string($0), "KeyType": "HASH"] }
                + sorts.map { ["AttributeName": .string($0), "KeyType": "RANGE"] })
    }
}

struct Throughput: Codable, Sendable, Equatable {
    var reads: Int64
    var writes: Int64
    static let none = Throughput(reads: 0, writes: 0)
}

struct Tag: Codable, Sendable, Equatable {
    var key: String
    var value: String
    enum CodingKeys: String, CodingKey { case key = "Key", value = "Value" }
}

/// A secondary index. Its entries are kept in the transaction that writes the item.
struct IndexRecord: Codable, Sendable, Equatable {
    /// Unique in the table; entries' keys name it.
    var number: Int64
    var name: String
    var isGlobal: Bool
    var schema: KeySchema
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
    var projection: String
    var nonKeyAttributes: [String]?
    var throughput: Throughput
    /// What is being done to it; nil is nothing: it is active.
    var work: IndexWork?
    /// What it may use at most in on-demand mode; 0 is no maximum.
    var maxima: Throughput?
    /// What it was asked to be warm for.
    var warm: Throughput?

    var isActive: Bool { work == nil }
    /// Whether writes of items enter it.
    var isWritten: Bool { work != .deleting }
    var status: String {
        switch work {
        case nil: "ACTIVE"
        case .creating: "CREATING"
        case .deleting: "DELETING"
        }
    }
}

/// What is being done to a global index while its table is in use.
enum IndexWork: String, Codable, Sendable { case creating, deleting }

struct TableStream: Codable, Sendable, Equatable {
    var label: String
    var view: StreamView
}

enum StreamView: String, Codable, Sendable {
    case keysOnly = "KEYS_ONLY", newImage = "NEW_IMAGE", oldImage = "OLD_IMAGE", both = "NEW_AND_OLD_IMAGES"
    var hasNew: Bool { self == .newImage || self == .both }
    var hasOld: Bool { self == .oldImage || self == .both }
}

struct TimeToLive: Codable, Sendable, Equatable {
    var attribute: String
    var isEnabled: Bool
    /// When it was last changed; AWS allows one change an hour.
    var changed: Timestamp
    /// Which generation of expiry entries is valid.
    var generation: Int64
}

/// Where the rows of a table are.
enum TableKey {
    static func table(_ account: String, _ region: String, _ name: String) -> Key {
        Key(.dynamoTable, .text(account), .text(region), .text(name))
    }
    static func tables(_ account: String, _ region: String) -> Key { Key(.dynamoTable, .text(account), .text(region)) }
    static func items(_ storage: String) -> Key { Key(.dynamoItem, .text(storage)) }
    static func tally(_ storage: String) -> Key { Key(.dynamoTally, .text(storage)) }
    static func indexes(_ storage: String) -> Key { Key(.dynamoIndex, .text(storage)) }
    static func index(_ storage: String, _ number: Int64) -> Key { Key(.dynamoIndex, .text(storage), .integer(number)) }
    static func expiries(_ storage: String) -> Key { Key(.dynamoExpiry, .text(storage)) }
    static func expiries(_ storage: String, _ generation: Int64) -> Key {
        Key(.dynamoExpiry, .text(storage), .integer(generation))
    }
}

extension TableRecord {
    var key: Key { TableKey.table(account, region, name) }
}

/// What is being done to a whole table.
enum TableActivity: String, Codable, Sendable { case creating = "CREATING" }

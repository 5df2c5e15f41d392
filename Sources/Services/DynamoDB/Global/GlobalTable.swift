import Documents
import Kernel
import Store

/// What a table knows of the global table that it is a replica of, version 2019.11.21
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html). Every replica's
/// record holds the same list; all are changed in one transaction.
struct GlobalTable: Codable, Sendable, Equatable {
    static let version = "2019.11.21"

    enum Limit {
        /// How long a table that a replica was filled from can't be deleted.
        static let sourceKept = Duration.seconds(86_400)
        /// How long a deleted item's last change is remembered, to win over older ones that arrive late.
        static let tombstones = Duration.seconds(86_400)
    }

    /// In the order in which they joined; the first is where the global table began.
    var replicas: [Replica]
    /// `MultiRegionConsistency`; nil is `EVENTUAL`.
    var consistency: String?
    /// The Region of a strongly consistent table's witness, which holds nothing that can be read.
    var witness: String?
    /// When a global table of version 2017.11.29 was made; nil for the present version.
    var began: Timestamp?

    var version: String { began == nil ? Self.version : "2017.11.29" }

    func replica(_ region: String) -> Replica? { replicas.first { $0.region == region } }
    func others(than region: String) -> [String] { replicas.map(\.region).filter { $0 != region } }
}

struct Replica: Codable, Sendable, Equatable {
    var region: String
    /// It is being filled from ``source``.
    var isFilling = false
    /// The Region it was filled from, and when that began.
    var source: String?
    var joined: Timestamp
    var kmsKey: String?
    /// Read units that this replica has of its own.
    var reads: Int64?
    var indexReads: [String: Int64]?
    var tableClass: String?

    var status: String { isFilling ? "CREATING" : "ACTIVE" }

    var document: Document {
        var members: Members = ["RegionName": .string(region), "ReplicaStatus": .string(status)]
        if let kmsKey { members["KMSMasterKeyId"] = .string(kmsKey) }
        if let reads { members["ProvisionedThroughputOverride"] = ["ReadCapacityUnits": .integer(reads)] }
        if let indexReads, !indexReads.isEmpty {
            members["GlobalSecondaryIndexes"] = .list(
                indexReads.sorted { $0.key < $1.key }.map {
                    [
                        "IndexName": .string($0.key),
                        "ProvisionedThroughputOverride": ["ReadCapacityUnits": .integer($0.value)],
                    ]
                })
        }
        if let tableClass { members["ReplicaTableClassSummary"] = ["TableClass": .string(tableClass)] }
        return .map(members)
    }
}

extension TableRecord {
    /// `Replicas`, the other ones as DescribeTable lists them.
    var replicaDocuments: Document? {
        guard let global else { return nil }
        return .list(global.replicas.filter { $0.region != region }.map(\.document))
    }

    func named(in region: String) -> TableName { TableName(account: account, region: region, name: name) }

    /// The other replicas' records, whatever they are doing.
    func siblings(_ tables: TableCache, in snapshot: any Snapshot) throws -> [TableRecord] {
        try (global?.others(than: region) ?? []).compactMap { try tables.find(named(in: $0), in: snapshot) }
    }

    /// Writes the list of replicas into every replica's record but this one's.
    func tellSiblings(_ list: [Replica], _ tables: TableCache, in transaction: any Transaction) throws {
        for replica in list where replica.region != region {
            guard var other = try tables.find(named(in: replica.region), in: transaction) else { continue }
            if other.global == nil { other.global = global }
            other.global?.replicas = list
            if list.count < 2 { other.global = nil }
            try transaction.put(other.key, other)
        }
    }

    /// Takes this table out of its global table: the others no longer send to it.
    /// - Throws: ``DynamoDBFault/validation(_:)`` while it must stay.
    mutating func leaveGlobalTable(_ tables: TableCache, at now: Timestamp, in transaction: any Transaction) throws {
        guard let global else { return }
        guard !global.replicas.contains(where: { $0.source == region && now - $0.joined < GlobalTable.Limit.sourceKept }) else {
            throw DynamoDBFault.validation(
                "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours."
            )
        }
        for other in try siblings(tables, in: transaction) {
            try transaction.delete(ReplicaCursor.key(other.storage, region))
            try transaction.delete(ReplicaCursor.key(storage, other.region))
        }
        try tellSiblings(global.replicas.filter { $0.region != region }, tables, in: transaction)
        self.global = nil
    }
}

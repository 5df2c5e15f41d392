import Documents
import Kernel
import Store

struct WitnessUpdateInput: Codable, Sendable {
    var Create: ReplicaNameInput?
    var Delete: ReplicaNameInput?
}

/// Global tables with multi-Region strong consistency
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html): every write is made in
/// all replicas in one transaction, so that none is ever behind and no two writes conflict.
enum StrongConsistency {
    /// Replicas and the witness together.
    private static let members = 3
    /// A table stays within one of these.
    private static let regions: [Set<String>] = [
        ["us-east-1", "us-east-2", "us-west-2"], ["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"],
        ["ap-northeast-1", "ap-northeast-2", "ap-northeast-3"],
    ]

    private static func invalid(_ text: String) -> DynamoDBFault {
        .validation("One or more parameter values were invalid: \(text)")
    }

    static let noTransactions = invalid(
        "Transactional operations are not supported on global tables with multi-Region strong consistency")
    static let noTimeToLive = invalid("Time to Live is not supported on global tables with multi-Region strong consistency")
    static let noSingleDeletion = invalid(
        "A replica or witness of a global table with multi-Region strong consistency can only be deleted together with all others"
    )

    /// Holds a request to the rules that need no table.
    static func check(_ input: UpdateTableInput, _ name: TableName) throws(DynamoDBFault) {
        let creates = (input.ReplicaUpdates ?? []).compactMap(\.Create?.RegionName)
        let witnesses = input.GlobalTableWitnessUpdates ?? []
        guard witnesses.count <= 1, witnesses.allSatisfy({ ($0.Create == nil) != ($0.Delete == nil) }) else {
            throw invalid("exactly one of Create and Delete must be given in GlobalTableWitnessUpdates, for one witness")
        }
        let witness = witnesses.first?.Create?.RegionName
        guard input.MultiRegionConsistency == nil || !creates.isEmpty else {
            throw invalid("MultiRegionConsistency can only be specified with a Create action in ReplicaUpdates")
        }
        guard input.MultiRegionConsistency == "STRONG" else {
            guard witness == nil else {
                throw invalid("A witness is only for a new global table of MultiRegionConsistency STRONG")
            }
            return
        }
        let all = [name.region] + creates + (witness.map { [$0] } ?? [])
        guard Set(all).count == members, all.count == members, creates.count == input.ReplicaUpdates?.count else {
            throw invalid(
                "Multi-Region strong consistency needs three Regions: three replicas, or two replicas and a witness, made together"
            )
        }
        guard regions.contains(where: { $0.isSuperset(of: all) }) else {
            throw invalid("The Regions of a global table with multi-Region strong consistency must be of one Region set: \(all)")
        }
    }
}

extension GlobalTable {
    var isStrong: Bool { consistency == "STRONG" }
}

extension TableCache {
    /// The other replicas that every write of `table` goes to as well: those of a strongly consistent global table.
    func twins(of table: TableRecord, at now: Timestamp, in snapshot: any Snapshot) throws -> [TableRecord] {
        guard let global = table.global, global.isStrong else { return [] }
        keys.forget(before: now)
        return try table.siblings(self, in: snapshot)
    }
}

extension ItemWriter {
    /// Makes the same change in the other replicas of a strongly consistent global table.
    func writeTwins(_ item: Attributes?, size: Int, at key: ItemKey) throws {
        for twin in twins {
            var writer = self
            (writer.table, writer.twins) = (twin, [])
            try writer.replace(try writer.present(key), with: item, size: size, at: key)
        }
    }
}

extension TableRecord {
    /// Makes a single table the first replica of a strongly consistent global table. The others are there at once, because
    /// all are empty.
    mutating func makeStrong(
        _ creates: [ReplicaMemberInput], witness: String?, _ dataKeys: [String: DataKeyRecord],
        in transaction: any Transaction, on platform: Platform
    ) throws {
        let now = platform.clock.now()
        guard global == nil else {
            throw DynamoDBFault.validation("The consistency mode of a global table cannot be changed: \(name)")
        }
        var isEmpty = true
        try transaction.scan(TableKey.items(storage), limit: 1) { _, _ in
            isEmpty = false
            return false
        }
        guard isEmpty else {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: Table must be empty to become a global table with multi-Region strong consistency"
            )
        }
        guard !indexes.contains(where: { !$0.isGlobal }) else {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: Local secondary indexes are not supported on global tables with multi-Region strong consistency"
            )
        }
        guard timeToLive?.isEnabled != true else { throw StrongConsistency.noTimeToLive }
        var list = [Replica(region: region, joined: now)]
        var others: [TableRecord] = []
        for create in creates {
            guard try !transaction.contains(TableKey.table(account, create.RegionName, name)) else {
                throw DynamoDBFault.replicaExists(name)
            }
            var replica = Replica(region: create.RegionName, isFilling: true, joined: now)
            var made = self.copy(in: create.RegionName, at: now)
            try made.rest(under: dataKeys[create.RegionName], in: transaction)
            try made.override(create, &replica)
            replica.isFilling = false
            list.append(replica)
            others.append(made)
        }
        let global = GlobalTable(replicas: list, consistency: "STRONG", witness: witness)
        for var other in others {
            other.global = global
            try transaction.put(other.key, other)
        }
        self.global = global
    }

    /// Holds changes of a strongly consistent global table's members to its rules: none is added, and they go all together.
    func checkStrongMembers(_ input: UpdateTableInput) throws(DynamoDBFault) {
        let witness = input.GlobalTableWitnessUpdates?.first?.Delete?.RegionName
        guard let global, global.isStrong else {
            guard witness == nil else { throw .validation("The table has no witness: \(name)") }
            return
        }
        let updates = input.ReplicaUpdates ?? []
        guard !updates.contains(where: { $0.Create != nil }) else {
            throw .validation(
                "One or more parameter values were invalid: Replicas cannot be added to a global table with multi-Region strong consistency"
            )
        }
        let deleted = updates.compactMap(\.Delete?.RegionName)
        guard !deleted.isEmpty || witness != nil else { return }
        guard Set(deleted) == Set(global.others(than: region)), witness == global.witness else {
            throw StrongConsistency.noSingleDeletion
        }
    }
}

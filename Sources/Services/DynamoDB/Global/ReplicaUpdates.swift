import Documents
import Kernel
import Store

struct ReplicaThroughputInput: Codable, Sendable { var ReadCapacityUnits: Int64? }

struct ReplicaIndexInput: Codable, Sendable {
    var IndexName: String
    var ProvisionedThroughputOverride: ReplicaThroughputInput?
}

struct ReplicaMemberInput: Codable, Sendable {
    var RegionName: String
    var KMSMasterKeyId: String?
    var ProvisionedThroughputOverride: ReplicaThroughputInput?
    var GlobalSecondaryIndexes: [ReplicaIndexInput]?
    var TableClassOverride: String?
}

struct ReplicaNameInput: Codable, Sendable { var RegionName: String }

struct ReplicaUpdateInput: Codable, Sendable {
    var Create: ReplicaMemberInput?
    var Update: ReplicaMemberInput?
    var Delete: ReplicaNameInput?
}

/// UpdateTable's `ReplicaUpdates`.
extension DynamoDBService {
    static func checkReplicas(_ updates: [ReplicaUpdateInput], _ name: TableName) throws(DynamoDBFault) {
        var regions: Set<String> = []
        for update in updates {
            let members = [update.Create, update.Update].compactMap { $0 }
            let named = members.map(\.RegionName) + (update.Delete.map { [$0.RegionName] } ?? [])
            guard named.count == 1, let region = named.first else {
                throw .validation(
                    "One or more parameter values were invalid: exactly one of Create, Update and Delete must be given in each element of ReplicaUpdates"
                )
            }
            guard region != name.region else {
                throw .validation(
                    "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required."
                )
            }
            guard isRegion(region) else {
                throw .validation("One or more parameter values were invalid: Invalid AWS region in ReplicaUpdates: \(region)")
            }
            guard regions.insert(region).inserted else {
                throw .validation(
                    "One or more parameter values were invalid: Only one replica update per Region is allowed in one request")
            }
        }
    }

    /// `eu-central-1`, `us-gov-west-1`: what a Region's name looks like.
    private static func isRegion(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4, let number = parts.last, number.count == 1, number.allSatisfy(\.isNumber),
            let area = parts.first, area.count == 2
        else { return false }
        return parts.dropLast().allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (97...122).contains($0) } }
    }

    /// Data keys for the replicas that are to be made, each in its Region.
    func replicaKeys(
        _ updates: [ReplicaUpdateInput], of table: TableRecord, _ context: Context
    ) async throws -> [String: DataKeyRecord] {
        var dataKeys: [String: DataKeyRecord] = [:]
        for create in updates.compactMap(\.Create) {
            var replica = table
            var member = Replica(region: create.RegionName, isFilling: true, joined: context.now)
            try replica.override(create, &member)
            let name = table.named(in: create.RegionName)
            dataKeys[create.RegionName] = try await TableEncryption.makeKey(replica.encryption, name, context)
        }
        return dataKeys
    }

    /// Whether write capacity of a table and its indexes grows by itself, as a provisioned global table's must.
    func isAutoScaled(_ name: TableName, _ context: Context) async throws -> Bool {
        let caller = Caller.service("dynamodb.amazonaws.com", account: name.account, sourceARN: name.arn)
        let answer = try await context.platform.call(
            Call(
                "application-autoscaling", "DescribeScalingPolicies",
                [
                    "ServiceNamespace": "dynamodb", "ResourceId": .string("table/\(name.name)"),
                    "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
                ], caller: caller, region: name.region))
        return answer.output["ScalingPolicies"]?.list?.isEmpty == false
    }

    /// The role by which DynamoDB replicates, made the first time (IAM User Guide, "Services that work with IAM").
    func demandReplicationRole(_ context: Context) async throws {
        let key = RoleRecord.key(context.account, "AWSServiceRoleForDynamoDBReplication")
        guard try await !context.store.read({ try $0.contains(key) }) else { return }
        _ = try await context.callAsCaller(
            "iam", "CreateServiceLinkedRole", ["AWSServiceName": "replication.dynamodb.amazonaws.com"])
    }

    /// Carries out `updates` on `table`, which the caller writes back.
    /// - Returns: the table as it is then.
    func updateReplicas(
        _ updates: [ReplicaUpdateInput], of table: TableRecord, isAutoScaled: Bool, _ dataKeys: [String: DataKeyRecord],
        in transaction: any Transaction, on platform: Platform
    ) throws -> TableRecord {
        var table = table
        for update in updates {
            if let create = update.Create {
                guard table.isOnDemand || isAutoScaled else {
                    throw DynamoDBFault.needsGrowth
                }
                try table.addReplica(create, dataKeys[create.RegionName], tables, in: transaction, on: platform)
            } else if let change = update.Update {
                try table.changeReplica(change, tables, in: transaction)
            } else if let delete = update.Delete {
                try removeReplica(delete.RegionName, &table, in: transaction, on: platform)
            }
        }
        return table
    }

    private func removeReplica(
        _ region: String, _ table: inout TableRecord, in transaction: any Transaction, on platform: Platform
    ) throws {
        guard table.global?.replica(region) != nil, var replica = try tables.find(table.named(in: region), in: transaction) else {
            throw DynamoDBFault.replicaNotFound
        }
        guard !replica.isProtected else { throw DynamoDBFault.deletionProtected }
        try removeTable(&replica, in: transaction, on: platform)
        table.global = try tables.find(table.tableName, in: transaction)?.global
    }
}

extension TableRecord {
    /// A table like it in another Region, with nothing of what each replica has of its own.
    func copy(in region: String, at now: Timestamp) -> TableRecord {
        var made = self
        (made.region, made.id, made.storage, made.created) = (region, Identifier.uuid(), Identifier.code(16), now)
        (made.isProtected, made.tags, made.policy, made.recovery, made.copies) = (false, [], nil, nil, nil)
        (made.activity, made.restored, made.stream, made.latestStreamLabel) = (nil, nil, nil, nil)
        (made.sealing, made.wasSealed, made.keys, made.destinations) = (nil, nil, nil, nil)
        made.insights = nil
        return made
    }

    fileprivate mutating func addReplica(
        _ create: ReplicaMemberInput, _ dataKey: DataKeyRecord?, _ tables: TableCache, in transaction: any Transaction,
        on platform: Platform
    ) throws {
        let region = create.RegionName
        let now = platform.clock.now()
        guard global?.replica(region) == nil, try !transaction.contains(TableKey.table(account, region, name)) else {
            throw DynamoDBFault.replicaExists(name)
        }
        guard stream?.view ?? .both == .both else {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: Table must have a stream with view type NEW_AND_OLD_IMAGES to add a replica"
            )
        }
        if stream == nil { try startStream(.both, at: now, in: transaction) }
        var list = global?.replicas ?? [Replica(region: self.region, joined: now)]
        var replica = Replica(region: region, isFilling: true, source: self.region, joined: now)
        var made = copy(in: region, at: now)
        made.activity = .creating
        try made.rest(under: dataKey, in: transaction)
        if made.timeToLive != nil { made.timeToLive?.generation = 1 }
        try made.override(create, &replica)
        list.append(replica)
        try made.startStream(.both, at: now, in: transaction)
        made.global = GlobalTable(replicas: list)
        try point(list, at: made, tables, in: transaction, on: platform)
        global = GlobalTable(replicas: list)
        try transaction.put(made.key, made)
        try tellSiblings(list, tables, in: transaction)
        try Replication.enqueue(Replication.filling, from: self, to: region, in: transaction, on: platform)
    }

    /// Sets the streams of all replicas going to a new one, which this table fills, and its stream to them.
    func point(
        _ list: [Replica], at made: TableRecord, _ tables: TableCache, in transaction: any Transaction, on platform: Platform
    ) throws {
        let region = made.region
        for other in list where other.region != region {
            // What another replica has not yet sent here would be missed by the filling from here.
            let storage: String
            var position: Int64
            if other.region == self.region {
                storage = self.storage
                position = try TableTally.of(self, in: transaction).sequence
            } else {
                guard let record = try tables.find(named(in: other.region), in: transaction) else { continue }
                storage = record.storage
                let cursor = try transaction.record(ReplicaCursor.self, ReplicaCursor.key(storage, self.region))
                position = cursor?.position ?? 0
            }
            let isMoving = other.region != self.region
            try transaction.put(ReplicaCursor.key(storage, region), ReplicaCursor(position: position, isMoving: isMoving))
            if isMoving, let record = try tables.find(named(in: other.region), in: transaction) {
                try Replication.enqueue(Replication.delivery, from: record, to: region, in: transaction, on: platform)
            }
            try transaction.put(ReplicaCursor.key(made.storage, other.region), ReplicaCursor(position: 0))
        }
    }

    fileprivate mutating func changeReplica(
        _ change: ReplicaMemberInput, _ tables: TableCache, in transaction: any Transaction
    ) throws {
        guard change.KMSMasterKeyId == nil else {
            throw Self.needsKeyOfReplica
        }
        guard var list = global?.replicas, let place = list.firstIndex(where: { $0.region == change.RegionName }),
            var replica = try tables.find(named(in: change.RegionName), in: transaction)
        else { throw DynamoDBFault.replicaNotFound }
        try replica.override(change, &list[place])
        global?.replicas = list
        replica.global = global
        try transaction.put(replica.key, replica)
        try tellSiblings(list, tables, in: transaction)
    }

    /// AWS says the same when a replica's key would be changed, which it does not do either.
    private static let needsKeyOfReplica = DynamoDBFault.validation(
        "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica.")

    /// What a replica has of its own.
    mutating func override(_ member: ReplicaMemberInput, _ replica: inout Replica) throws(DynamoDBFault) {
        if let key = member.KMSMasterKeyId {
            replica.kmsKey = key
            encryption = ["Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": .string(key)]
        } else if encryption?["KMSMasterKeyId"] != nil, replica.isFilling {
            throw Self.needsKeyOfReplica
        }
        if let tableClass = member.TableClassOverride { (self.tableClass, replica.tableClass) = (tableClass, tableClass) }
        let indexes = member.GlobalSecondaryIndexes ?? []
        if member.ProvisionedThroughputOverride != nil || indexes.contains(where: { $0.ProvisionedThroughputOverride != nil }) {
            guard !isOnDemand else {
                throw .validation(
                    "One or more parameter values were invalid: ProvisionedThroughputOverride cannot be specified when BillingMode is PAY_PER_REQUEST"
                )
            }
        }
        if let reads = member.ProvisionedThroughputOverride?.ReadCapacityUnits {
            (throughput.reads, replica.reads) = (reads, reads)
        }
        for index in indexes {
            guard let place = self.indexes.firstIndex(where: { $0.isGlobal && $0.name == index.IndexName }) else {
                throw .indexNotFound(index.IndexName)
            }
            guard let reads = index.ProvisionedThroughputOverride?.ReadCapacityUnits else { continue }
            self.indexes[place].throughput.reads = reads
            replica.indexReads = (replica.indexReads ?? [:]).merging([index.IndexName: reads]) { $1 }
        }
    }
}

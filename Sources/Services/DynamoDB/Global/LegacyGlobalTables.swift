import Documents
import Kernel
import Store

struct GlobalTableNameInput: Codable, Sendable { var GlobalTableName: String }
struct GlobalTableOutput: Codable, Sendable { var GlobalTableDescription: Document }

struct CreateGlobalTableInput: Codable, Sendable {
    var GlobalTableName: String
    var ReplicationGroup: [ReplicaNameInput]
}
struct LegacyReplicaUpdate: Codable, Sendable {
    var Create: ReplicaNameInput?
    var Delete: ReplicaNameInput?
}
struct UpdateGlobalTableInput: Codable, Sendable {
    var GlobalTableName: String
    var ReplicaUpdates: [LegacyReplicaUpdate]
}
struct ListGlobalTablesInput: Codable, Sendable {
    var ExclusiveStartGlobalTableName: String?
    var Limit: Int?
    var RegionName: String?
}
struct ListGlobalTablesOutput: Codable, Sendable {
    var GlobalTables: [Document]
    var LastEvaluatedGlobalTableName: String?
}

/// Global tables of version 2017.11.29: tables of one name that were made in each Region beforehand, and are joined while
/// they are empty (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.V1.html).
extension DynamoDBService {
    func createGlobalTable(_ input: CreateGlobalTableInput, _ context: Context) async throws -> GlobalTableOutput {
        let name = try TableName(input.GlobalTableName, context)
        let regions = input.ReplicationGroup.map(\.RegionName)
        guard !regions.isEmpty, Set(regions).count == regions.count else {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: ReplicationGroup must name at least one Region, and each once")
        }
        try await demandReplicationRole(context)
        let (tables, platform) = (tables, context.platform)
        return try await context.store.write { transaction in
            let now = platform.clock.now()
            var members = try regions.map { try Self.member(name, $0, tables, in: transaction) }
            guard let first = members.first else { throw DynamoDBFault.tableNotNamed(name.name) }
            if members.contains(where: { $0.global != nil }) { throw DynamoDBFault.globalTableExists(name.name) }
            try Self.check(members, against: first, in: transaction)
            let group = GlobalTable(replicas: regions.map { Replica(region: $0, joined: now) }, began: now)
            for place in members.indices {
                members[place].global = group
                try transaction.put(members[place].key, members[place])
                try members[place].pointAt(regions, in: transaction)
            }
            return GlobalTableOutput(GlobalTableDescription: members[0].legacyDescription)
        }
    }

    /// Tables join the group or leave it; who leaves stays as a table of its own.
    func updateGlobalTable(_ input: UpdateGlobalTableInput, _ context: Context) async throws -> GlobalTableOutput {
        let name = try TableName(input.GlobalTableName, context)
        let (tables, platform) = (tables, context.platform)
        return try await context.store.write { transaction in
            let now = platform.clock.now()
            guard var table = try tables.find(name, in: transaction), table.global?.began != nil else {
                throw DynamoDBFault.globalTableNotFound(name.name)
            }
            for update in input.ReplicaUpdates {
                guard (update.Create == nil) != (update.Delete == nil) else {
                    throw DynamoDBFault.validation(
                        "One or more parameter values were invalid: exactly one of Create and Delete must be given in each element of ReplicaUpdates"
                    )
                }
                if let create = update.Create { try Self.join(create.RegionName, &table, tables, in: transaction, on: platform) }
                if let delete = update.Delete { try Self.leave(delete.RegionName, &table, tables, at: now, in: transaction) }
            }
            return GlobalTableOutput(GlobalTableDescription: table.legacyDescription)
        }
    }

    /// An empty table joins, and is filled with what the group has.
    private static func join(
        _ region: String, _ table: inout TableRecord, _ tables: TableCache, in transaction: any Transaction,
        on platform: Platform
    ) throws {
        guard var group = table.global, group.replica(region) == nil else { throw DynamoDBFault.replicaThere }
        var member = try member(table.tableName, region, tables, in: transaction)
        guard member.global == nil else { throw DynamoDBFault.globalTableExists(table.name) }
        try check([member], against: table, in: transaction)
        group.replicas.append(Replica(region: region, isFilling: true, joined: platform.clock.now()))
        try table.point(group.replicas, at: member, tables, in: transaction, on: platform)
        member.activity = .creating
        (table.global, member.global) = (group, group)
        try transaction.put(member.key, member)
        try transaction.put(table.key, table)
        try table.tellSiblings(group.replicas, tables, in: transaction)
        try Replication.enqueue(Replication.filling, from: table, to: region, in: transaction, on: platform)
    }

    private static func leave(
        _ region: String, _ table: inout TableRecord, _ tables: TableCache, at now: Timestamp, in transaction: any Transaction
    ) throws {
        guard table.global?.replica(region) != nil, var member = try tables.find(table.named(in: region), in: transaction) else {
            throw DynamoDBFault.replicaNotThere
        }
        guard region != table.region else {
            throw DynamoDBFault.validation("Tarn removes a Region from a global table from another Region of it only.")
        }
        try member.leaveGlobalTable(tables, at: now, in: transaction)
        try transaction.put(member.key, member)
        table.global?.replicas.removeAll { $0.region == region }
        try transaction.put(table.key, table)
    }

    private static func member(
        _ name: TableName, _ region: String, _ tables: TableCache, in snapshot: any Snapshot
    ) throws -> TableRecord {
        let place = TableName(account: name.account, region: region, name: name.name)
        guard let table = try tables.find(place, in: snapshot) else {
            throw DynamoDBFault.tableNotNamed("\(name.name) in \(region)")
        }
        try table.checkIsActive()
        guard table.stream?.view == .both else {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: The table \(name.name) in \(region) must have a stream with the view type NEW_AND_OLD_IMAGES"
            )
        }
        return table
    }

    /// The same keys everywhere, and nothing in the tables yet.
    private static func check(
        _ members: [TableRecord], against first: TableRecord, in snapshot: any Snapshot
    ) throws {
        for member in members {
            guard member.schema == first.schema, member.attributes == first.attributes else {
                throw DynamoDBFault.validation(
                    "One or more parameter values were invalid: The key schema of \(member.name) must be the same in all Regions")
            }
            guard try TableTally.of(member, in: snapshot).items == 0 else {
                throw DynamoDBFault.validation(
                    "One or more parameter values were invalid: The table \(member.name) in \(member.region) must be empty")
            }
        }
    }

    func describeGlobalTable(_ input: GlobalTableNameInput, _ context: Context) async throws -> GlobalTableOutput {
        let name = try TableName(input.GlobalTableName, context)
        let tables = tables
        guard let table = try await context.store.read({ try tables.find(name, in: $0) }), table.global?.began != nil else {
            throw DynamoDBFault.globalTableNotFound(input.GlobalTableName)
        }
        return GlobalTableOutput(GlobalTableDescription: table.legacyDescription)
    }

    func listGlobalTables(_ input: ListGlobalTablesInput, _ context: Context) async throws -> ListGlobalTablesOutput {
        let limit = input.Limit ?? TableLimit.page
        let all = TableKey.tables(context.account, context.region)
        let after = input.ExclusiveStartGlobalTableName.map { all.appending(.text($0)) }
        return try await context.store.read { snapshot in
            var found: [TableRecord] = []
            try snapshot.records(TableRecord.self, all, after: after) { _, table in
                guard let group = table.global, group.began != nil else { return true }
                if input.RegionName.map({ group.replica($0) != nil }) ?? true { found.append(table) }
                return found.count <= limit
            }
            let page = found.prefix(limit)
            return ListGlobalTablesOutput(
                GlobalTables: page.map {
                    ["GlobalTableName": .string($0.name), "ReplicationGroup": $0.regionsOfGroup]
                }, LastEvaluatedGlobalTableName: found.count > limit ? page.last?.name : nil)
        }
    }
}

extension TableRecord {
    fileprivate var regionsOfGroup: Document {
        .list((global?.replicas ?? []).map { ["RegionName": .string($0.region)] })
    }

    /// `GlobalTableDescription`
    fileprivate var legacyDescription: Document {
        let replicas = global?.replicas ?? []
        return [
            "GlobalTableName": .string(name),
            "GlobalTableArn": .string(ARN("dynamodb", account: account, "global-table/\(name)").description),
            "GlobalTableStatus": .string(replicas.contains(where: \.isFilling) ? "UPDATING" : "ACTIVE"),
            "CreationDateTime": .timestamp(Timestamp(milliseconds: (global?.began ?? created).milliseconds)),
            "ReplicationGroup": .list(
                replicas.map { ["RegionName": .string($0.region), "ReplicaStatus": .string($0.status)] }),
        ]
    }

    /// Sends this table's stream to the other Regions, from its end.
    fileprivate func pointAt(_ regions: [String], in transaction: any Transaction) throws {
        let position = try TableTally.of(self, in: transaction).sequence
        for other in regions where other != region {
            try transaction.put(ReplicaCursor.key(storage, other), ReplicaCursor(position: position))
        }
    }
}

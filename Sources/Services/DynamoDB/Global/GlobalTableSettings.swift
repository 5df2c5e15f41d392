import Documents
import Kernel
import Store

struct GlobalTableSettingsOutput: Codable, Sendable {
    var GlobalTableName: String
    var ReplicaSettings: [Document]
}

struct UpdateGlobalTableSettingsInput: Codable, Sendable {
    struct Index: Codable, Sendable {
        var IndexName: String
        var ProvisionedWriteCapacityUnits: Int64?
        var ProvisionedWriteCapacityAutoScalingSettingsUpdate: ScalingUpdate?
    }
    struct Replica: Codable, Sendable {
        struct Index: Codable, Sendable {
            var IndexName: String
            var ProvisionedReadCapacityUnits: Int64?
            var ProvisionedReadCapacityAutoScalingSettingsUpdate: ScalingUpdate?
        }
        var RegionName: String
        var ReplicaProvisionedReadCapacityUnits: Int64?
        var ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate: ScalingUpdate?
        var ReplicaGlobalSecondaryIndexSettingsUpdate: [Index]?
        var ReplicaTableClass: String?
    }
    var GlobalTableName: String
    var GlobalTableBillingMode: String?
    var GlobalTableProvisionedWriteCapacityUnits: Int64?
    var GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate: ScalingUpdate?
    var GlobalTableGlobalSecondaryIndexSettingsUpdate: [Index]?
    var ReplicaSettingsUpdate: [Replica]?
}

/// DescribeGlobalTableSettings and UpdateGlobalTableSettings: what the tables of a global table of version 2017.11.29 may
/// use, writes the same everywhere, reads in each Region for itself.
extension DynamoDBService {
    func describeGlobalSettings(
        _ input: GlobalTableNameInput, _ context: Context
    ) async throws -> GlobalTableSettingsOutput {
        let name = try TableName(input.GlobalTableName, context)
        let tables = tables
        let members = try await context.store.read { try Self.members(name, tables, in: $0) }
        return try await settings(of: members, nil, context)
    }

    func updateGlobalSettings(
        _ input: UpdateGlobalTableSettingsInput, _ context: Context
    ) async throws -> GlobalTableSettingsOutput {
        let name = try TableName(input.GlobalTableName, context)
        let (tables, platform) = (tables, context.platform)
        let members = try await context.store.write { transaction in
            var members = try Self.members(name, tables, in: transaction)
            guard let group = members.first else { throw DynamoDBFault.globalTableNotFound(name.name) }
            try group.demand(input)
            let now = platform.clock.now()
            var replicas = group.global?.replicas ?? []
            for place in members.indices {
                try members[place].checkIsActive()
                let own = input.ReplicaSettingsUpdate?.first { $0.RegionName == members[place].region }
                try members[place].set(input, own, now)
                guard let listed = replicas.firstIndex(where: { $0.region == members[place].region }) else { continue }
                // An update of one of the tables leaves the others' reads alone.
                replicas[listed].reads = own?.ReplicaProvisionedReadCapacityUnits ?? replicas[listed].reads
                for index in own?.ReplicaGlobalSecondaryIndexSettingsUpdate ?? [] {
                    guard let units = index.ProvisionedReadCapacityUnits else { continue }
                    replicas[listed].indexReads = (replicas[listed].indexReads ?? [:]).merging([index.IndexName: units]) { $1 }
                }
                replicas[listed].tableClass = own?.ReplicaTableClass ?? replicas[listed].tableClass
            }
            for place in members.indices {
                members[place].global?.replicas = replicas
                try transaction.put(members[place].key, members[place])
            }
            return members
        }
        let scaling = ReplicaScaling(context: context)
        for member in members {
            for (capacity, update) in member.scalingChanges(input) { try await scaling.update(capacity, update) }
        }
        return try await settings(of: members, "UPDATING", context)
    }

    /// The tables of a global table, in the order in which they joined.
    private static func members(
        _ name: TableName, _ tables: TableCache, in snapshot: any Snapshot
    ) throws -> [TableRecord] {
        guard let table = try tables.find(name, in: snapshot), let group = table.global, group.began != nil else {
            throw DynamoDBFault.globalTableNotFound(name.name)
        }
        return try group.replicas.compactMap { replica in
            replica.region == table.region ? table : try tables.find(table.named(in: replica.region), in: snapshot)
        }
    }

    private func settings(
        of members: [TableRecord], _ status: String?, _ context: Context
    ) async throws -> GlobalTableSettingsOutput {
        var settings: [Document] = []
        for member in members { settings.append(try await self.settings(of: member, status, context)) }
        return GlobalTableSettingsOutput(GlobalTableName: members.first?.name ?? "", ReplicaSettings: settings)
    }

    /// `ReplicaSettingsDescription`
    private func settings(of table: TableRecord, _ status: String?, _ context: Context) async throws -> Document {
        let scaling = ReplicaScaling(context: context)
        func settings(_ measure: ScaledCapacity.Measure, _ index: String?) async throws -> Document {
            try await scaling.settings(table.capacity(measure, of: index, in: table.region))
        }
        var members: Members = [
            "RegionName": .string(table.region),
            "ReplicaStatus": .string(status ?? table.global?.replica(table.region)?.status ?? "ACTIVE"),
            "ReplicaProvisionedReadCapacityUnits": .integer(table.throughput.reads),
            "ReplicaProvisionedReadCapacityAutoScalingSettings": try await settings(.read, nil),
            "ReplicaProvisionedWriteCapacityUnits": .integer(table.throughput.writes),
            "ReplicaProvisionedWriteCapacityAutoScalingSettings": try await settings(.write, nil),
        ]
        if let billing = table.billingSummary { members["ReplicaBillingModeSummary"] = billing }
        if let tableClass = table.tableClass { members["ReplicaTableClassSummary"] = ["TableClass": .string(tableClass)] }
        var indexes: [Document] = []
        for index in table.indexes where index.isGlobal {
            var entry: Members = [
                "IndexName": .string(index.name), "IndexStatus": .string(index.status),
                "ProvisionedReadCapacityAutoScalingSettings": try await settings(.read, index.name),
                "ProvisionedWriteCapacityAutoScalingSettings": try await settings(.write, index.name),
            ]
            if !table.isOnDemand {
                entry["ProvisionedReadCapacityUnits"] = .integer(index.throughput.reads)
                entry["ProvisionedWriteCapacityUnits"] = .integer(index.throughput.writes)
            }
            indexes.append(.map(entry))
        }
        if !indexes.isEmpty { members["ReplicaGlobalSecondaryIndexSettings"] = .list(indexes) }
        return .map(members)
    }
}

extension TableRecord {
    /// - Throws: ``DynamoDBFault`` for what an update names and the global table does not have.
    fileprivate func demand(_ input: UpdateGlobalTableSettingsInput) throws(DynamoDBFault) {
        let named =
            (input.GlobalTableGlobalSecondaryIndexSettingsUpdate ?? []).map(\.IndexName)
            + (input.ReplicaSettingsUpdate ?? []).flatMap {
                ($0.ReplicaGlobalSecondaryIndexSettingsUpdate ?? []).map(\.IndexName)
            }
        for name in named where !indexes.contains(where: { $0.isGlobal && $0.name == name }) {
            throw .globalIndexNotFound(name)
        }
        for replica in input.ReplicaSettingsUpdate ?? [] where global?.replica(replica.RegionName) == nil {
            throw .replicaNotThere
        }
    }

    fileprivate mutating func set(
        _ input: UpdateGlobalTableSettingsInput, _ own: UpdateGlobalTableSettingsInput.Replica?, _ now: Timestamp
    ) throws(DynamoDBFault) {
        let wantsOnDemand = input.GlobalTableBillingMode.map { $0 == "PAY_PER_REQUEST" } ?? isOnDemand
        if wantsOnDemand, !isOnDemand { onDemandSince = now }
        isOnDemand = wantsOnDemand
        throughput = try throughput.set(
            own?.ReplicaProvisionedReadCapacityUnits, input.GlobalTableProvisionedWriteCapacityUnits, isOnDemand, nil)
        for place in indexes.indices where indexes[place].isGlobal {
            let name = indexes[place].name
            let reads = own?.ReplicaGlobalSecondaryIndexSettingsUpdate?.first { $0.IndexName == name }
            let writes = input.GlobalTableGlobalSecondaryIndexSettingsUpdate?.first { $0.IndexName == name }
            indexes[place].throughput = try indexes[place].throughput.set(
                reads?.ProvisionedReadCapacityUnits, writes?.ProvisionedWriteCapacityUnits, isOnDemand, name)
        }
        if let wanted = own?.ReplicaTableClass { tableClass = wanted }
    }

    /// What an update asks of the auto scaling of this table.
    fileprivate func scalingChanges(_ input: UpdateGlobalTableSettingsInput) -> [(ScaledCapacity, ScalingUpdate)] {
        var changes: [(ScaledCapacity, ScalingUpdate)] = []
        func add(_ measure: ScaledCapacity.Measure, _ index: String?, _ update: ScalingUpdate?) {
            if let update { changes.append((capacity(measure, of: index, in: region), update)) }
        }
        add(.write, nil, input.GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate)
        for index in input.GlobalTableGlobalSecondaryIndexSettingsUpdate ?? [] {
            add(.write, index.IndexName, index.ProvisionedWriteCapacityAutoScalingSettingsUpdate)
        }
        for replica in input.ReplicaSettingsUpdate ?? [] where replica.RegionName == region {
            add(.read, nil, replica.ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate)
            for index in replica.ReplicaGlobalSecondaryIndexSettingsUpdate ?? [] {
                add(.read, index.IndexName, index.ProvisionedReadCapacityAutoScalingSettingsUpdate)
            }
        }
        return changes
    }
}

extension Throughput {
    /// With the units that are given, and those that stay.
    fileprivate func set(
        _ reads: Int64?, _ writes: Int64?, _ isOnDemand: Bool, _ index: String?
    ) throws(DynamoDBFault) -> Throughput {
        let (wantedReads, wantedWrites) = (reads ?? self.reads, writes ?? self.writes)
        // None are allowed on demand, and both are needed otherwise.
        let isSpoken = isOnDemand ? reads != nil || writes != nil : wantedReads > 0 && wantedWrites > 0
        return try DynamoDBService.throughput(
            isSpoken ? ThroughputInput(ReadCapacityUnits: wantedReads, WriteCapacityUnits: wantedWrites) : nil,
            isOnDemand: isOnDemand, index: index)
    }
}

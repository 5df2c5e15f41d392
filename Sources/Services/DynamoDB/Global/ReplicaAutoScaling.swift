import Documents
import Kernel
import Store

struct TableScalingInput: Codable, Sendable { var TableName: String }
struct TableScalingOutput: Codable, Sendable { var TableAutoScalingDescription: Document }

struct UpdateTableScalingInput: Codable, Sendable {
    struct Index: Codable, Sendable {
        var IndexName: String
        var ProvisionedWriteCapacityAutoScalingUpdate: ScalingUpdate?
    }
    struct Replica: Codable, Sendable {
        struct Index: Codable, Sendable {
            var IndexName: String
            var ProvisionedReadCapacityAutoScalingUpdate: ScalingUpdate?
        }
        var RegionName: String
        var ReplicaGlobalSecondaryIndexUpdates: [Index]?
        var ReplicaProvisionedReadCapacityAutoScalingUpdate: ScalingUpdate?
    }
    var TableName: String
    var GlobalSecondaryIndexUpdates: [Index]?
    var ProvisionedWriteCapacityAutoScalingUpdate: ScalingUpdate?
    var ReplicaUpdates: [Replica]?
}

/// DescribeTableReplicaAutoScaling and UpdateTableReplicaAutoScaling: the auto scaling of all replicas at once. Writes are
/// scaled alike everywhere, reads in each Region for itself. A table without replicas is its only one.
extension DynamoDBService {
    func describeReplicaScaling(_ input: TableScalingInput, _ context: Context) async throws -> TableScalingOutput {
        let table = try await scaledTable(input.TableName, context)
        return TableScalingOutput(TableAutoScalingDescription: try await scaling(of: table, "ACTIVE", context))
    }

    func updateReplicaScaling(_ input: UpdateTableScalingInput, _ context: Context) async throws -> TableScalingOutput {
        let table = try await scaledTable(input.TableName, context)
        try table.checkIsActive()
        guard
            input.GlobalSecondaryIndexUpdates != nil || input.ProvisionedWriteCapacityAutoScalingUpdate != nil
                || input.ReplicaUpdates != nil
        else {
            throw DynamoDBFault.validation(
                "At least one of GlobalSecondaryIndexUpdates, ProvisionedWriteCapacityAutoScalingUpdate or ReplicaUpdates is required"
            )
        }
        let changes = try table.changes(input)
        let scaling = ReplicaScaling(context: context)
        for (capacity, update) in changes { try await scaling.update(capacity, update) }
        return TableScalingOutput(TableAutoScalingDescription: try await self.scaling(of: table, "UPDATING", context))
    }

    private func scaledTable(_ text: String, _ context: Context) async throws -> TableRecord {
        let name = try TableName(text, context)
        let tables = tables
        guard let table = try await context.store.read({ try tables.find(name, in: $0) }) else {
            throw DynamoDBFault.namedTableNotFound(name.name)
        }
        guard table.global?.began == nil else {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: the operation is not supported for a global table of version 2017.11.29"
            )
        }
        return table
    }

    /// `TableAutoScalingDescription`
    private func scaling(of table: TableRecord, _ status: String, _ context: Context) async throws -> Document {
        let scaling = ReplicaScaling(context: context)
        var replicas: [Document] = []
        for region in table.scaledRegions {
            var indexes: [Document] = []
            for index in table.indexes where index.isGlobal {
                indexes.append([
                    "IndexName": .string(index.name), "IndexStatus": .string(index.status),
                    "ProvisionedReadCapacityAutoScalingSettings":
                        try await scaling.settings(table.capacity(.read, of: index.name, in: region)),
                    "ProvisionedWriteCapacityAutoScalingSettings":
                        try await scaling.settings(table.capacity(.write, of: index.name, in: region)),
                ])
            }
            replicas.append([
                "RegionName": .string(region), "GlobalSecondaryIndexes": .list(indexes),
                "ReplicaProvisionedReadCapacityAutoScalingSettings":
                    try await scaling.settings(table.capacity(.read, of: nil, in: region)),
                "ReplicaProvisionedWriteCapacityAutoScalingSettings":
                    try await scaling.settings(table.capacity(.write, of: nil, in: region)),
                "ReplicaStatus": .string(table.global?.replica(region)?.status ?? "ACTIVE"),
            ])
        }
        return ["TableName": .string(table.name), "TableStatus": .string(status), "Replicas": .list(replicas)]
    }
}

extension TableRecord {
    /// The Regions in which its capacity is scaled.
    var scaledRegions: [String] { global?.replicas.map(\.region) ?? [region] }

    func capacity(_ measure: ScaledCapacity.Measure, of index: String?, in region: String) -> ScaledCapacity {
        ScaledCapacity(region: region, table: name, index: index, measure: measure)
    }

    /// What an update is for each capacity.
    /// - Throws: ``DynamoDBFault`` for a replica or an index that is not there, before anything is changed.
    fileprivate func changes(_ input: UpdateTableScalingInput) throws(DynamoDBFault) -> [(ScaledCapacity, ScalingUpdate)] {
        var changes: [(ScaledCapacity, ScalingUpdate)] = []
        func demand(_ index: String) throws(DynamoDBFault) {
            guard indexes.contains(where: { $0.isGlobal && $0.name == index }) else { throw .indexNotFound(index) }
        }
        if let update = input.ProvisionedWriteCapacityAutoScalingUpdate {
            changes += scaledRegions.map { (capacity(.write, of: nil, in: $0), update) }
        }
        for index in input.GlobalSecondaryIndexUpdates ?? [] {
            try demand(index.IndexName)
            guard let update = index.ProvisionedWriteCapacityAutoScalingUpdate else { continue }
            changes += scaledRegions.map { (capacity(.write, of: index.IndexName, in: $0), update) }
        }
        for replica in input.ReplicaUpdates ?? [] {
            let region = replica.RegionName
            guard scaledRegions.contains(region) else { throw .replicaNotFound }
            if let update = replica.ReplicaProvisionedReadCapacityAutoScalingUpdate {
                changes.append((capacity(.read, of: nil, in: region), update))
            }
            for index in replica.ReplicaGlobalSecondaryIndexUpdates ?? [] {
                try demand(index.IndexName)
                guard let update = index.ProvisionedReadCapacityAutoScalingUpdate else { continue }
                changes.append((capacity(.read, of: index.IndexName, in: region), update))
            }
        }
        return changes
    }
}

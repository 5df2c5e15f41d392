import Documents
import Kernel
import Store

/// DescribeTable, DeleteTable, ListTables and UpdateTable.
extension DynamoDBService {
    func describeTable(_ input: TableNameInput, _ context: Context) async throws -> DescribeTableOutput {
        let name = try TableName(input.TableName, context)
        let tables = tables
        return try await context.store.read { snapshot in
            guard let table = try tables.find(name, in: snapshot) else { throw DynamoDBFault.namedTableNotFound(name.name) }
            return DescribeTableOutput(Table: table.description(status: "ACTIVE", try TableTally.of(table, in: snapshot)))
        }
    }

    /// The table is gone at once; its rows go afterwards, in bounded transactions.
    func deleteTable(_ input: TableNameInput, _ context: Context) async throws -> DeleteTableOutput {
        let name = try TableName(input.TableName, context)
        let (tables, platform) = (tables, context.platform)
        return try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.namedTableNotFound(name.name) }
            guard !table.isProtected else { throw DynamoDBFault.deletionProtected }
            let description = table.description(status: "DELETING", try TableTally.of(table, in: transaction))
            try table.stopStream(at: platform.clock.now(), in: transaction, on: platform)
            try transaction.cancelTimer(Self.id, id: Expiry.timerID(table.storage))
            try transaction.delete(table.key)
            try TableWork.enqueue(TableWork.dropItems, table, in: transaction, on: platform)
            return DeleteTableOutput(TableDescription: description)
        }
    }

    func listTables(_ input: ListTablesInput, _ context: Context) async throws -> ListTablesOutput {
        let limit = input.Limit ?? 100
        let prefix = TableKey.tables(context.account, context.region)
        let start = input.ExclusiveStartTableName.map { prefix.appending(.text($0)) }
        return try await context.store.read { snapshot in
            var names: [String] = []
            try snapshot.scan(prefix, after: start, limit: limit + 1) { row, _ in
                guard case .text(let name)? = try row.elements().last else { throw StoreError.corrupt("table key") }
                names.append(name)
                return true
            }
            let page = Array(names.prefix(limit))
            return ListTablesOutput(TableNames: page, LastEvaluatedTableName: names.count > limit ? page.last : nil)
        }
    }

    func updateTable(_ input: UpdateTableInput, _ context: Context) async throws -> UpdateTableOutput {
        let name = try TableName(input.TableName, context)
        for (given, what) in [
            (input.GlobalSecondaryIndexUpdates, "GlobalSecondaryIndexUpdates"), (input.ReplicaUpdates, "ReplicaUpdates"),
            (input.OnDemandThroughput, "OnDemandThroughput"), (input.WarmThroughput, "WarmThroughput"),
            (input.MultiRegionConsistency.map { .string($0) }, "MultiRegionConsistency"),
            (input.GlobalTableWitnessUpdates, "GlobalTableWitnessUpdates"), (input.VectorIndexUpdates, "VectorIndexUpdates"),
            (input.GlobalTableSettingsReplicationMode.map { .string($0) }, "GlobalTableSettingsReplicationMode"),
            (input.DisassociationProtectionEnabled.map { .bool($0) }, "DisassociationProtectionEnabled"),
        ] where given != nil {
            throw DynamoDBFault.validation("Tarn does not implement UpdateTable with \(what) yet.")
        }
        let view = try Self.streamView(input.StreamSpecification)
        let hasChange =
            input.BillingMode != nil || input.ProvisionedThroughput != nil || input.StreamSpecification != nil
            || input.SSESpecification != nil || input.TableClass != nil || input.DeletionProtectionEnabled != nil
        guard hasChange else {
            throw DynamoDBFault.validation(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"
            )
        }
        let (tables, platform) = (tables, context.platform)
        return try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.namedTableNotFound(name.name) }
            try Self.updateBilling(&table, input, platform.clock.now())
            if let encryption = input.SSESpecification { table.encryption = encryption }
            if let tableClass = input.TableClass { table.tableClass = tableClass }
            if let isProtected = input.DeletionProtectionEnabled { table.isProtected = isProtected }
            if input.StreamSpecification != nil {
                if let view {
                    guard table.stream == nil else {
                        throw DynamoDBFault.validation("Table already has an enabled stream: TableName: \(name.name)")
                    }
                    try table.startStream(view, at: platform.clock.now(), in: transaction)
                } else {
                    guard table.stream != nil else {
                        throw DynamoDBFault.validation("Table is already stream disabled: TableName: \(name.name)")
                    }
                    try table.stopStream(at: platform.clock.now(), in: transaction, on: platform)
                }
            }
            try transaction.put(table.key, table)
            return UpdateTableOutput(
                TableDescription: table.description(status: "UPDATING", try TableTally.of(table, in: transaction)))
        }
    }

    private static func updateBilling(_ table: inout TableRecord, _ input: UpdateTableInput, _ now: Timestamp)
        throws(DynamoDBFault)
    {
        let isOnDemand = input.BillingMode.map { $0 == "PAY_PER_REQUEST" } ?? table.isOnDemand
        guard isOnDemand != table.isOnDemand || input.ProvisionedThroughput != nil else { return }
        let throughput = try throughput(input.ProvisionedThroughput, isOnDemand: isOnDemand, index: nil)
        guard isOnDemand != table.isOnDemand || throughput != table.throughput else {
            throw .validation(
                "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: \(table.throughput.reads). Requested ReadCapacityUnits: \(throughput.reads). Current WriteCapacityUnits provisioned for the table: \(table.throughput.writes). Requested WriteCapacityUnits: \(throughput.writes). Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
            )
        }
        if isOnDemand, !table.isOnDemand { table.onDemandSince = now }
        (table.isOnDemand, table.throughput) = (isOnDemand, throughput)
        if isOnDemand { for index in table.indexes.indices { table.indexes[index].throughput = .none } }
    }
}

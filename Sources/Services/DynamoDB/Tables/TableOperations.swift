import Documents
import Kernel
import Store

/// DescribeTable, DeleteTable and ListTables.
extension DynamoDBService {
    func describeTable(_ input: TableNameInput, _ context: Context) async throws -> DescribeTableOutput {
        let name = try TableName(input.TableName, context)
        let tables = tables
        return try await context.store.read { snapshot in
            guard let table = try tables.find(name, in: snapshot) else { throw DynamoDBFault.namedTableNotFound(name.name) }
            return DescribeTableOutput(Table: table.description(status: table.status, try TableTally.of(table, in: snapshot)))
        }
    }

    /// The table is gone at once; its rows go afterwards, in bounded transactions.
    func deleteTable(_ input: TableNameInput, _ context: Context) async throws -> DeleteTableOutput {
        let name = try TableName(input.TableName, context)
        let (tables, platform) = (tables, context.platform)
        return try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.namedTableNotFound(name.name) }
            guard !table.isProtected else { throw DynamoDBFault.deletionProtected }
            try table.checkIsActive()
            if table.global?.isStrong == true { throw StrongConsistency.noSingleDeletion }
            guard (table.copies ?? []).isEmpty else {
                throw DynamoDBFault.resourceInUse(
                    "Attempt to change a resource which is still in use: Table is being backed up: \(name.name)")
            }
            let description = table.description(status: "DELETING", try TableTally.of(table, in: transaction))
            try self.removeTable(&table, in: transaction, on: platform)
            return DeleteTableOutput(TableDescription: description)
        }
    }

    func removeTable(_ table: inout TableRecord, in transaction: any Transaction, on platform: Platform) throws {
        let now = platform.clock.now()
        try table.leaveGlobalTable(tables, at: now, in: transaction)
        try table.stopStream(at: now, in: transaction, on: platform)
        for timer in [
            "history/\(table.storage)", Expiry.timerID(table.storage), TombstoneTrimming.timerID(table.storage),
        ] {
            try transaction.cancelTimer(Self.id, id: timer)
        }
        try transaction.delete(table.key)
        try TableWork.enqueue(TableWork.dropItems, table, in: transaction, on: platform)
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
}

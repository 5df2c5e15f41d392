import Documents
import Kernel
import Store

/// ExecuteStatement, BatchExecuteStatement and ExecuteTransaction.
extension DynamoDBService {
    static func statement(_ input: Document) throws(DynamoDBFault) -> Statement {
        var parameters: [AttributeValue] = []
        for parameter in input["Parameters"]?.list ?? [] { parameters.append(try AttributeValue(parameter)) }
        return try StatementParser.parse(input["Statement"]?.string ?? "", parameters)
    }

    func executeStatement(_ input: Document, _ context: Context) async throws -> Document {
        let statement = try Self.statement(input)
        switch statement {
        case .select(let select): return try await self.select(select, input, context)
        case .exists: throw Statement.malformed("Expected data manipulation")
        case .insert, .change:
            guard input["NextToken"] == nil else { throw DynamoDBFault.validation("NextToken does not match request") }
            let (attributes, used) = try await execute(statement, input, context)
            var output: Members = ["Items": .list(attributes.map { [$0.document] } ?? [])]
            output["ConsumedCapacity"] = used.document(for: input)
            return .map(output)
        }
    }

    /// Each statement succeeds or fails by itself.
    func batchExecute(_ input: Document, _ context: Context) async throws -> Document {
        let inputs = input["Statements"]?.list ?? []
        let parsed = inputs.map { input in Result { () throws(DynamoDBFault) in try Self.statement(input) } }
        let kinds = Set(parsed.compactMap { try? $0.get().isRead })
        guard kinds.count < 2 else {
            throw DynamoDBFault.validation("Mixed reads and writes are not supported in a single batch")
        }
        var (responses, used): ([Document], [Consumption]) = ([], [])
        for (input, result) in zip(inputs, parsed) {
            var response: Members = [:]
            do {
                let statement = try result.get()
                response["TableName"] = .string(try TableName(statement.table, context).name)
                let (attributes, consumption) = try await unlocked(context) {
                    try await self.batched(statement, input, context)
                }
                if let attributes { response["Item"] = attributes.document }
                Self.add(consumption, to: &used)
            } catch let fault as DynamoDBFault {
                response["Error"] = fault.statementError
            }
            responses.append(.map(response))
        }
        var output: Members = ["Responses": .list(responses)]
        output["ConsumedCapacity"] = Consumption.documents(used, for: input)
        return .map(output)
    }

    private static func add(_ consumption: Consumption, to all: inout [Consumption]) {
        guard let place = all.firstIndex(where: { $0.table.storage == consumption.table.storage }) else {
            all.append(consumption)
            return
        }
        all[place].own.reads += consumption.own.reads
        all[place].own.writes += consumption.own.writes
        for (index, units) in consumption.indexes {
            all[place].indexes[index, default: Consumption.Units()].reads += units.reads
            all[place].indexes[index, default: Consumption.Units()].writes += units.writes
        }
    }

    private func batched(
        _ statement: Statement, _ input: Document, _ context: Context
    ) async throws -> (Attributes?, Consumption) {
        guard case .select(let select) = statement else { return try await execute(statement, input, context) }
        let name = try TableName(select.table, context)
        let isConsistent = input["ConsistentRead"]?.bool ?? false
        let (tables, meter, now) = (tables, meter, context.now)
        let (row, run, table) = try await context.store.read { snapshot in
            let table = try tables.table(name, in: snapshot, for: context)
            let run = try SelectRun(select, table, isConsistent: isConsistent)
            guard let key = run.key else {
                throw DynamoDBFault.validation(
                    "Select statements within BatchExecuteStatement must specify the primary key in the where clause.")
            }
            try meter.admit(table, isWrite: false, at: now)
            return (try snapshot.value(try table.key(key).row(under: TableKey.items(table.storage))), run, table)
        }
        var used = Consumption(table)
        used.own.reads = Capacity.reads(try row.map { try ItemCoding.size($0) } ?? 0, isConsistent: isConsistent)
        meter.charge(used, at: now)
        return (try run.kept(row), used)
    }

    /// All statements together or none: reads, or writes and checks.
    func executeTransaction(_ input: Document, _ context: Context) async throws -> Document {
        var statements: [Statement] = []
        for part in input["TransactStatements"]?.list ?? [] { statements.append(try Self.statement(part)) }
        guard Set(statements.map(\.isRead)).count == 1 else {
            throw DynamoDBFault.validation(
                "Mixed reads and writes are not supported in a single transaction")
        }
        let (tables, all) = (tables, statements)
        let names = try statements.map { try TableName($0.table, context) }
        var (responses, used): ([Document], [Consumption])
        if statements.first?.isRead == true {
            let runs = try await context.store.read { snapshot in
                try zip(all, names).map { statement, name in
                    guard case .select(let select) = statement else { throw Statement.missingKeys }
                    let run = try SelectRun(select, try tables.table(name, in: snapshot, for: context), isConsistent: false)
                    guard run.key != nil else { throw Statement.missingKeys }
                    return run
                }
            }
            let reads = zip(runs, names).map { TransactionRead(name: $1, key: $0.key ?? [:], projection: nil) }
            let items: [Attributes?]
            (items, used) = try await run(reads, context)
            responses = zip(items, runs).map { item, run in run.kept(item).map { ["Item": $0.document] } ?? [:] }
        } else {
            let options = (input["TransactStatements"]?.list ?? []).map { returnsOldOnFailure($0) }
            let writes = try await context.store.read { snapshot in
                try zip(zip(all, names), options).map { part, returnsOld in
                    let table = try tables.table(part.1, in: snapshot, for: context)
                    return TransactionWrite(
                        name: part.1, request: try part.0.write(table, returnsOldOnFailure: returnsOld),
                        isInsert: { if case .insert = part.0 { true } else { false } }(), isStatement: true)
                }
            }
            used = try await run(
                writes, token: input["ClientRequestToken"]?.string, request: input["TransactStatements"], context)
            responses = writes.map { _ in [:] }
        }
        var output: Members = ["Responses": .list(responses)]
        output["ConsumedCapacity"] = Consumption.documents(used, for: input, splits: true)
        return .map(output)
    }
}

extension SelectRun {
    /// What a SELECT of one item keeps of it; nil where it does not satisfy the rest of the condition.
    func kept(_ item: Attributes?) -> Attributes? {
        guard let item, rest?.holds(for: item) ?? true else { return nil }
        return fields?.apply(to: item) ?? item
    }

    func kept(_ row: [UInt8]?) throws -> Attributes? { kept(try row.map { try table.decode($0) }) }
}

extension DynamoDBFault {
    /// `BatchStatementError`
    fileprivate var statementError: Document {
        var members: Members = ["Message": .string(message)]
        switch self {
        case .conditionFailed(let item):
            members["Code"] = "ConditionalCheckFailed"
            if let item { members["Item"] = item }
        case .duplicateItem: members["Code"] = "DuplicateItem"
        case .throughputExceeded: members["Code"] = "ProvisionedThroughputExceeded"
        case .tableNotFound, .namedTableNotFound, .resourceNotFound: members["Code"] = "ResourceNotFound"
        default: members["Code"] = "ValidationError"
        }
        return .map(members)
    }
}

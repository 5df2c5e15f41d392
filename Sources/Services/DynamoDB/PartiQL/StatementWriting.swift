import Documents
import Kernel
import Store

extension Statement {
    /// The write that an INSERT, UPDATE, DELETE or EXISTS asks of a table.
    /// - Throws: AWS's faults for a statement that does not name one item, or changes its key.
    func write(_ table: TableRecord, returnsOldOnFailure: Bool) throws(DynamoDBFault) -> WriteRequest {
        let partition = Operand.path(Path(steps: [.attribute(table.schema.partition)]))
        switch self {
        case .insert(let insert):
            return WriteRequest(
                action: .put(insert.item), condition: .function(.attributeNotExists, [partition]),
                returnsOldOnFailure: returnsOldOnFailure)
        case .change(let change):
            let (key, rest) = try Self.keyed(change.condition, table)
            guard let update = change.update else {
                // Deleting what is not there is no error.
                let absent = Condition.function(.attributeNotExists, [partition])
                return WriteRequest(
                    action: .delete(key: key), condition: rest.map { .or(absent, $0) }, returnsOldOnFailure: returnsOldOnFailure)
            }
            try update.check()
            let present = Condition.function(.attributeExists, [partition])
            return WriteRequest(
                action: .update(key: key, update), condition: rest.map { .and(present, $0) } ?? present,
                returnsOldOnFailure: returnsOldOnFailure)
        case .exists(let select):
            let (key, rest) = try Self.keyed(select.condition, table)
            let present = Condition.function(.attributeExists, [partition])
            return WriteRequest(
                action: .check(key: key), condition: rest.map { .and(present, $0) } ?? present,
                returnsOldOnFailure: returnsOldOnFailure)
        case .select: throw Statement.malformed("Expected data manipulation")
        }
    }

    private static func keyed(
        _ condition: Condition?, _ table: TableRecord
    ) throws(DynamoDBFault) -> (Attributes, Condition?) {
        let plan = KeyPlan(condition, table.schema) { table.type(of: $0) }
        guard let key = plan.key(table.schema) else { throw Statement.missingKeys }
        return (key, plan.rest)
    }

    var returned: ReturnValues { if case .change(let change) = self { change.returned } else { .none } }

    /// INSERT tells its one refusal its own way.
    func translated(_ error: any Error) -> any Error {
        guard case .insert = self, let fault = error as? DynamoDBFault, case .conditionFailed = fault else { return error }
        return DynamoDBFault.duplicateItem
    }
}

extension DynamoDBService {
    /// Carries out one write.
    /// - Returns: what RETURNING asks for, and what was used.
    func execute(_ statement: Statement, _ input: Document, _ context: Context) async throws -> (Attributes?, Consumption) {
        let name = try TableName(statement.table, context)
        let returnsOld = returnsOldOnFailure(input)
        let (tables, meter, platform, now) = (tables, meter, context.platform, context.now)
        do {
            let (outcome, request, used) = try await platform.store.write { transaction in
                // Within the transaction, so that history and stream records stand in the order of the changes.
                let now = platform.clock.now()
                let table = try tables.table(name, in: transaction, for: context)
                let request = try statement.write(table, returnsOldOnFailure: returnsOld)
                try meter.admit(table, isWrite: true, at: now)
                let writer = ItemWriter(
                    transaction: transaction, table: table, twins: try tables.twins(of: table, at: now, in: transaction),
                    platform: platform,
                    now: now)
                let outcome = try request.run(in: writer, wantsOld: statement.returned != .none)
                var used = Consumption(table)
                used.add(outcome)
                return (outcome, request, used)
            }
            meter.charge(used, at: now)
            if case .delete = request.action { return (statement.returned == .allOld ? outcome.old : nil, used) }
            return (Self.attributes(statement.returned, request, outcome), used)
        } catch {
            throw statement.translated(error)
        }
    }
}

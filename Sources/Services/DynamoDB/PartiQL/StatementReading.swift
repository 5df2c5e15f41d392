import Crypto
import Documents
import Kernel
import Store

/// Where a SELECT goes on: which of its stretches, and after which item there.
struct StatementPlace: Sendable {
    var statement: [UInt8]
    var stretch: Int
    var key: Attributes?

    var text: String {
        var members: Members = ["s": .blob(statement), "n": .integer(Int64(stretch))]
        if let key { members["k"] = .blob(ItemCoding.encode(key, size: key.itemSize)) }
        return Base64.string(CBOR.write(.map(members)))
    }

    init(statement: [UInt8], stretch: Int, key: Attributes?) {
        (self.statement, self.stretch, self.key) = (statement, stretch, key)
    }

    /// - Throws: AWS's fault for a token of another statement, or none at all.
    init(_ text: String, of statement: [UInt8]) throws(DynamoDBFault) {
        guard let bytes = Base64.decode(text), let document = try? CBOR.parse(bytes), document["s"]?.blob == statement,
            let stretch = document["n"]?.integer, stretch >= 0
        else { throw .validation("NextToken does not match request") }
        self.init(statement: statement, stretch: Int(stretch), key: nil)
        guard let encoded = document["k"]?.blob else { return }
        guard let key = try? ItemCoding.decode(encoded) else { throw .validation("NextToken does not match request") }
        self.key = key
    }
}

extension DynamoDBService {
    /// One page of a SELECT.
    func select(_ select: Statement.Select, _ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(select.table, context)
        let identity = Array(SHA256.hash(data: CBOR.write([input["Statement"] ?? .null, input["Parameters"] ?? .null])))
        let resume = try input["NextToken"]?.string.map { try StatementPlace($0, of: identity) }
        let (tables, meter, now) = (tables, meter, context.now)
        let isConsistent = input["ConsistentRead"]?.bool ?? false
        let limit = input["Limit"]?.integer.map { Int($0) }
        let (page, token, used) = try await context.store.read { snapshot in
            let table = try tables.table(name, in: snapshot, for: context)
            let run = try SelectRun(select, table, isConsistent: isConsistent)
            try meter.admit(table, run.index, isWrite: false, at: now)
            let (page, stop) = try run.page(after: resume, limit: limit, in: snapshot)
            var used = Consumption(table)
            used.add(page, of: run.index, isConsistent: isConsistent)
            return (page, stop.map { StatementPlace(statement: identity, stretch: $0.stretch, key: $0.key) }, used)
        }
        meter.charge(used, at: now)
        var output: Members = ["Items": .list(page.items)]
        if let token {
            output["NextToken"] = .string(token.text)
            if let key = token.key { output["LastEvaluatedKey"] = key.document }
        }
        output["ConsumedCapacity"] = used.document(for: input)
        return .map(output)
    }
}

/// A SELECT against its table: the stretches to read in order, and what to keep of them.
struct SelectRun: Sendable {
    let table: TableRecord
    let index: IndexRecord?
    private let plan: KeyPlan
    private let projection: Projection?
    private let isReversed: Bool
    private let isConsistent: Bool

    init(_ select: Statement.Select, _ table: TableRecord, isConsistent: Bool) throws(DynamoDBFault) {
        self.table = table
        self.isConsistent = isConsistent
        if let name = select.index {
            guard let index = table.indexes.first(where: { $0.name == name && $0.work != .deleting }) else {
                throw .validation("The table does not have the specified index: \(name)")
            }
            guard index.isActive else { throw .validation("Cannot read from backfilling global secondary index: \(name)") }
            guard !index.isGlobal || !isConsistent else {
                throw .validation("Consistent reads are not supported on global secondary indexes")
            }
            self.index = index
        } else {
            index = nil
        }
        let schema = index?.schema ?? table.schema
        try KeyPlan.checkLists(select.condition, schema)
        var plan = KeyPlan(select.condition, schema) { table.type(of: $0) }
        if let paths = select.projection {
            try Path.checkDisjoint(paths, .projection)
            let asked = Projection(paths, areColumns: true)
            if let index { try table.checkHolds(index, asked) }
            projection = asked
        } else {
            projection = nil
        }
        isReversed = try Self.order(select, &plan, schema)
        self.plan = plan
    }

    /// Puts the partitions of the plan into the order that the statement asks for.
    /// - Returns: whether each partition is read backwards.
    private static func order(
        _ select: Statement.Select, _ plan: inout KeyPlan, _ schema: KeySchema
    ) throws(DynamoDBFault) -> Bool {
        guard let first = select.order.first else { return false }
        guard select.condition != nil else {
            throw .validation("Must have WHERE clause in the statement when using ORDER BY clause.")
        }
        guard let partitions = plan.partitions else {
            throw .validation(
                "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
        }
        for order in select.order where !schema.names.contains(order.attribute) {
            throw .validation("Variable reference \(order.attribute) in ORDER BY clause must be part of the primary key")
        }
        if partitions.count > 1 {
            guard first.attribute == schema.partition else {
                throw .validation("Tarn orders items of several partitions by their partition key first.")
            }
            plan.partitions = partitions.sorted { left, right in
                (first.isDescending ? right.isLess(than: left) : left.isLess(than: right)) ?? false
            }
        }
        return select.order.last { $0.attribute == schema.sort }?.isDescending ?? false
    }

    /// Whether it reads the whole table or index: the condition key `dynamodb:FullTableScan`.
    var isFullScan: Bool { plan.partitions == nil }

    /// The key of the one item that it asks for.
    var key: Attributes? { index == nil ? plan.key(table.schema) : nil }
    /// What it asks of that item beside its key.
    var rest: Condition? { plan.rest }
    var fields: Projection? { projection }

    /// Reads on until the page is full.
    /// - Returns: the page, and where it stopped, if there may be more.
    func page(
        after resume: StatementPlace?, limit: Int?, in snapshot: any Snapshot
    ) throws -> (PageReader.Page, (stretch: Int, key: Attributes?)?) {
        var whole = PageReader.Page()
        let count = plan.partitions?.count ?? 1
        var (stretch, start) = (resume?.stretch ?? 0, resume?.key)
        let last = stretch + KeyPlan.Limit.pagePartitions
        while stretch < count {
            let left = limit.map { $0 - whole.scanned }
            if left == 0 || stretch == last || whole.bytes >= PageReader.Limit.bytes { return (whole, (stretch, nil)) }
            let reader = PageReader(
                table: table, index: index, filter: plan.rest, projection: projection,
                select: projection != nil ? .specific : index == nil ? .all : .projected, limit: left, startKey: start,
                isReversed: isReversed, isConsistent: isConsistent)
            var (begin, end) = (reader.rows, reader.rows.rangeEnd)
            if let partitions = plan.partitions {
                (begin, end) = KeyCondition(partition: partitions[stretch], sort: plan.sort).range(under: reader.rows)
            }
            let page = try reader.page(from: begin, to: end, in: snapshot)
            whole.items += page.items
            whole.count += page.count
            whole.scanned += page.scanned
            whole.bytes += page.bytes
            whole.fetched += page.fetched
            if let key = page.last { return (whole, (stretch, key)) }
            (stretch, start) = (stretch + 1, nil)
        }
        return (whole, nil)
    }
}

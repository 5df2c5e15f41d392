import Documents
import Kernel
import Store

/// The condition keys that policies cut items and attributes with
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html). They are worked out only
/// for callers who are under policies: not for an account's root.
struct FineGrainedKeys {
    let table: TableRecord
    let expressions: ExpressionCache
    private var leading: [String] = []
    private var attributes: Set<String> = []
    private var others: [String: [String]] = [:]

    init(_ table: TableRecord, _ expressions: ExpressionCache) { (self.table, self.expressions) = (table, expressions) }

    var conditions: [String: [String]] {
        var all = others
        if !leading.isEmpty { all["dynamodb:LeadingKeys"] = leading }
        if !attributes.isEmpty { all["dynamodb:Attributes"] = attributes.sorted() }
        return all
    }

    mutating func set(_ key: String, _ value: String?) { if let value { others["dynamodb:\(key)"] = [value] } }

    /// The keys of one operation on items. What does not parse is left out: the operation itself will refuse it.
    mutating func add(_ operation: String, _ input: Document) {
        switch operation {
        case "GetItem", "ConditionCheckItem", "DeleteItem", "UpdateItem": addKey(input["Key"])
        case "PutItem": addItem(input["Item"])
        case "BatchGetItem": for key in input["Keys"]?.list ?? [] { addKey(key) }
        case "BatchWriteItem":
            for request in input.list ?? [] {
                addItem(request["PutRequest"]?["Item"])
                addKey(request["DeleteRequest"]?["Key"])
            }
        case "Query": addKeyCondition(input)
        default: break
        }
        addExpressions(input)
        set("ReturnConsumedCapacity", input["ReturnConsumedCapacity"]?.string)
        switch operation {
        case "PutItem", "UpdateItem", "DeleteItem": set("ReturnValues", input["ReturnValues"]?.string ?? "NONE")
        case "GetItem", "BatchGetItem", "Query", "Scan":
            let isCut = input["ProjectionExpression"] != nil || input["AttributesToGet"] != nil
            let usual = input["IndexName"] == nil ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES"
            set("Select", input["Select"]?.string ?? (isCut ? "SPECIFIC_ATTRIBUTES" : usual))
        default: break
        }
    }

    /// The keys of a PartiQL statement.
    mutating func add(_ statement: Statement) {
        let condition: Condition?
        var schema = table.schema
        switch statement {
        case .insert(let insert):
            attributes.formUnion(insert.item.keys)
            if let value = insert.item[table.schema.partition] { addLeading(value) }
            return
        case .change(let change):
            condition = change.condition
            attributes.formUnion(change.update?.paths.map(\.root) ?? [])
            set("ReturnValues", change.returned.rawValue)
        case .select(let select), .exists(let select):
            condition = select.condition
            attributes.formUnion(select.projection?.map(\.root) ?? [])
            set("Select", select.projection == nil ? "ALL_ATTRIBUTES" : "SPECIFIC_ATTRIBUTES")
            if let name = select.index, let index = table.indexes.first(where: { $0.name == name }) { schema = index.schema }
        }
        condition?.collectRoots(into: &attributes)
        let plan = KeyPlan(condition, schema) { table.type(of: $0) }
        addLeading(condition, schema)
        if statement.isRead { set("FullTableScan", plan.partitions == nil ? "true" : "false") }
    }

    /// Where a key has several attributes, the first one leads.
    private mutating func addLeading(_ condition: Condition?, _ schema: KeySchema) {
        let first = KeySchema(partition: schema.partition, sort: nil)
        for value in KeyPlan(condition, first, type: { table.type(of: $0) }).partitions ?? [] { addLeading(value) }
    }

    private mutating func addLeading(_ value: AttributeValue) {
        let text: String? =
            switch value {
            case .string(let text): text
            case .number(let number): number.text
            case .binary(let bytes): Base64.string(bytes)
            default: nil
            }
        if let text, !leading.contains(text) { leading.append(text) }
    }

    private mutating func addKey(_ key: Document?) {
        guard let members = key?.members else { return }
        attributes.formUnion(members.keys)
        if let value = members[table.schema.partition], let value = try? AttributeValue(value) { addLeading(value) }
    }

    private mutating func addItem(_ item: Document?) { addKey(item) }

    private mutating func addKeyCondition(_ input: Document) {
        let schema = table.indexes.first { $0.name == input["IndexName"]?.string }?.schema ?? table.schema
        let condition: Condition?
        if let text = input["KeyConditionExpression"]?.string {
            var placeholders = try? Placeholders(input, expressions: [("KeyConditionExpression", true)])
            let parsed = try? expressions.condition(text, .keyCondition)
            condition = parsed.flatMap { try? placeholders?.bind($0, .keyCondition) }
        } else {
            condition = try? LegacyParameters.keyConditions(input)
        }
        guard let condition else { return }
        condition.collectRoots(into: &attributes)
        addLeading(condition, schema)
    }

    private mutating func addExpressions(_ input: Document) {
        for name in ["AttributeUpdates", "Expected", "ScanFilter", "QueryFilter"] {
            attributes.formUnion(input[name]?.members?.keys ?? [])
        }
        attributes.formUnion((input["AttributesToGet"]?.list ?? []).compactMap(\.string))
        guard var placeholders = try? Placeholders(input, expressions: [("", true)]) else { return }
        if let text = input["ProjectionExpression"]?.string, let paths = try? expressions.projection(text),
            let bound = try? placeholders.bind(paths, .projection)
        {
            attributes.formUnion(bound.map(\.root))
        }
        if let text = input["UpdateExpression"]?.string, let update = try? expressions.update(text),
            let bound = try? placeholders.bind(update)
        {
            attributes.formUnion(bound.paths.map(\.root))
            for assignment in bound.set { assignment.value.collectRoots(into: &attributes) }
        }
        for kind in [ExpressionKind.condition, .filter] {
            guard let text = input[kind.rawValue]?.string, let condition = try? expressions.condition(text, kind),
                let bound = try? placeholders.bind(condition, kind)
            else { continue }
            bound.collectRoots(into: &attributes)
        }
    }
}

extension Condition {
    /// The top-level attributes that it looks at.
    func collectRoots(into roots: inout Set<String>) {
        switch self {
        case .and(let left, let right), .or(let left, let right):
            left.collectRoots(into: &roots)
            right.collectRoots(into: &roots)
        case .not(let inner): inner.collectRoots(into: &roots)
        case .compare(_, let left, let right): for operand in [left, right] { operand.collectRoots(into: &roots) }
        case .between(let operand, let lower, let upper):
            for each in [operand, lower, upper] { each.collectRoots(into: &roots) }
        case .isIn(let operand, let others): for each in [operand] + others { each.collectRoots(into: &roots) }
        case .function(_, let operands): for each in operands { each.collectRoots(into: &roots) }
        }
    }
}

extension Operand {
    func collectRoots(into roots: inout Set<String>) {
        switch self {
        case .path(let path): roots.insert(path.root)
        case .value, .literal: break
        case .size(let inner): inner.collectRoots(into: &roots)
        case .ifNotExists(let path, let other):
            roots.insert(path.root)
            other.collectRoots(into: &roots)
        case .listAppend(let left, let right), .plus(let left, let right), .minus(let left, let right):
            left.collectRoots(into: &roots)
            right.collectRoots(into: &roots)
        }
    }
}

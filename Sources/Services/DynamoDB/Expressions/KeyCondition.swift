/// What a bound `KeyConditionExpression` asks of a partition: an equal partition key, and at most one condition on the sort
/// key. Where the sort key has several attributes, those before the condition's are equal to something.
struct KeyCondition: Sendable {
    enum Sort: Sendable {
        case compare(Comparator, AttributeValue)
        case between(AttributeValue, AttributeValue)
        case beginsWith(AttributeValue)

        fileprivate var operands: [AttributeValue] {
            switch self {
            case .compare(_, let value), .beginsWith(let value): [value]
            case .between(let low, let high): [low, high]
            }
        }
    }
    var partition: AttributeValue
    var sort: Sort?
    /// Of a key with several attributes: the other parts of the partition key, and what the sort key begins with.
    var morePartition: [AttributeValue] = []
    var leading: [AttributeValue] = []

    private static let kind = ExpressionKind.keyCondition

    init(partition: AttributeValue, sort: Sort?) { (self.partition, self.sort) = (partition, sort) }

    /// - Parameter type: the types of key attributes.
    init(_ condition: Condition, _ schema: KeySchema, type: (String) -> AttributeType) throws(DynamoDBFault) {
        var parts: [(name: String, condition: Sort)] = []
        try Self.collect(condition, &parts)
        for (index, part) in parts.enumerated() where parts[..<index].contains(where: { $0.name == part.name }) {
            throw .validation("KeyConditionExpressions must only contain one condition per key")
        }
        var values: [AttributeValue] = []
        for name in schema.partitions {
            guard let part = parts.first(where: { $0.name == name }) else {
                throw .validation("Query condition missed key schema element: \(name)")
            }
            guard case .compare(.equal, let value) = part.condition else {
                throw .validation("Query key condition not supported")
            }
            values.append(value)
        }
        let others = parts.filter { !schema.partitions.contains($0.name) }
        if others.contains(where: { !schema.sorts.contains($0.name) }) {
            if let sort = schema.sort, others.count == 1 {
                throw .validation("Query condition missed key schema element: \(sort)")
            }
            throw .validation("Query key condition not supported")
        }
        for part in parts {
            for operand in part.condition.operands {
                guard operand.type == type(part.name) else {
                    throw .validation(
                        "One or more parameter values were invalid: Condition parameter type does not match schema type")
                }
                if operand.size == 0, schema.partitions.contains(part.name) {
                    throw .validation(
                        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty \(operand.type == .binary ? "binary" : "string") value. Key: \(part.name)"
                    )
                }
            }
        }
        partition = values[0]
        morePartition = Array(values.dropFirst())
        (leading, sort) = try Self.split(others, schema)
        if case .compare(.notEqual, _)? = sort { throw .validation("Query key condition not supported") }
        if case .beginsWith(.number)? = sort { throw .validation("Query key condition not supported") }
    }

    /// The conditions on sort attributes, which come from the left without a gap: all but the last are equalities.
    private static func split(
        _ parts: [(name: String, condition: Sort)], _ schema: KeySchema
    ) throws(DynamoDBFault) -> ([AttributeValue], Sort?) {
        guard parts.count > 1 else {
            if let part = parts.first, part.name != schema.sort {
                throw .validation("Query condition missed key schema element: \(schema.sort ?? "")")
            }
            return ([], parts.first?.condition)
        }
        var leading: [AttributeValue] = []
        for name in schema.sorts.prefix(parts.count - 1) {
            guard let part = parts.first(where: { $0.name == name }) else {
                throw .validation("Query condition missed key schema element: \(name)")
            }
            guard case .compare(.equal, let value) = part.condition else {
                throw .validation("Query key condition not supported")
            }
            leading.append(value)
        }
        let last = schema.sorts[parts.count - 1]
        guard let part = parts.first(where: { $0.name == last }) else {
            throw .validation("Query condition missed key schema element: \(last)")
        }
        return (leading, part.condition)
    }

    private static func collect(_ condition: Condition, _ parts: inout [(name: String, condition: Sort)]) throws(DynamoDBFault) {
        switch condition {
        case .and(let left, let right):
            try collect(left, &parts)
            try collect(right, &parts)
        case .or: throw kind.fault("Invalid operator used in KeyConditionExpression: OR")
        case .not: throw kind.fault("Invalid operator used in KeyConditionExpression: NOT")
        case .isIn: throw kind.fault("Invalid operator used in KeyConditionExpression: IN")
        case .compare(let comparator, let left, let right):
            if comparator == .notEqual { throw kind.fault("Invalid operator used in KeyConditionExpression: <>") }
            switch (left, right) {
            case (.path(let path), .literal(let value)): parts.append((try name(path), .compare(comparator, value)))
            case (.literal(let value), .path(let path)): parts.append((try name(path), .compare(comparator.turned, value)))
            default: throw misuse(left, right)
            }
        case .between(let operand, let lower, let upper):
            guard case .path(let path) = operand, case .literal(let low) = lower, case .literal(let high) = upper else {
                throw misuse(operand, lower, upper)
            }
            parts.append((try name(path), .between(low, high)))
        case .function(.beginsWith, let operands):
            guard case .path(let path) = operands[0], case .literal(let value) = operands[1] else {
                throw misuse(operands[0], operands[1])
            }
            parts.append((try name(path), .beginsWith(value)))
        case .function(let function, _):
            throw kind.fault("Invalid operator used in KeyConditionExpression: \(function.rawValue)")
        }
    }

    private static func name(_ path: Path) throws(DynamoDBFault) -> String {
        guard path.steps.count == 1 else {
            throw kind.fault("KeyConditionExpressions cannot have conditions on nested attributes")
        }
        return path.root
    }

    private static func misuse(_ operands: Operand...) -> DynamoDBFault {
        if operands.contains(where: { if case .size = $0 { true } else { false } }) {
            return kind.fault("KeyConditionExpressions cannot contain nested operations")
        }
        let values = operands.filter { if case .literal = $0 { true } else { false } }
        return values.count == operands.count
            ? kind.fault("No key attribute specified in condition")
            : kind.fault("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
    }
}

extension Comparator {
    /// The same comparison with its sides exchanged.
    fileprivate var turned: Comparator {
        switch self {
        case .equal, .notEqual: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}

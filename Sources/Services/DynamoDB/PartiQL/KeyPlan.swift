import Documents
import Store

/// What a PartiQL condition says about a table's or index's key: which partitions, which part of them, and what is left
/// to filter.
struct KeyPlan: Sendable {
    /// nil reads everything.
    var partitions: [AttributeValue]?
    var sort: KeyCondition.Sort?
    var rest: Condition?

    enum Limit {
        /// Partition keys in an `IN` list
        /// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html).
        static let partitions = 50
        /// Of several partitions, those that one page reads.
        static let pagePartitions = 10
    }

    /// - Throws: a fault for more partition keys than an `IN` list may have.
    static func checkLists(_ condition: Condition?, _ schema: KeySchema) throws(DynamoDBFault) {
        guard let condition else { return }
        for case .isIn(let operand, let others) in parts(condition)
        where others.count > Limit.partitions && isAttribute(operand, schema.partition) {
            throw .validation("Too many partition key values in the IN list: \(others.count)")
        }
    }

    init(_ condition: Condition?, _ schema: KeySchema, type: (String) -> AttributeType) {
        guard let condition else { return }
        // Keys of several attributes are found by filtering.
        guard schema.isSimple else {
            rest = condition
            return
        }
        var parts = Self.parts(condition)
        let partitionType = type(schema.partition)
        for (place, part) in parts.enumerated() {
            guard let values = Self.alternatives(part, schema.partition), values.allSatisfy({ $0.type == partitionType }) else {
                continue
            }
            partitions = values
            parts.remove(at: place)
            break
        }
        if partitions != nil, let name = schema.sort {
            for (place, part) in parts.enumerated() {
                guard let sort = Self.sort(part, name, type(name)) else { continue }
                self.sort = sort
                parts.remove(at: place)
                break
            }
        }
        rest = LegacyParameters.join(parts, isAny: false)
    }

    /// The key of the one item that it names; nil if it does not name one.
    func key(_ schema: KeySchema) -> Attributes? {
        guard let partitions, partitions.count == 1, let partition = partitions.first else { return nil }
        guard let name = schema.sort else { return [schema.partition: partition] }
        guard case .compare(.equal, let value)? = sort else { return nil }
        return [schema.partition: partition, name: value]
    }

    private static func parts(_ condition: Condition) -> [Condition] {
        if case .and(let left, let right) = condition { parts(left) + parts(right) } else { [condition] }
    }

    /// The values of which the attribute must be one, for `a = x`, `a IN [x, y]` and `a = x OR a = y`.
    private static func alternatives(_ condition: Condition, _ name: String) -> [AttributeValue]? {
        switch condition {
        case .compare(.equal, let left, let right):
            if isAttribute(left, name), case .literal(let value) = right { return [value] }
            if isAttribute(right, name), case .literal(let value) = left { return [value] }
            return nil
        case .isIn(let operand, let others):
            guard isAttribute(operand, name) else { return nil }
            var values: [AttributeValue] = []
            for case .literal(let value) in others where !values.contains(value) { values.append(value) }
            return values.isEmpty || others.contains(where: { if case .literal = $0 { false } else { true } }) ? nil : values
        case .or(let left, let right):
            guard let first = alternatives(left, name), let second = alternatives(right, name) else { return nil }
            return first + second.filter { !first.contains($0) }
        default: return nil
        }
    }

    private static func isAttribute(_ operand: Operand, _ name: String) -> Bool {
        if case .path(let path) = operand { path.steps == [.attribute(name)] } else { false }
    }

    private static func sort(_ condition: Condition, _ name: String, _ type: AttributeType) -> KeyCondition.Sort? {
        switch condition {
        case .compare(let comparator, let left, .literal(let value)) where comparator != .notEqual:
            guard isAttribute(left, name), value.type == type else { return nil }
            return .compare(comparator, value)
        case .between(let operand, .literal(let low), .literal(let high)):
            guard isAttribute(operand, name), low.type == type, high.type == type else { return nil }
            return .between(low, high)
        case .function(.beginsWith, let operands):
            guard operands.count == 2, isAttribute(operands[0], name), case .literal(let value) = operands[1],
                value.type == type, type != .number
            else { return nil }
            return .beginsWith(value)
        default: return nil
        }
    }
}

import Documents

/// `ExpressionAttributeNames` and `ExpressionAttributeValues` of one request: fills them in, and knows in the end which
/// were never asked for.
struct Placeholders {
    enum Limit {
        /// Bytes of a placeholder
        /// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
        static let key = 255
    }
    private let names: [String: String]
    private let values: [String: AttributeValue]
    private var unusedNames: Set<String>
    private var unusedValues: Set<String>

    /// - Parameters:
    ///   - isPart: it is one of a transaction's parts, in which AWS lets placeholders stand without an expression.
    ///   - expressions: the parameters that may hold expressions here, with what the request gave for them.
    /// - Throws: AWS's faults for placeholders without an expression, empty maps, malformed names and values.
    init(
        _ input: Document, isPart: Bool = false, expressions: [(name: String, isGiven: Bool)]
    ) throws(DynamoDBFault) {
        var (names, values): ([String: String], [String: AttributeValue]) = ([:], [:])
        let hasExpression = expressions.contains { $0.isGiven }
        let isIdle = isPart && !hasExpression
        if !isIdle, let given = input["ExpressionAttributeNames"]?.members {
            guard hasExpression else {
                throw .validation("ExpressionAttributeNames can only be specified when using expressions")
            }
            guard !given.isEmpty else { throw .validation("ExpressionAttributeNames must not be empty") }
            for (key, name) in given {
                guard Self.isWellFormed(key, "#") else {
                    throw .validation("ExpressionAttributeNames contains invalid key: Syntax error; key: \"\(key)\"")
                }
                guard let name = name.string, !name.isEmpty else {
                    throw .validation(
                        "ExpressionAttributeNames contains invalid value: The expression attribute name can not be empty; key: \(key)"
                    )
                }
                try AttributeName.check(name)
                names[key] = name
            }
        }
        if !isIdle, let given = input["ExpressionAttributeValues"]?.members {
            guard hasExpression else { throw Self.valuesWithoutExpression(expressions.map(\.name)) }
            guard !given.isEmpty else { throw .validation("ExpressionAttributeValues must not be empty") }
            for (key, value) in given {
                guard Self.isWellFormed(key, ":") else {
                    throw .validation("ExpressionAttributeValues contains invalid key: Syntax error; key: \"\(key)\"")
                }
                do {
                    values[key] = try AttributeValue(value)
                } catch {
                    throw .validation("ExpressionAttributeValues contains invalid value: \(error.message) for key \(key)")
                }
            }
        }
        (self.names, self.values) = (names, values)
        (unusedNames, unusedValues) = (Set(names.keys), Set(values.keys))
    }

    private static func isWellFormed(_ key: String, _ mark: Character) -> Bool {
        key.first == mark && (2...Limit.key).contains(key.utf8.count)
            && key.utf8.dropFirst().allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
            }
    }

    private static func valuesWithoutExpression(_ all: [String]) -> DynamoDBFault {
        // A projection has no values.
        let names = all.filter { $0 != "ProjectionExpression" }
        let verb = names.count > 1 ? "are" : "is"
        return .validation(
            "ExpressionAttributeValues can only be specified when using expressions: \(names.joined(separator: " and ")) \(verb) null"
        )
    }

    /// Call after every expression is bound.
    func checkAllUsed() throws(DynamoDBFault) {
        if !unusedNames.isEmpty {
            throw .validation(
                "Value provided in ExpressionAttributeNames unused in expressions: keys: {\(unusedNames.sorted().joined(separator: ", "))}"
            )
        }
        if !unusedValues.isEmpty {
            throw .validation(
                "Value provided in ExpressionAttributeValues unused in expressions: keys: {\(unusedValues.sorted().joined(separator: ", "))}"
            )
        }
    }

    mutating func bind(_ path: Path, _ kind: ExpressionKind) throws(DynamoDBFault) -> Path {
        var bound = path
        for (index, step) in path.steps.enumerated() {
            guard case .placeholder(let key) = step else { continue }
            guard let name = names[key] else {
                throw kind.fault("An expression attribute name used in the document path is not defined; attribute name: \(key)")
            }
            unusedNames.remove(key)
            bound.steps[index] = .attribute(name)
        }
        return bound
    }

    mutating func bind(_ paths: [Path], _ kind: ExpressionKind) throws(DynamoDBFault) -> [Path] {
        var bound: [Path] = []
        for path in paths { bound.append(try bind(path, kind)) }
        return bound
    }

    mutating func bind(_ operand: Operand, _ kind: ExpressionKind) throws(DynamoDBFault) -> Operand {
        switch operand {
        case .path(let path): return .path(try bind(path, kind))
        case .value(let key):
            guard let value = values[key] else {
                throw kind.fault("An expression attribute value used in expression is not defined; attribute value: \(key)")
            }
            unusedValues.remove(key)
            return .literal(value)
        case .literal: return operand
        case .size(let inner): return .size(try bind(inner, kind))
        case .ifNotExists(let path, let other): return .ifNotExists(try bind(path, kind), try bind(other, kind))
        case .listAppend(let left, let right): return .listAppend(try bind(left, kind), try bind(right, kind))
        case .plus(let left, let right): return .plus(try bind(left, kind), try bind(right, kind))
        case .minus(let left, let right): return .minus(try bind(left, kind), try bind(right, kind))
        }
    }

    private mutating func bind(_ operands: [Operand], _ kind: ExpressionKind) throws(DynamoDBFault) -> [Operand] {
        var bound: [Operand] = []
        for operand in operands { bound.append(try bind(operand, kind)) }
        return bound
    }

    mutating func bind(_ condition: Condition, _ kind: ExpressionKind) throws(DynamoDBFault) -> Condition {
        switch condition {
        case .and(let left, let right): return .and(try bind(left, kind), try bind(right, kind))
        case .or(let left, let right): return .or(try bind(left, kind), try bind(right, kind))
        case .not(let inner): return .not(try bind(inner, kind))
        case .compare(let comparator, let left, let right):
            return .compare(comparator, try bind(left, kind), try bind(right, kind))
        case .between(let operand, let lower, let upper):
            return .between(try bind(operand, kind), try bind(lower, kind), try bind(upper, kind))
        case .isIn(let operand, let others): return .isIn(try bind(operand, kind), try bind(others, kind))
        case .function(let function, let operands): return .function(function, try bind(operands, kind))
        }
    }

    mutating func bind(_ update: Update) throws(DynamoDBFault) -> Update {
        var bound = Update()
        bound.set = try bind(update.set)
        bound.remove = try bind(update.remove, .update)
        bound.add = try bind(update.add)
        bound.delete = try bind(update.delete)
        return bound
    }

    private mutating func bind(_ assignments: [Update.Assignment]) throws(DynamoDBFault) -> [Update.Assignment] {
        var bound: [Update.Assignment] = []
        for assignment in assignments {
            bound.append(Update.Assignment(path: try bind(assignment.path, .update), value: try bind(assignment.value, .update)))
        }
        return bound
    }
}

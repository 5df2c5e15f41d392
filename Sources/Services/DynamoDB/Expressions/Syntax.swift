/// A document path, `#a.b[3]`. After binding, it has no placeholders.
struct Path: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case attribute(String)
        /// `#name`
        case placeholder(String)
        case element(Int)
    }
    var steps: [Step]

    /// The top-level attribute; empty before binding if that is a placeholder.
    var root: String { if case .attribute(let name)? = steps.first { name } else { "" } }

    /// As messages show it, `[a, b, [3]]`.
    var inMessage: String {
        let names = steps.map { step in
            switch step {
            case .attribute(let name), .placeholder(let name): name
            case .element(let index): "[\(index)]"
            }
        }
        return "[\(names.joined(separator: ", "))]"
    }
}

/// What a condition compares or an update assigns. After binding, it has no placeholders.
indirect enum Operand: Sendable, Equatable {
    case path(Path)
    /// `:value`
    case value(String)
    case literal(AttributeValue)
    case size(Operand)
    case ifNotExists(Path, Operand)
    case listAppend(Operand, Operand)
    case plus(Operand, Operand)
    case minus(Operand, Operand)
}

enum Comparator: String, Sendable {
    case equal = "=", notEqual = "<>", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
}

enum ConditionFunction: String, Sendable, CaseIterable {
    case attributeExists = "attribute_exists"
    case attributeNotExists = "attribute_not_exists"
    case attributeType = "attribute_type"
    case beginsWith = "begins_with"
    case contains

    var operandCount: Int { self == .attributeExists || self == .attributeNotExists ? 1 : 2 }
}

/// A condition, filter or key condition.
indirect enum Condition: Sendable, Equatable {
    case and(Condition, Condition)
    case or(Condition, Condition)
    case not(Condition)
    case compare(Comparator, Operand, Operand)
    case between(Operand, Operand, Operand)
    case isIn(Operand, [Operand])
    case function(ConditionFunction, [Operand])
}

/// The clauses of an update expression.
struct Update: Sendable, Equatable {
    struct Assignment: Sendable, Equatable {
        var path: Path
        var value: Operand
    }
    var set: [Assignment] = []
    var remove: [Path] = []
    var add: [Assignment] = []
    var delete: [Assignment] = []

    /// Whether it takes away and does nothing else: then it makes no item where there is none, as AttributeValueUpdate says of
    /// DELETE. An update of nothing makes one.
    var onlyRemoves: Bool { self.set.isEmpty && add.isEmpty && !(remove.isEmpty && delete.isEmpty) }

    var paths: [Path] { self.set.map(\.path) + remove + add.map(\.path) + delete.map(\.path) }
}

/// The parameter that an expression came in: messages begin with it.
enum ExpressionKind: String, Sendable {
    case condition = "ConditionExpression"
    case filter = "FilterExpression"
    case keyCondition = "KeyConditionExpression"
    case projection = "ProjectionExpression"
    case update = "UpdateExpression"

    func fault(_ message: String) -> DynamoDBFault { .validation("Invalid \(rawValue): \(message)") }
}

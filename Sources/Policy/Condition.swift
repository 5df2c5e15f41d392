import Documents

/// One operator on one key with its values. Conditions of a statement must all hold; of one key's values any may.
final class Condition: Sendable {
    let operation: ConditionOperator
    /// The operator as the policy writes it, for explanations.
    let name: String
    /// In lower case.
    let key: String
    let operands: [ConditionOperand]
    /// All that the condition says, as text: two of one identity hold for the same requests.
    let identity: String

    init(operation: ConditionOperator, name: String, key: String, operands: [ConditionOperand], identity: String) {
        (self.operation, self.name, self.key, self.operands) = (operation, name, key, operands)
        self.identity = identity
    }

    func holds(_ request: PreparedRequest) -> Bool {
        if operation.comparison == .null { return nullHolds(request.context.values(lowercased: key) == nil) }
        guard let values = request.inputs.values(key, operation.comparison, request.context) else { return withoutKey }
        switch operation.quantifier {
        case .all: return values.allSatisfy { accepts($0, request.context) != operation.isNegated }
        case .any: return values.contains { accepts($0, request.context) != operation.isNegated }
        // Several values without a set operator: matched if any is, and so "not matched" only if none is.
        case .none: return values.contains { accepts($0, request.context) } != operation.isNegated
        }
    }

    /// What a condition is worth when the request lacks its key: false, save that negated operators, IfExists and
    /// ForAllValues are true, and ForAnyValue is false even when negated.
    private var withoutKey: Bool {
        if operation.ifExists { return true }
        switch operation.quantifier {
        case .all: return true
        case .any: return false
        case .none: return operation.isNegated
        }
    }

    private func nullHolds(_ isMissing: Bool) -> Bool {
        operands.contains { if case .bool(let wanted) = $0 { wanted == isMissing } else { false } }
    }

    private func accepts(_ input: ConditionInput, _ context: ConditionContext) -> Bool {
        for operand in operands where operand.accepts(input, operation.comparison, context) { return true }
        return false
    }

    /// Reads a Condition element.
    /// - Throws: ``MalformedPolicy``.
    static func parse(_ document: Document, variables: Bool, _ pool: ConditionPool) throws(MalformedPolicy) -> [Condition] {
        guard let operators = document.members else { throw .syntax(element: "Condition") }
        var conditions: [Condition] = []
        for (name, block) in operators {
            guard let operation = ConditionOperator(name) else { throw .unknownOperator(name) }
            guard let keys = block.members else { throw .syntax(element: "Condition.\(name)") }
            // Names are not case-sensitive, so one block could name a key twice.
            var seen: Set<String> = []
            for (key, value) in keys {
                let lower = key.lowercased()
                guard key.contains(":"), !key.hasPrefix(":"), !key.hasSuffix(":") else { throw .invalidConditionKey(key) }
                guard seen.insert(lower).inserted else { throw .syntax(element: "Condition.\(name).\(key)") }
                // What a `$` in a value means depends on the policy's version.
                let identity = "\(variables ? 1 : 0) \(name) \(lower) \(JSON.text(value))"
                if let known = pool.known[identity] {
                    conditions.append(known)
                    continue
                }
                let operands = try operands(value, name, operation, variables: variables)
                let condition = Condition(
                    operation: operation, name: name, key: lower, operands: operands, identity: identity)
                pool.known[identity] = condition
                conditions.append(condition)
            }
        }
        return conditions
    }

    private static func operands(
        _ document: Document, _ name: String, _ operation: ConditionOperator, variables: Bool
    ) throws(MalformedPolicy) -> [ConditionOperand] {
        let values: [Document]
        if case .list(let list) = document { values = list } else { values = [document] }
        guard values.count <= PolicyLimit.valuesMax else { throw .tooManyValues(element: name) }
        var operands: [ConditionOperand] = []
        for value in values {
            let text: String
            switch value {
            case .string(let string): text = string
            case .bool(let bool): text = bool ? "true" : "false"
            case .integer(let integer): text = String(integer)
            case .double(let double): text = String(double)
            default: throw .syntax(element: "Condition.\(name)")
            }
            guard let operand = ConditionOperand(text, operation.comparison, variables: variables) else {
                throw .invalidConditionValue(operation: name, value: text)
            }
            operands.append(operand)
        }
        return operands
    }
}

/// The conditions of one policy, so that statements which say the same share one and it is decided once.
final class ConditionPool {
    var known: [String: Condition] = [:]
}

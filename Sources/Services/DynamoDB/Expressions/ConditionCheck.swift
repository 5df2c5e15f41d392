extension Condition {
    /// Holds a bound condition to the rules that need no item: operand types, bounds in order, distinct operands.
    func check(_ kind: ExpressionKind) throws(DynamoDBFault) {
        switch self {
        case .and(let left, let right), .or(let left, let right):
            try left.check(kind)
            try right.check(kind)
        case .not(let inner): try inner.check(kind)
        case .compare(let comparator, let left, let right):
            try left.check(kind)
            try right.check(kind)
            if comparator != .equal, comparator != .notEqual {
                for operand in [left, right] { try operand.requireType(comparator.rawValue, kind) { $0.isOrdered } }
            }
            try Self.requireDistinct(left, [right], comparator.rawValue, kind)
        case .between(let operand, let lower, let upper):
            for each in [operand, lower, upper] {
                try each.check(kind)
                try each.requireType("BETWEEN", kind) { $0.isOrdered }
            }
            if case .literal(let low) = lower, case .literal(let high) = upper {
                guard let isAbove = high.isLess(than: low) else {
                    throw kind.fault(
                        "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: \(low.inMessage), upper bound operand: AttributeValue: \(high.inMessage)"
                    )
                }
                if isAbove {
                    throw kind.fault(
                        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: \(low.inMessage), upper bound operand: AttributeValue: \(high.inMessage)"
                    )
                }
            }
        case .isIn(let operand, let others):
            try operand.check(kind)
            for other in others { try other.check(kind) }
        case .function(let function, let operands):
            for operand in operands { try operand.check(kind) }
            try Self.check(function, operands, kind)
        }
    }

    private static func check(
        _ function: ConditionFunction, _ operands: [Operand], _ kind: ExpressionKind
    ) throws(DynamoDBFault) {
        switch function {
        case .attributeExists, .attributeNotExists: break
        case .attributeType:
            try operands[1].requireType(function.rawValue, kind) { $0 == .string }
            guard case .literal(.string(let name)) = operands[1] else {
                throw kind.fault(
                    "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
                )
            }
            guard AttributeType(rawValue: name) != nil else {
                throw kind.fault("Invalid attribute type name found; type: \(name), valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}")
            }
        case .beginsWith:
            for operand in operands { try operand.requireType(function.rawValue, kind) { $0 == .string || $0 == .binary } }
            try requireDistinct(operands[0], [operands[1]], function.rawValue, kind)
        case .contains: try requireDistinct(operands[0], [operands[1]], function.rawValue, kind)
        }
    }

    private static func requireDistinct(
        _ first: Operand, _ others: [Operand], _ name: String, _ kind: ExpressionKind
    ) throws(DynamoDBFault) {
        guard case .path(let path) = first, others.contains(first) else { return }
        throw kind.fault(
            "The first operand must be distinct from the remaining operands for this operator or function; operator: \(name), first operand: \(path.inMessage)"
        )
    }
}

extension Operand {
    fileprivate func check(_ kind: ExpressionKind) throws(DynamoDBFault) {
        guard case .size(let inner) = self else { return }
        try inner.check(kind)
        if case .size = inner {
            throw kind.fault("The function is not allowed to be used this way in an expression; function: size")
        }
        try inner.requireType("size", kind) { $0 != .number && $0 != .bool && $0 != .null }
    }

    /// A literal operand must be of a type that the operator knows; a path's type shows only at the item.
    fileprivate func requireType(
        _ name: String, _ kind: ExpressionKind, _ isAllowed: (AttributeType) -> Bool
    ) throws(DynamoDBFault) {
        let type: AttributeType
        switch self {
        case .literal(let value): type = value.type
        case .size: type = .number
        default: return
        }
        guard isAllowed(type) else {
            throw kind.fault(
                "Incorrect operand type for operator or function; operator or function: \(name), operand type: \(type.rawValue)")
        }
    }
}

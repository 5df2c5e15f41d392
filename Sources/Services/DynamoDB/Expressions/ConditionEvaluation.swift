import Documents

extension Condition {
    /// Whether the bound condition holds for `item` (an item that does not exist has no attributes).
    func holds(for item: Attributes) -> Bool {
        switch self {
        case .and(let left, let right): left.holds(for: item) && right.holds(for: item)
        case .or(let left, let right): left.holds(for: item) || right.holds(for: item)
        case .not(let inner): !inner.holds(for: item)
        case .compare(let comparator, let left, let right): Self.compare(comparator, left.value(in: item), right.value(in: item))
        case .between(let operand, let lower, let upper):
            Self.compare(.greaterOrEqual, operand.value(in: item), lower.value(in: item))
                && Self.compare(.lessOrEqual, operand.value(in: item), upper.value(in: item))
        case .isIn(let operand, let others):
            operand.value(in: item).map { value in others.contains { $0.value(in: item) == value } } ?? false
        case .function(let function, let operands): Self.call(function, operands, item)
        }
    }

    private static func compare(_ comparator: Comparator, _ left: AttributeValue?, _ right: AttributeValue?) -> Bool {
        guard let left, let right else { return comparator == .notEqual && (left != nil || right != nil) }
        switch comparator {
        case .equal: return left == right
        case .notEqual: return left != right
        case .less: return left.isLess(than: right) ?? false
        case .greater: return right.isLess(than: left) ?? false
        case .lessOrEqual: return right.isLess(than: left).map { !$0 } ?? false
        case .greaterOrEqual: return left.isLess(than: right).map { !$0 } ?? false
        }
    }

    private static func call(_ function: ConditionFunction, _ operands: [Operand], _ item: Attributes) -> Bool {
        let first = operands[0].value(in: item)
        switch function {
        case .attributeExists: return first != nil
        case .attributeNotExists: return first == nil
        case .attributeType:
            guard let first, case .string(let name)? = operands[1].value(in: item) else { return false }
            return first.type.rawValue == name
        case .beginsWith:
            switch (first, operands[1].value(in: item)) {
            case (.string(let text)?, .string(let prefix)?): return text.utf8.starts(with: prefix.utf8)
            case (.binary(let bytes)?, .binary(let prefix)?): return bytes.starts(with: prefix)
            default: return false
            }
        case .contains:
            guard let first, let second = operands[1].value(in: item) else { return false }
            return contains(first, second)
        }
    }

    private static func contains(_ whole: AttributeValue, _ part: AttributeValue) -> Bool {
        switch (whole, part) {
        case (.string(let text), .string(let part)): hasRun(Array(text.utf8), Array(part.utf8))
        case (.binary(let bytes), .binary(let part)): hasRun(bytes, part)
        case (.stringSet(let elements), .string(let element)): elements.contains { $0.utf8.elementsEqual(element.utf8) }
        case (.numberSet(let elements), .number(let element)): elements.contains(element)
        case (.binarySet(let elements), .binary(let element)): elements.contains(element)
        case (.list(let elements), _): elements.contains(part)
        default: false
        }
    }

    /// Knuth-Morris-Pratt: values may be hundreds of kilobytes, and a crafted pair must not take their product.
    private static func hasRun(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard !part.isEmpty else { return true }
        guard part.count <= bytes.count else { return false }
        var fallback = [0]
        var length = 0
        for byte in part.dropFirst() {
            while length > 0, part[length] != byte { length = fallback[length - 1] }
            if part[length] == byte { length += 1 }
            fallback.append(length)
        }
        length = 0
        for byte in bytes {
            while length > 0, part[length] != byte { length = fallback[length - 1] }
            if part[length] == byte { length += 1 }
            if length == part.count { return true }
        }
        return false
    }
}

extension Operand {
    /// The value of a condition's operand; nil where the item has none. Sums are PartiQL's.
    func value(in item: Attributes) -> AttributeValue? {
        switch self {
        case .path(let path): path.value(in: item)
        case .literal(let value): value
        case .size(let inner): inner.value(in: item)?.sizeOperand.map { .number(Number($0)) }
        case .plus(let left, let right): Self.sum(left.value(in: item), right.value(in: item)?.number)
        case .minus(let left, let right): Self.sum(left.value(in: item), right.value(in: item)?.number?.negated)
        case .value, .ifNotExists, .listAppend: nil
        }
    }

    /// nil for what is no number, and beyond a number's digits or range.
    private static func sum(_ left: AttributeValue?, _ right: Number?) -> AttributeValue? {
        guard let left = left?.number, let right, let sum = try? left + right else { return nil }
        return .number(sum)
    }
}

extension AttributeValue {
    fileprivate var number: Number? { if case .number(let number) = self { number } else { nil } }
}

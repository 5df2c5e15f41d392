/// A condition operator taken apart: `ForAnyValue:StringNotLikeIfExists` is any value, string wildcard comparison,
/// negated, true without the key (IAM User Guide, "IAM JSON policy elements: Condition operators").
struct ConditionOperator: Sendable, Equatable {
    enum Comparison: Sendable, Equatable {
        case string, stringIgnoringCase, stringLike
        case numeric(Order), date(Order)
        case bool, binary, ip, arn
        case null
    }
    enum Order: Sendable, Equatable { case equal, less, lessOrEqual, greater, greaterOrEqual }
    /// How several values of one request key are taken together
    /// (IAM User Guide, "Set operators for multivalued context keys").
    enum Quantifier: Sendable, Equatable { case none, all, any }

    var comparison: Comparison
    var isNegated = false
    var ifExists = false
    var quantifier = Quantifier.none

    /// Nil for a name that is not an operator.
    init?(_ name: String) {
        var rest = Substring(name)
        if rest.hasPrefix("ForAllValues:") {
            quantifier = .all
            rest = rest.dropFirst("ForAllValues:".count)
        } else if rest.hasPrefix("ForAnyValue:") {
            quantifier = .any
            rest = rest.dropFirst("ForAnyValue:".count)
        }
        if rest.hasSuffix("IfExists") {
            ifExists = true
            rest = rest.dropLast("IfExists".count)
        }
        guard let (comparison, isNegated) = Self.base(rest) else { return nil }
        // `Null` asks about existence itself; IfExists would contradict it.
        if comparison == .null, ifExists || quantifier != .none { return nil }
        (self.comparison, self.isNegated) = (comparison, isNegated)
    }

    private static func base(_ name: Substring) -> (Comparison, Bool)? {
        switch name {
        case "StringEquals": (.string, false)
        case "StringNotEquals": (.string, true)
        case "StringEqualsIgnoreCase": (.stringIgnoringCase, false)
        case "StringNotEqualsIgnoreCase": (.stringIgnoringCase, true)
        case "StringLike": (.stringLike, false)
        case "StringNotLike": (.stringLike, true)
        case "NumericEquals": (.numeric(.equal), false)
        case "NumericNotEquals": (.numeric(.equal), true)
        case "NumericLessThan": (.numeric(.less), false)
        case "NumericLessThanEquals": (.numeric(.lessOrEqual), false)
        case "NumericGreaterThan": (.numeric(.greater), false)
        case "NumericGreaterThanEquals": (.numeric(.greaterOrEqual), false)
        case "DateEquals": (.date(.equal), false)
        case "DateNotEquals": (.date(.equal), true)
        case "DateLessThan": (.date(.less), false)
        case "DateLessThanEquals": (.date(.lessOrEqual), false)
        case "DateGreaterThan": (.date(.greater), false)
        case "DateGreaterThanEquals": (.date(.greaterOrEqual), false)
        case "Bool": (.bool, false)
        case "BinaryEquals": (.binary, false)
        case "IpAddress": (.ip, false)
        case "NotIpAddress": (.ip, true)
        // The pairs behave alike (page above, "Amazon Resource Name (ARN) condition operators").
        case "ArnEquals", "ArnLike": (.arn, false)
        case "ArnNotEquals", "ArnNotLike": (.arn, true)
        case "Null": (.null, false)
        default: nil
        }
    }
}

extension ConditionOperator.Order {
    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .equal: left == right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

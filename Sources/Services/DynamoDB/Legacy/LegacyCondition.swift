/// One comparison of the parameters from before expressions
/// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Condition.html).
enum LegacyCondition {
    private static let comparators: [String: Comparator] = [
        "EQ": .equal, "NE": .notEqual, "LE": .lessOrEqual, "LT": .less, "GE": .greaterOrEqual, "GT": .greater,
    ]

    static func condition(_ name: String, _ operation: String, _ values: [AttributeValue]) throws(DynamoDBFault) -> Condition {
        let path = Operand.path(Path(steps: [.attribute(name)]))
        try checkCount(values.count, operation)
        try checkTypes(values, operation)
        let literals = values.map { Operand.literal($0) }
        if let comparator = comparators[operation] { return .compare(comparator, path, literals[0]) }
        switch operation {
        case "NOT_NULL": return .function(.attributeExists, [path])
        case "NULL": return .function(.attributeNotExists, [path])
        case "CONTAINS": return .function(.contains, [path, literals[0]])
        case "NOT_CONTAINS":
            return .and(.function(.attributeExists, [path]), .not(.function(.contains, [path, literals[0]])))
        case "BEGINS_WITH": return .function(.beginsWith, [path, literals[0]])
        case "IN": return .isIn(path, literals)
        case "BETWEEN":
            if values[1].isLess(than: values[0]) != false {
                throw .validation(
                    "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound")
            }
            return .between(path, literals[0], literals[1])
        default: throw .validation("Unsupported operator on ComparisonOperator: \(operation)")
        }
    }

    private static func checkCount(_ count: Int, _ operation: String) throws(DynamoDBFault) {
        let isRight =
            switch operation {
            case "NULL", "NOT_NULL": count == 0
            case "BETWEEN": count == 2
            case "IN": count >= 1
            default: count == 1
            }
        guard isRight else {
            throw .validation(
                "One or more parameter values were invalid: Invalid number of argument(s) for the \(operation) ComparisonOperator"
            )
        }
    }

    private static func checkTypes(_ values: [AttributeValue], _ operation: String) throws(DynamoDBFault) {
        for value in values {
            let isRight =
                switch operation {
                case "LE", "LT", "GE", "GT", "BETWEEN", "IN": value.type.isOrdered
                case "BEGINS_WITH": value.type == .string || value.type == .binary
                case "CONTAINS", "NOT_CONTAINS": value.type.isOrdered || value.type == .bool || value.type == .null
                default: true
                }
            guard isRight else {
                throw .validation(
                    "One or more parameter values were invalid: ComparisonOperator \(operation) is not valid for \(value.type.rawValue) AttributeValue type"
                )
            }
        }
        if let first = values.first, values.contains(where: { $0.type != first.type }),
            operation == "BETWEEN" || operation == "IN"
        {
            throw .validation(
                "One or more parameter values were invalid: AttributeValues inside AttributeValueList must be of same type")
        }
    }
}

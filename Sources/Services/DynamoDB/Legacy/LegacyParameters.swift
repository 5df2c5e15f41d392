import Documents

/// The parameters from before expressions, turned into what expressions become
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html).
enum LegacyParameters {
    private static let old = [
        "Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter", "AttributesToGet", "ConditionalOperator",
    ]
    private static let new = [
        "ConditionExpression", "UpdateExpression", "KeyConditionExpression", "FilterExpression", "ProjectionExpression",
    ]

    /// One request speaks one language.
    static func checkNotMixed(_ input: Document) throws(DynamoDBFault) {
        let used = old.filter { input[$0] != nil }
        guard !used.isEmpty else { return }
        let expressions = new.filter { input[$0] != nil }
        guard expressions.isEmpty else {
            throw .validation(
                "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {\(used.joined(separator: ", "))} Expression parameters: {\(expressions.joined(separator: ", "))}"
            )
        }
        let conditions = ["Expected", "QueryFilter", "ScanFilter"]
        if input["ConditionalOperator"] != nil, conditions.allSatisfy({ input[$0] == nil }) {
            throw .validation("ConditionalOperator cannot be used without Filter or Expected")
        }
    }

    static func projection(_ input: Document) throws(DynamoDBFault) -> Projection? {
        guard let given = input["AttributesToGet"]?.list else { return nil }
        let names = given.compactMap(\.string)
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw .validation("One or more parameter values were invalid: Duplicate value in AttributesToGet: \(name)")
        }
        return Projection(names.map { Path(steps: [.attribute($0)]) })
    }

    /// `KeyConditions`
    static func keyConditions(_ input: Document) throws(DynamoDBFault) -> Condition? {
        guard let given = input["KeyConditions"]?.members else { return nil }
        guard !given.isEmpty else { throw .validation("KeyConditions must not be empty") }
        for (_, part) in given {
            let name = part["ComparisonOperator"]?.string ?? ""
            guard ["EQ", "LE", "LT", "GE", "GT", "BEGINS_WITH", "BETWEEN"].contains(name) else {
                throw .validation("Attempted conditional constraint is not an indexable operation")
            }
        }
        return try conjunction(given, isAny: false)
    }

    /// `QueryFilter` or `ScanFilter`
    static func filter(_ input: Document) throws(DynamoDBFault) -> Condition? {
        guard let given = (input["QueryFilter"] ?? input["ScanFilter"])?.members, !given.isEmpty else { return nil }
        return try conjunction(given, isAny: input["ConditionalOperator"]?.string == "OR")
    }

    private static func conjunction(_ given: Members, isAny: Bool) throws(DynamoDBFault) -> Condition? {
        var parts: [Condition] = []
        for (name, part) in given {
            try AttributeName.check(name)
            parts.append(try LegacyCondition.condition(name, part["ComparisonOperator"]?.string ?? "", try values(part)))
        }
        return join(parts, isAny: isAny)
    }

    static func join(_ parts: [Condition], isAny: Bool) -> Condition? {
        guard var whole = parts.first else { return nil }
        for part in parts.dropFirst() { whole = isAny ? .or(whole, part) : .and(whole, part) }
        return whole
    }

    private static func values(_ part: Document) throws(DynamoDBFault) -> [AttributeValue] {
        var values: [AttributeValue] = []
        for value in part["AttributeValueList"]?.list ?? [] { values.append(try AttributeValue(value)) }
        return values
    }

    /// `Expected`, in both its forms: a value that is there or not, or a comparison.
    static func expected(_ input: Document) throws(DynamoDBFault) -> Condition? {
        guard let given = input["Expected"]?.members, !given.isEmpty else { return nil }
        var parts: [Condition] = []
        for (name, part) in given {
            try AttributeName.check(name)
            parts.append(try expected(name, part))
        }
        return join(parts, isAny: input["ConditionalOperator"]?.string == "OR")
    }

    private static func expected(_ name: String, _ part: Document) throws(DynamoDBFault) -> Condition {
        func refuse(_ what: String) -> DynamoDBFault {
            .validation("One or more parameter values were invalid: \(what) for Attribute: \(name)")
        }
        let (value, exists, comparison) = (part["Value"], part["Exists"]?.bool, part["ComparisonOperator"]?.string)
        let path = Path(steps: [.attribute(name)])
        if let comparison {
            if exists != nil { throw refuse("Exists and ComparisonOperator cannot be used together") }
            if value != nil, part["AttributeValueList"] != nil {
                throw refuse("Value and AttributeValueList cannot be used together")
            }
            var operands = try values(part)
            if let value { operands = [try AttributeValue(value)] }
            if operands.isEmpty, comparison != "NULL", comparison != "NOT_NULL" {
                throw refuse("Value or AttributeValueList must be used with ComparisonOperator: \(comparison)")
            }
            return try LegacyCondition.condition(name, comparison, operands)
        }
        if part["AttributeValueList"] != nil { throw refuse("AttributeValueList can only be used with a ComparisonOperator") }
        switch (value, exists) {
        case (let value?, nil), (let value?, true?): return .compare(.equal, .path(path), .literal(try AttributeValue(value)))
        case (.some, false?): throw refuse("Value cannot be used when Exists is false")
        case (nil, false?): return .function(.attributeNotExists, [.path(path)])
        case (nil, true?): throw refuse("Value must be provided when Exists is true")
        case (nil, nil): throw refuse("Value or ComparisonOperator must be used in Expected element")
        }
    }

    /// `AttributeUpdates`
    static func update(_ input: Document) throws(DynamoDBFault) -> Update {
        var update = Update()
        for (name, part) in input["AttributeUpdates"]?.members ?? [:] {
            try AttributeName.check(name)
            let path = Path(steps: [.attribute(name)])
            let action = part["Action"]?.string ?? "PUT"
            guard let given = part["Value"] else {
                guard action == "DELETE" else {
                    throw .validation(
                        "One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified"
                    )
                }
                update.remove.append(path)
                continue
            }
            let value = try AttributeValue(given)
            let assignment = Update.Assignment(path: path, value: .literal(value))
            switch action {
            case "PUT": update.set.append(assignment)
            case "ADD" where value.type == .number || value.type.isSet: update.add.append(assignment)
            case "ADD" where value.type == .list:
                let present = Operand.ifNotExists(path, .literal(.list([])))
                update.set.append(Update.Assignment(path: path, value: .listAppend(present, .literal(value))))
            case "DELETE" where value.type.isSet: update.delete.append(assignment)
            case "ADD":
                throw .validation(
                    "One or more parameter values were invalid: ADD action is not supported for the type \(value.type.rawValue)")
            default:
                throw .validation(
                    "One or more parameter values were invalid: DELETE action with value is not supported for the type \(value.type.rawValue)"
                )
            }
        }
        return update
    }
}

import Documents

/// Conditions, operands, paths and values of PartiQL, read into the forms that expressions become too.
extension StatementParser {
    mutating func condition() throws(DynamoDBFault) -> Condition {
        var condition = try conjunction()
        while takeWord("OR") { condition = .or(condition, try conjunction()) }
        return condition
    }

    private mutating func conjunction() throws(DynamoDBFault) -> Condition {
        var condition = try negation()
        while takeWord("AND") { condition = .and(condition, try negation()) }
        return condition
    }

    private mutating func negation() throws(DynamoDBFault) -> Condition {
        guard takeWord("NOT") else { return try predicate() }
        return try nested { parser throws(DynamoDBFault) in .not(try parser.negation()) }
    }

    private mutating func predicate() throws(DynamoDBFault) -> Condition {
        if take("(") {
            let inner = try nested { parser throws(DynamoDBFault) in try parser.condition() }
            try expect(")")
            return inner
        }
        if token.kind == .word, peek(1) == StatementToken(kind: .symbol, text: "("), let call = try call() { return call }
        let left = try sum()
        if token.kind == .symbol {
            let text = token.text == "!=" ? "<>" : token.text
            if let comparator = Comparator(rawValue: text) {
                advance()
                return .compare(comparator, left, try sum())
            }
        }
        if takeWord("BETWEEN") {
            let lower = try sum()
            try expectWord("AND")
            return .between(left, lower, try sum())
        }
        let isNegated = takeWord("NOT")
        if takeWord("IN") {
            let inside = Condition.isIn(left, try list())
            return isNegated ? .not(inside) : inside
        }
        if !isNegated, takeWord("IS") { return try test(left) }
        throw unexpected()
    }

    private mutating func test(_ operand: Operand) throws(DynamoDBFault) -> Condition {
        let isNegated = takeWord("NOT")
        let condition: Condition
        if takeWord("MISSING") {
            condition = .function(.attributeNotExists, [operand])
        } else if takeWord("NULL") {
            condition = .function(.attributeType, [operand, .literal(.string(AttributeType.null.rawValue))])
        } else {
            throw unexpected()
        }
        return isNegated ? .not(condition) : condition
    }

    /// A function that is a condition; nil for one that is a value.
    private mutating func call() throws(DynamoDBFault) -> Condition? {
        guard let function = ConditionFunction(rawValue: token.text.lowercased()) else { return nil }
        advance()
        advance()
        var operands = [try sum()]
        while take(",") { operands.append(try sum()) }
        try expect(")")
        guard operands.count == function.operandCount else {
            throw Statement.malformed("Incorrect number of operands for function \(function.rawValue)")
        }
        return .function(function, operands)
    }

    private mutating func list() throws(DynamoDBFault) -> [Operand] {
        let end: String
        if take("[") {
            end = "]"
        } else {
            try expect("(")
            end = ")"
        }
        var operands = [try sum()]
        while take(",") { operands.append(try sum()) }
        try expect(end)
        guard operands.count <= Parser.Limit.inOperands else {
            throw .validation("Too many values in the IN list: \(operands.count)")
        }
        return operands
    }

    /// Operands with plus and minus between them.
    mutating func sum() throws(DynamoDBFault) -> Operand {
        var left = try operand()
        while isSymbol("+") || isSymbol("-") {
            let isPlus = isSymbol("+")
            advance()
            let right = try operand()
            left = isPlus ? .plus(left, right) : .minus(left, right)
        }
        return left
    }

    private mutating func operand() throws(DynamoDBFault) -> Operand {
        switch token.kind {
        case .quoted: return .path(try path())
        case .word where !["TRUE", "FALSE", "NULL"].contains(token.text.uppercased()):
            guard peek(1) == StatementToken(kind: .symbol, text: "(") else { return .path(try path()) }
            return try nested { parser throws(DynamoDBFault) in try parser.valueCall() }
        default: return .literal(try value())
        }
    }

    private mutating func valueCall() throws(DynamoDBFault) -> Operand {
        let name = token.text.lowercased()
        advance()
        advance()
        let operand: Operand
        switch name {
        case "size": operand = .size(try sum())
        case "list_append":
            let first = try sum()
            try expect(",")
            operand = .listAppend(first, try sum())
        case "if_not_exists":
            let path = try path()
            try expect(",")
            operand = .ifNotExists(path, try sum())
        default: throw .validation("Unsupported function: \(name)")
        }
        try expect(")")
        return operand
    }

    mutating func path() throws(DynamoDBFault) -> Path {
        guard token.kind == .word || token.kind == .quoted else { throw unexpected() }
        var steps: [Path.Step] = [.attribute(token.text)]
        advance()
        while true {
            if take(".") {
                guard token.kind == .word || token.kind == .quoted else { throw unexpected() }
                steps.append(.attribute(token.text))
                advance()
            } else if isSymbol("["), peek(1).kind == .number, let element = Int(peek(1).text) {
                advance()
                advance()
                try expect("]")
                steps.append(.element(element))
            } else if isSymbol("["), peek(1).kind == .string {
                advance()
                steps.append(.attribute(token.text))
                advance()
                try expect("]")
            } else {
                guard steps.count <= AttributeValue.Limit.path else {
                    throw Statement.malformed("The document path has too many nesting elements")
                }
                return Path(steps: steps)
            }
        }
    }

    // MARK: Values

    mutating func value() throws(DynamoDBFault) -> AttributeValue {
        let first = token
        switch first.kind {
        case .parameter: return try parameter()
        case .string:
            advance()
            return .string(first.text)
        case .number:
            advance()
            return .number(try Number(text: first.text))
        case .symbol:
            if take("-") {
                guard token.kind == .number else { throw unexpected() }
                defer { advance() }
                return .number(try Number(text: token.text).negated)
            }
            return try nested { parser throws(DynamoDBFault) in try parser.collection() }
        case .word:
            switch first.text.uppercased() {
            case "TRUE":
                advance()
                return .bool(true)
            case "FALSE":
                advance()
                return .bool(false)
            case "NULL":
                advance()
                return .null
            default: throw unexpected()
            }
        default: throw unexpected()
        }
    }

    private mutating func collection() throws(DynamoDBFault) -> AttributeValue {
        if take("[") { return .list(try values(until: "]")) }
        if take("<<") { return try set(try values(until: ">>")) }
        try expect("{")
        var members: Attributes = [:]
        if take("}") { return .map(members) }
        repeat {
            guard token.kind == .string || token.kind == .quoted else { throw unexpected() }
            let name = token.text
            try AttributeName.check(name)
            advance()
            try expect(":")
            guard members[name] == nil else { throw .validation("Duplicate attribute in tuple: \(name)") }
            members[name] = try value()
        } while take(",")
        try expect("}")
        return .map(members)
    }

    private mutating func values(until end: String) throws(DynamoDBFault) -> [AttributeValue] {
        if take(end) { return [] }
        var values = [try value()]
        while take(",") { values.append(try value()) }
        try expect(end)
        return values
    }

    private func set(_ values: [AttributeValue]) throws(DynamoDBFault) -> AttributeValue {
        guard let first = values.first else {
            throw .validation("One or more parameter values were invalid: An string set  may not be empty")
        }
        let (type, elements): (AttributeType, [Document]) =
            switch first {
            case .string: (.stringSet, values.compactMap { if case .string(let text) = $0 { .string(text) } else { nil } })
            case .number:
                (.numberSet, values.compactMap { if case .number(let number) = $0 { .string(number.text) } else { nil } })
            case .binary: (.binarySet, values.compactMap { if case .binary(let bytes) = $0 { .blob(bytes) } else { nil } })
            default: (.null, [])
            }
        guard elements.count == values.count else {
            throw Statement.malformed("A set holds texts, numbers or binaries of one type")
        }
        return try AttributeValue(.map([type.rawValue: .list(elements)]))
    }
}

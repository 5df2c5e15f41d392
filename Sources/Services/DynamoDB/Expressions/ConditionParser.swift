/// Conditions, filters and key conditions: OR binds loosest, then AND, then NOT, then comparisons.
extension Parser {
    static func condition(_ text: String, _ kind: ExpressionKind) throws(DynamoDBFault) -> Condition {
        var parser = try Parser(text, kind)
        let condition = try parser.disjunction()
        try parser.expectEnd()
        return condition
    }

    /// What brackets can hold.
    private enum Term {
        case condition(Condition)
        case operand(Operand)
    }

    private mutating func disjunction() throws(DynamoDBFault) -> Condition {
        guard case .condition(let condition) = try disjunctionOrOperand() else { throw syntaxError() }
        return condition
    }

    private mutating func disjunctionOrOperand() throws(DynamoDBFault) -> Term {
        let first = try conjunctionOrOperand()
        guard case .condition(var condition) = first else { return first }
        while isKeyword("OR") {
            advance()
            try countOperator()
            guard case .condition(let next) = try conjunctionOrOperand() else { throw syntaxError() }
            condition = .or(condition, next)
        }
        return .condition(condition)
    }

    private mutating func conjunctionOrOperand() throws(DynamoDBFault) -> Term {
        let first = try negationOrOperand()
        guard case .condition(var condition) = first else { return first }
        while isKeyword("AND") {
            advance()
            try countOperator()
            guard case .condition(let next) = try negationOrOperand() else { throw syntaxError() }
            condition = .and(condition, next)
        }
        return .condition(condition)
    }

    private mutating func negationOrOperand() throws(DynamoDBFault) -> Term {
        guard takeKeyword("NOT") else { return try predicateOrOperand() }
        try countOperator()
        return try nested { parser throws(DynamoDBFault) in
            guard case .condition(let condition) = try parser.negationOrOperand() else { throw parser.syntaxError() }
            return .condition(.not(condition))
        }
    }

    private mutating func predicateOrOperand() throws(DynamoDBFault) -> Term {
        let left: Operand
        if isSymbol("(") {
            advance()
            let inner = try nested { parser throws(DynamoDBFault) in try parser.bracketed() }
            switch inner {
            case .condition: return inner
            case .operand(let operand): left = operand
            }
        } else if token.kind == .word, peek(1).kind == .symbol, peek(1).text == "(" {
            let name = token.text
            switch try functionCall() {
            case .condition(let condition):
                if isComparison { throw misused(name) }
                return .condition(condition)
            case .operand(let operand):
                guard isComparison || isSymbol(")") else { throw misused(name) }
                left = operand
            }
        } else {
            left = try simpleOperand()
        }
        return try comparison(of: left)
    }

    private var isComparison: Bool {
        token.kind == .symbol && Comparator(rawValue: token.text) != nil || isKeyword("BETWEEN") || isKeyword("IN")
    }

    private func misused(_ name: String) -> DynamoDBFault {
        kind.fault("The function is not allowed to be used this way in an expression; function: \(name)")
    }

    /// What stands inside a bracket, and the bracket's end. Another pair right inside it is an error of its own.
    private mutating func bracketed() throws(DynamoDBFault) -> Term {
        let startsWithBracket = isSymbol("(")
        let start = index
        let inner = try disjunctionOrOperand()
        guard isSymbol(")") else { throw syntaxError() }
        if startsWithBracket, closing(of: start) == index - 1 { throw kind.fault("The expression has redundant parentheses;") }
        advance()
        return inner
    }

    private mutating func functionCall() throws(DynamoDBFault) -> Term {
        let name = token.text
        advance()
        advance()
        try countOperator()
        var operands: [Operand] = []
        repeat { operands.append(try nested { parser throws(DynamoDBFault) in try parser.operand() }) } while take(",")
        try expect(")")
        if name == "size" {
            try checkCount(operands.count, 1, name)
            return .operand(.size(operands[0]))
        }
        guard let function = ConditionFunction(rawValue: name) else {
            if name == "if_not_exists" || name == "list_append" {
                throw kind.fault("The function is not allowed in a condition expression; function: \(name)")
            }
            throw kind.fault("Invalid function name; function: \(name)")
        }
        try checkCount(operands.count, function.operandCount, name)
        if function == .attributeExists || function == .attributeNotExists {
            guard case .path = operands[0] else {
                throw kind.fault("Operator or function requires a document path; operator or function: \(name)")
            }
        }
        return .condition(.function(function, operands))
    }

    func checkCount(_ count: Int, _ wanted: Int, _ name: String) throws(DynamoDBFault) {
        guard count == wanted else {
            throw kind.fault(
                "Incorrect number of operands for operator or function; operator or function: \(name), number of operands: \(count)"
            )
        }
    }

    private mutating func comparison(of left: Operand) throws(DynamoDBFault) -> Term {
        if token.kind == .symbol, let comparator = Comparator(rawValue: token.text) {
            advance()
            try countOperator()
            return .condition(.compare(comparator, left, try operand()))
        }
        if takeKeyword("BETWEEN") {
            try countOperator()
            let lower = try operand()
            guard takeKeyword("AND") else { throw syntaxError() }
            return .condition(.between(left, lower, try operand()))
        }
        if takeKeyword("IN") {
            try countOperator()
            try expect("(")
            var operands = [try operand()]
            while take(",") { operands.append(try operand()) }
            try expect(")")
            if operands.count > Limit.inOperands { try checkCount(operands.count, Limit.inOperands, "IN") }
            return .condition(.isIn(left, operands))
        }
        guard isSymbol(")") || isSymbol(",") else { throw syntaxError() }
        return .operand(left)
    }

    private mutating func operand() throws(DynamoDBFault) -> Operand {
        if token.kind == .word, peek(1).kind == .symbol, peek(1).text == "(" {
            let name = token.text
            guard case .operand(let operand) = try functionCall() else {
                throw misused(name)
            }
            return operand
        }
        if take("(") {
            let inner = try nested { parser throws(DynamoDBFault) in try parser.operand() }
            try expect(")")
            return inner
        }
        return try simpleOperand()
    }

    private mutating func simpleOperand() throws(DynamoDBFault) -> Operand {
        if token.kind == .value {
            defer { advance() }
            return .value(token.text)
        }
        return .path(try path())
    }
}

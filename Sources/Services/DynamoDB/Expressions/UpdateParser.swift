/// Update expressions: SET, REMOVE, ADD and DELETE, each at most once
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html).
extension Parser {
    static func update(_ text: String) throws(DynamoDBFault) -> Update {
        var parser = try Parser(text, .update)
        var update = Update()
        var seen: Set<String> = []
        while parser.token.kind != .end {
            let section = parser.token.text.uppercased()
            guard parser.token.kind == .word, ["SET", "REMOVE", "ADD", "DELETE"].contains(section) else {
                throw parser.syntaxError()
            }
            guard seen.insert(section).inserted else {
                throw ExpressionKind.update.fault("The \"\(section)\" section can only be used once in an update expression;")
            }
            parser.advance()
            switch section {
            case "SET": update.set = try parser.list { parser throws(DynamoDBFault) in try parser.assignment() }
            case "REMOVE": update.remove = try parser.paths()
            case "ADD": update.add = try parser.list { parser throws(DynamoDBFault) in try parser.pathAndValue() }
            default: update.delete = try parser.list { parser throws(DynamoDBFault) in try parser.pathAndValue() }
            }
        }
        return update
    }

    private mutating func list<Element>(
        _ element: (inout Parser) throws(DynamoDBFault) -> Element
    ) throws(DynamoDBFault) -> [Element] {
        var elements = [try element(&self)]
        while take(",") { elements.append(try element(&self)) }
        return elements
    }

    private mutating func assignment() throws(DynamoDBFault) -> Update.Assignment {
        let path = try path()
        try expect("=")
        return Update.Assignment(path: path, value: try sum())
    }

    private mutating func pathAndValue() throws(DynamoDBFault) -> Update.Assignment {
        try countOperator()
        let path = try path()
        guard token.kind == .value else { throw syntaxError() }
        defer { advance() }
        return Update.Assignment(path: path, value: .value(token.text))
    }

    private mutating func sum() throws(DynamoDBFault) -> Operand {
        let left = try updateOperand()
        if take("+") {
            try countOperator()
            return .plus(left, try updateOperand())
        }
        if take("-") {
            try countOperator()
            return .minus(left, try updateOperand())
        }
        return left
    }

    private mutating func updateOperand() throws(DynamoDBFault) -> Operand {
        if take("(") {
            let inner = try nested { parser throws(DynamoDBFault) in try parser.sum() }
            try expect(")")
            return inner
        }
        if token.kind == .value {
            defer { advance() }
            return .value(token.text)
        }
        guard token.kind == .word, peek(1).kind == .symbol, peek(1).text == "(" else { return .path(try path()) }
        return try nested { parser throws(DynamoDBFault) in try parser.updateFunction() }
    }

    private mutating func updateFunction() throws(DynamoDBFault) -> Operand {
        let name = token.text
        advance()
        advance()
        try countOperator()
        guard name == "if_not_exists" || name == "list_append" else {
            if name == "size" || ConditionFunction(rawValue: name) != nil {
                throw kind.fault("The function is not allowed in an update expression; function: \(name)")
            }
            throw kind.fault("Invalid function name; function: \(name)")
        }
        let operands = try list { parser throws(DynamoDBFault) in try parser.updateOperand() }
        try expect(")")
        try checkCount(operands.count, 2, name)
        if name == "list_append" { return .listAppend(operands[0], operands[1]) }
        guard case .path(let path) = operands[0] else {
            throw kind.fault("Operator or function requires a document path; operator or function: if_not_exists")
        }
        return .ifNotExists(path, operands[1])
    }
}

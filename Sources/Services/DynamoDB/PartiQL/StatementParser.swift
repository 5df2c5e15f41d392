/// Recursive descent over the tokens of a PartiQL statement.
struct StatementParser {
    enum Limit {
        /// Bytes of a statement.
        static let size = 8_192
        static let depth = 100
    }
    private let tokens: [StatementToken]
    private var index = 0
    private var parameters: ArraySlice<AttributeValue>
    private var depth = 0

    /// - Throws: AWS's faults for a statement that does not parse, or has not as many question marks as parameters.
    static func parse(_ text: String, _ parameters: [AttributeValue]) throws(DynamoDBFault) -> Statement {
        guard text.utf8.count <= Limit.size else { throw Statement.malformed("Statement is too long") }
        var parser = StatementParser(tokens: StatementLexer.tokens(text), parameters: parameters[...])
        let statement = try parser.statement()
        _ = parser.take(";")
        guard parser.token.kind == .end else { throw parser.unexpected() }
        guard parser.parameters.isEmpty else { throw Self.parameterCount }
        return statement
    }

    private init(tokens: [StatementToken], parameters: ArraySlice<AttributeValue>) {
        (self.tokens, self.parameters) = (tokens, parameters)
    }

    private static let parameterCount = DynamoDBFault.validation("Number of parameters in request and statement don't match.")

    var token: StatementToken { tokens[index] }
    func peek(_ count: Int) -> StatementToken { tokens[min(index + count, tokens.count - 1)] }
    mutating func advance() { if index < tokens.count - 1 { index += 1 } }

    func isSymbol(_ text: String) -> Bool { token.kind == .symbol && token.text == text }
    func isWord(_ text: String) -> Bool { token.kind == .word && token.text.uppercased() == text }

    mutating func take(_ symbol: String) -> Bool {
        guard isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func takeWord(_ word: String) -> Bool {
        guard isWord(word) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: String) throws(DynamoDBFault) { guard take(symbol) else { throw unexpected() } }
    mutating func expectWord(_ word: String) throws(DynamoDBFault) { guard takeWord(word) else { throw unexpected() } }

    func unexpected() -> DynamoDBFault {
        switch token.kind {
        case .end: Statement.malformed("Unexpected end of expression")
        case .word: Statement.malformed("Unexpected keyword")
        case .unknown: Statement.malformed("Unexpected character")
        default: Statement.malformed("Unexpected term")
        }
    }

    mutating func parameter() throws(DynamoDBFault) -> AttributeValue {
        guard let value = parameters.popFirst() else { throw Self.parameterCount }
        advance()
        return value
    }

    mutating func nested<Result>(
        _ body: (inout StatementParser) throws(DynamoDBFault) -> Result
    ) throws(DynamoDBFault) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Limit.depth else { throw Statement.malformed("The statement is nested too deeply") }
        return try body(&self)
    }

    // MARK: Statements

    private mutating func statement() throws(DynamoDBFault) -> Statement {
        if takeWord("SELECT") { return .select(try select()) }
        if takeWord("INSERT") { return .insert(try insert()) }
        if takeWord("UPDATE") { return .change(try update()) }
        if takeWord("DELETE") { return .change(try delete()) }
        if takeWord("EXISTS") {
            try expect("(")
            try expectWord("SELECT")
            let select = try select()
            try expect(")")
            return .exists(select)
        }
        throw Statement.malformed("Expected data manipulation")
    }

    private mutating func name() throws(DynamoDBFault) -> String {
        guard token.kind == .word || token.kind == .quoted else { throw unexpected() }
        defer { advance() }
        return token.text
    }

    private mutating func select() throws(DynamoDBFault) -> Statement.Select {
        var projection: [Path]?
        if !take("*") {
            var paths = [try path()]
            while take(",") { paths.append(try path()) }
            projection = paths
        }
        try expectWord("FROM")
        var select = Statement.Select(table: try name(), projection: projection)
        if take(".") { select.index = try name() }
        if takeWord("WHERE") { select.condition = try condition() }
        guard takeWord("ORDER") else { return select }
        try expectWord("BY")
        repeat {
            let attribute = try name()
            let isDescending = takeWord("DESC")
            if !isDescending { _ = takeWord("ASC") }
            select.order.append((attribute, isDescending))
        } while take(",")
        return select
    }

    private mutating func insert() throws(DynamoDBFault) -> Statement.Insert {
        try expectWord("INTO")
        let table = try name()
        try expectWord("VALUE")
        guard case .map(let item) = try value() else { throw Statement.malformed("Expected a tuple as the value to insert") }
        return Statement.Insert(table: table, item: item)
    }

    private mutating func update() throws(DynamoDBFault) -> Statement.Change {
        var change = Statement.Change(table: try name(), update: Update(), condition: nil, returned: .none)
        var update = Update()
        while true {
            if takeWord("SET") {
                repeat {
                    let path = try path()
                    try expect("=")
                    try assign(path, &update)
                } while take(",")
            } else if takeWord("REMOVE") {
                repeat { update.remove.append(try path()) } while take(",")
            } else {
                break
            }
        }
        guard !update.paths.isEmpty else { throw unexpected() }
        change.update = update
        guard takeWord("WHERE") else { throw Statement.missingKeys }
        change.condition = try condition()
        change.returned = try returning()
        return change
    }

    /// `SET a = set_add(a, ...)` is what an update expression calls ADD.
    private mutating func assign(_ path: Path, _ update: inout Update) throws(DynamoDBFault) {
        if isWord("SET_ADD") || isWord("SET_DELETE"), peek(1).text == "(" {
            let isAddition = isWord("SET_ADD")
            advance()
            advance()
            let target = try self.path()
            guard target == path else { throw Statement.malformed("A set function must be assigned to the set that it changes") }
            try expect(",")
            let assignment = Update.Assignment(path: path, value: .literal(try value()))
            try expect(")")
            if isAddition { update.add.append(assignment) } else { update.delete.append(assignment) }
            return
        }
        update.set.append(Update.Assignment(path: path, value: try sum()))
    }

    private mutating func delete() throws(DynamoDBFault) -> Statement.Change {
        try expectWord("FROM")
        var change = Statement.Change(table: try name(), update: nil, condition: nil, returned: .none)
        guard takeWord("WHERE") else { throw Statement.missingKeys }
        change.condition = try condition()
        change.returned = try returning()
        if change.returned != .none, change.returned != .allOld {
            throw .validation("RETURNING clause in a DELETE statement can only be ALL OLD *")
        }
        return change
    }

    private mutating func returning() throws(DynamoDBFault) -> ReturnValues {
        guard takeWord("RETURNING") else { return .none }
        let isAll = takeWord("ALL")
        if !isAll { try expectWord("MODIFIED") }
        let isOld = takeWord("OLD")
        if !isOld { try expectWord("NEW") }
        try expect("*")
        return isAll ? (isOld ? .allOld : .allNew) : (isOld ? .updatedOld : .updatedNew)
    }
}

extension Statement {
    static let missingKeys = DynamoDBFault.validation(
        "Where clause does not contain a mandatory equality on all key attributes")
}

/// Recursive descent over the tokens of one expression: what all kinds share.
struct Parser {
    enum Limit {
        /// Bytes of an expression.
        static let size = 4_096
        /// Operators and functions in one expression.
        static let operators = 300
        /// Operands of IN.
        static let inOperands = 100
        /// Brackets and NOTs around each other; AWS sets none, but a parser's stack is finite.
        static let depth = 300
    }

    let kind: ExpressionKind
    private let text: String
    private let tokens: [Token]
    private(set) var index = 0
    private var operators = 0
    private(set) var depth = 0

    init(_ text: String, _ kind: ExpressionKind) throws(DynamoDBFault) {
        self.kind = kind
        self.text = text
        guard text.utf8.count <= Limit.size else {
            throw kind.fault("Expression size has exceeded the maximum allowed size; expression size: \(text.utf8.count)")
        }
        tokens = Lexer.tokens(text)
        guard tokens.count > 1 else { throw kind.fault("The expression can not be empty;") }
    }

    var token: Token { tokens[index] }

    /// The token `count` places ahead, the end if there are fewer.
    func peek(_ count: Int) -> Token { tokens[min(index + count, tokens.count - 1)] }

    mutating func advance() { if index < tokens.count - 1 { index += 1 } }

    func isSymbol(_ symbol: String) -> Bool { token.kind == .symbol && token.text == symbol }
    func isKeyword(_ word: String) -> Bool { token.kind == .word && token.text.uppercased() == word }

    mutating func take(_ symbol: String) -> Bool {
        guard isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func takeKeyword(_ word: String) -> Bool {
        guard isKeyword(word) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: String) throws(DynamoDBFault) {
        guard take(symbol) else { throw syntaxError() }
    }

    func expectEnd() throws(DynamoDBFault) {
        guard token.kind == .end else { throw syntaxError() }
    }

    /// The present token can't stand here. Shows it between its neighbours, as they were written.
    func syntaxError() -> DynamoDBFault {
        let before = index > 0 ? tokens[index - 1] : token
        let after = token.kind == .end || peek(1).kind == .end ? token : peek(1)
        let bytes = Array(text.utf8)
        let end = token.kind == .end ? before.range.upperBound : after.range.upperBound
        let near = String(decoding: bytes[before.range.lowerBound..<end], as: UTF8.self)
        return kind.fault("Syntax error; token: \"\(token.text)\", near: \"\(near)\"")
    }

    /// The index of the bracket that closes the one at `open`.
    func closing(of open: Int) -> Int? {
        var depth = 0
        for index in open..<tokens.count where tokens[index].kind == .symbol {
            if tokens[index].text == "(" { depth += 1 }
            if tokens[index].text == ")" { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    mutating func countOperator() throws(DynamoDBFault) {
        operators += 1
        guard operators <= Limit.operators else {
            throw kind.fault("The expression contains too many operators; operator count: \(operators)")
        }
    }

    /// Runs `body` one level deeper.
    mutating func nested<Result>(_ body: (inout Parser) throws(DynamoDBFault) -> Result) throws(DynamoDBFault) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Limit.depth else { throw kind.fault("The expression is nested too deeply;") }
        return try body(&self)
    }

    // MARK: Paths

    mutating func path() throws(DynamoDBFault) -> Path {
        var steps = [try name()]
        while true {
            if take(".") {
                steps.append(try name())
            } else if take("[") {
                guard token.kind == .integer, let element = Int(token.text) else { throw syntaxError() }
                guard element < 1_000_000_000 else {
                    throw kind.fault("List index is not within the allowable range; index: [\(token.text)]")
                }
                advance()
                try expect("]")
                steps.append(.element(element))
            } else {
                guard steps.count <= AttributeValue.Limit.path else {
                    throw kind.fault("The document path has too many nesting elements; nesting levels: \(steps.count)")
                }
                return Path(steps: steps)
            }
        }
    }

    private mutating func name() throws(DynamoDBFault) -> Path.Step {
        let name = token
        switch name.kind {
        case .placeholder:
            advance()
            return .placeholder(name.text)
        case .word:
            if ReservedWords.contains(name.text) {
                throw kind.fault("Attribute name is a reserved keyword; reserved keyword: \(name.text)")
            }
            advance()
            return .attribute(name.text)
        default: throw syntaxError()
        }
    }

    mutating func paths() throws(DynamoDBFault) -> [Path] {
        var paths = [try path()]
        while take(",") { paths.append(try path()) }
        return paths
    }

    /// A projection: paths with commas between them.
    static func projection(_ text: String) throws(DynamoDBFault) -> [Path] {
        var parser = try Parser(text, .projection)
        let paths = try parser.paths()
        try parser.expectEnd()
        return paths
    }
}

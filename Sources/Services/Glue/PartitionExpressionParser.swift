/// Recursive descent over OR, AND, NOT, brackets and comparisons, in that order of binding.
struct ExpressionParser {
    private let tokens: [ExpressionToken]
    private let keys: [String]
    private var position = 0
    private var depth = 0

    init(tokens: [ExpressionToken], keys: [String]) { (self.tokens, self.keys) = (tokens, keys) }

    mutating func parse() throws -> PartitionExpression.Node {
        let node = try alternatives()
        guard position == tokens.count else { throw PartitionExpression.unsupported("text after its end") }
        return node
    }

    private mutating func alternatives() throws -> PartitionExpression.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= GlueLimit.expressionDepth else { throw PartitionExpression.unsupported("too many brackets") }
        var node = try conjunction()
        while skip("or") { node = .or(node, try conjunction()) }
        return node
    }

    private mutating func conjunction() throws -> PartitionExpression.Node {
        var node = try negation()
        while skip("and") { node = .and(node, try negation()) }
        return node
    }

    private mutating func negation() throws -> PartitionExpression.Node {
        var negated = false
        while skip("not") { negated.toggle() }
        let node = try primary()
        return negated ? .not(node) : node
    }

    private mutating func primary() throws -> PartitionExpression.Node {
        if skip(symbol: "(") {
            let node = try alternatives()
            guard skip(symbol: ")") else { throw PartitionExpression.unsupported("a bracket is not closed") }
            return node
        }
        guard case .word(let name)? = next() else { throw PartitionExpression.unsupported("a partition key is missing") }
        guard let key = keys.firstIndex(of: name.lowercased()) else {
            throw PartitionExpression.unsupported("'\(name)' is not a partition key")
        }
        if skip("is") {
            let isNegated = skip("not")
            guard skip("null") else { throw PartitionExpression.unsupported("IS wants NULL") }
            let node = PartitionExpression.Node.isNull(key: key)
            return isNegated ? .not(node) : node
        }
        let negated = skip("not")
        let node = try condition(on: key)
        return negated ? .not(node) : node
    }

    private mutating func condition(on key: Int) throws -> PartitionExpression.Node {
        if skip("in") {
            guard skip(symbol: "(") else { throw PartitionExpression.unsupported("IN wants a list") }
            var literals = [try literal()]
            while skip(symbol: ",") { literals.append(try literal()) }
            guard skip(symbol: ")") else { throw PartitionExpression.unsupported("a bracket is not closed") }
            return .isIn(key: key, literals)
        }
        if skip("between") {
            let low = try literal()
            guard skip("and") else { throw PartitionExpression.unsupported("BETWEEN wants AND") }
            return .between(key: key, low, try literal())
        }
        if skip("like") { return .like(key: key, try literal()) }
        guard case .symbol(let text)? = next(), let comparison = PartitionExpression.Comparison(rawValue: text) else {
            throw PartitionExpression.unsupported("a comparison is missing")
        }
        return .compare(key: key, comparison, try literal())
    }

    private mutating func literal() throws -> String {
        switch next() {
        case .literal(let text)?: return text
        // date '2026-01-01', timestamp '...'
        case .word(let word)? where ["date", "timestamp"].contains(word.lowercased()):
            if case .literal(let text)? = next() { return text }
            fallthrough
        default: throw PartitionExpression.unsupported("a value is missing")
        }
    }

    private mutating func next() -> ExpressionToken? {
        guard position < tokens.count else { return nil }
        defer { position += 1 }
        return tokens[position]
    }

    private mutating func skip(_ word: String) -> Bool {
        guard position < tokens.count, case .word(let text) = tokens[position], text.lowercased() == word else { return false }
        position += 1
        return true
    }

    private mutating func skip(symbol: String) -> Bool {
        guard position < tokens.count, tokens[position] == .symbol(symbol) else { return false }
        position += 1
        return true
    }
}

import Kernel

/// GetPartitions' Expression: a SQL condition on partition keys
/// (https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html). Keys of number types compare as numbers, all
/// others as text.
struct PartitionExpression: Sendable {
    indirect enum Node: Sendable {
        case and(Node, Node)
        case or(Node, Node)
        case not(Node)
        case compare(key: Int, Comparison, String)
        case isIn(key: Int, [String])
        case between(key: Int, String, String)
        case like(key: Int, String)
        case isNull(key: Int)
    }
    enum Comparison: String, Sendable {
        case equal = "=", unequal = "<>", less = "<", greater = ">", atMost = "<=", atLeast = ">="
    }

    private let root: Node
    private let areNumbers: [Bool]

    /// - Parameter keys: names and Hive types of the table's partition keys, in order.
    init(_ text: String, keys: [(name: String, type: String)]) throws {
        guard text.utf8.count <= GlueLimit.expression else { throw Self.unsupported("it is too long") }
        let numbers = ["tinyint", "smallint", "int", "integer", "bigint", "long", "float", "double", "decimal"]
        areNumbers = keys.map { key in numbers.contains { key.type.lowercased().hasPrefix($0) } }
        var parser = ExpressionParser(tokens: try ExpressionToken.read(text), keys: keys.map { $0.name.lowercased() })
        root = try parser.parse()
    }

    static func unsupported(_ why: String) -> GlueFault { .invalid("Unsupported expression: \(why)") }

    func matches(_ values: [String]) -> Bool { holds(root, values) }

    private func holds(_ node: Node, _ values: [String]) -> Bool {
        switch node {
        case .and(let left, let right): holds(left, values) && holds(right, values)
        case .or(let left, let right): holds(left, values) || holds(right, values)
        case .not(let inner): !holds(inner, values)
        case .compare(let key, let comparison, let literal): compare(key, comparison, values[key], literal)
        case .isIn(let key, let literals): literals.contains { compare(key, .equal, values[key], $0) }
        case .between(let key, let low, let high):
            compare(key, .atLeast, values[key], low) && compare(key, .atMost, values[key], high)
        // Hive's name of the partition of rows without a value.
        case .isNull(let key): values[key] == "__HIVE_DEFAULT_PARTITION__"
        case .like(let key, let pattern): Self.like(Array(pattern), Array(values[key]))
        }
    }

    private func compare(_ key: Int, _ comparison: Comparison, _ value: String, _ literal: String) -> Bool {
        if areNumbers[key] {
            guard let value = Double(value), let literal = Double(literal) else { return false }
            return Self.compare(comparison, value, literal)
        }
        return Self.compare(comparison, value, literal)
    }

    private static func compare<Value: Comparable>(_ comparison: Comparison, _ left: Value, _ right: Value) -> Bool {
        switch comparison {
        case .equal: left == right
        case .unequal: left != right
        case .less: left < right
        case .greater: left > right
        case .atMost: left <= right
        case .atLeast: left >= right
        }
    }

    /// `%` stands for any text, `_` for one character.
    private static func like(_ pattern: [Character], _ text: [Character]) -> Bool {
        Glob.matches(pattern, text, any: "%", one: "_")
    }
}

enum ExpressionToken: Sendable, Equatable {
    case word(String)
    case literal(String)
    case symbol(String)

    static func read(_ text: String) throws -> [ExpressionToken] {
        let characters = Array(text)
        var tokens: [ExpressionToken] = []
        var index = 0
        func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber || "_.$-+".contains(character) }
        while index < characters.count {
            let character = characters[index]
            if character.isWhitespace {
                index += 1
            } else if character == "'" || character == "\"" || character == "`" {
                var value = ""
                index += 1
                while true {
                    guard index < characters.count else { throw PartitionExpression.unsupported("a quote is not closed") }
                    if characters[index] == character {
                        guard index + 1 < characters.count, characters[index + 1] == character else { break }
                        index += 1
                    }
                    value.append(characters[index])
                    index += 1
                }
                index += 1
                tokens.append(character == "`" ? .word(value) : .literal(value))
            } else if "=<>!(),".contains(character) {
                var symbol = String(character)
                if index + 1 < characters.count, ["<=", ">=", "<>", "!="].contains(symbol + String(characters[index + 1])) {
                    symbol.append(characters[index + 1])
                }
                index += symbol.count
                tokens.append(.symbol(symbol == "!=" ? "<>" : symbol))
            } else if isWord(character) {
                var word = ""
                while index < characters.count, isWord(characters[index]) {
                    word.append(characters[index])
                    index += 1
                }
                tokens.append(character.isNumber || "-+.".contains(character) ? .literal(word) : .word(word))
            } else {
                throw PartitionExpression.unsupported("unexpected '\(character)'")
            }
        }
        return tokens
    }
}

import Documents

/// The part of jq that partition keys are extracted with: paths, literals, pipes, `//`, arithmetic, object construction and
/// the functions of ``QueryFunction``. Filters with several results (`,`, `.[]`, `range`), `if`, `reduce`, `def`, variables
/// and regular expressions are refused.
indirect enum QueryExpression: Sendable {
    case identity
    case literal(Document)
    case field(QueryExpression, QueryExpression)
    case slice(QueryExpression, from: QueryExpression?, to: QueryExpression?)
    case pipe(QueryExpression, QueryExpression)
    case otherwise(QueryExpression, QueryExpression)
    case arithmetic(Character, QueryExpression, QueryExpression)
    case attempt(QueryExpression)
    case object([(QueryExpression, QueryExpression)])
    case call(QueryFunction, [QueryExpression])
}

/// jq's functions that there are (https://jqlang.org/manual/v1.6/).
enum QueryFunction: String, Sendable {
    case tostring, tonumber, tojson, fromjson, length, type, not, floor, ceil, round, first, last
    case asciiDowncase = "ascii_downcase", asciiUpcase = "ascii_upcase"
    case ltrimstr, rtrimstr, startswith, endswith, split, join
    case strftime, strptime, mktime, gmtime, todate, fromdate, todateiso8601, fromdateiso8601

    var arguments: Int {
        switch self {
        case .ltrimstr, .rtrimstr, .startswith, .endswith, .split, .join, .strftime, .strptime: 1
        default: 0
        }
    }
}

/// Reads a query.
struct QueryParser {
    /// Deeper than this no query is that anybody writes.
    private static let depthMax = 64
    private var rest: ArraySlice<UInt8>
    private var depth = 0

    static func parse(_ text: String) throws -> QueryExpression {
        var parser = QueryParser(rest: Array(text.utf8)[...])
        let expression = try parser.pipe()
        parser.skipBlanks()
        guard parser.rest.isEmpty else { throw parser.failure() }
        return expression
    }

    private init(rest: ArraySlice<UInt8>) { self.rest = rest }

    private func failure() -> FirehoseFault {
        .invalid("MetadataExtractionQuery is not valid at: \(String(decoding: rest.prefix(40), as: UTF8.self))")
    }

    private mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D } }

    private mutating func take(_ text: String) -> Bool {
        skipBlanks()
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private mutating func need(_ text: String) throws { guard take(text) else { throw failure() } }

    private mutating func pipe() throws -> QueryExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw failure() }
        var left = try otherwise()
        while take("|") { left = .pipe(left, try otherwise()) }
        return left
    }

    private mutating func otherwise() throws -> QueryExpression {
        let left = try sum()
        return take("//") ? .otherwise(left, try otherwise()) : left
    }

    private mutating func sum() throws -> QueryExpression {
        var left = try product()
        while true {
            if take("+") {
                left = .arithmetic("+", left, try product())
            } else if take("-") {
                left = .arithmetic("-", left, try product())
            } else {
                return left
            }
        }
    }

    private mutating func product() throws -> QueryExpression {
        var left = try postfix()
        while true {
            skipBlanks()
            if take("*") {
                left = .arithmetic("*", left, try postfix())
            } else if take("%") {
                left = .arithmetic("%", left, try postfix())
            } else if !rest.starts(with: "//".utf8), take("/") {
                left = .arithmetic("/", left, try postfix())
            } else {
                return left
            }
        }
    }

    private mutating func postfix() throws -> QueryExpression {
        var expression = try term()
        while true {
            if rest.first == UInt8(ascii: "."), let next = rest.dropFirst().first,
                Self.isNameStart(next) || next == UInt8(ascii: "\"")
            {
                rest.removeFirst()
                expression = .field(expression, try fieldName())
            } else if rest.first == UInt8(ascii: ".") && rest.dropFirst().first == UInt8(ascii: "[") {
                rest.removeFirst()
            } else if rest.first == UInt8(ascii: "[") {
                rest.removeFirst()
                expression = try brackets(after: expression)
            } else if rest.first == UInt8(ascii: "?"), rest.dropFirst().first != UInt8(ascii: "/") {
                rest.removeFirst()
                expression = .attempt(expression)
            } else {
                return expression
            }
        }
    }

    private mutating func brackets(after expression: QueryExpression) throws -> QueryExpression {
        if take("]") { throw FirehoseFault.notBuilt("the jq iterator .[] in MetadataExtractionQuery") }
        if take(":") {
            let end = try pipe()
            try need("]")
            return .slice(expression, from: nil, to: end)
        }
        let index = try pipe()
        if take(":") {
            if take("]") { return .slice(expression, from: index, to: nil) }
            let end = try pipe()
            try need("]")
            return .slice(expression, from: index, to: end)
        }
        try need("]")
        return .field(expression, index)
    }

    private mutating func term() throws -> QueryExpression {
        skipBlanks()
        guard let first = rest.first else { throw failure() }
        switch first {
        case UInt8(ascii: "."):
            rest.removeFirst()
            guard let next = rest.first else { return .identity }
            if next == UInt8(ascii: ".") { throw FirehoseFault.notBuilt("jq's recursive descent in MetadataExtractionQuery") }
            if Self.isNameStart(next) || next == UInt8(ascii: "\"") { return .field(.identity, try fieldName()) }
            return .identity
        case UInt8(ascii: "("):
            rest.removeFirst()
            let inner = try pipe()
            try need(")")
            return inner
        case UInt8(ascii: "{"):
            rest.removeFirst()
            return try object()
        case UInt8(ascii: "\""): return .literal(.string(try string()))
        case UInt8(ascii: "-"):
            rest.removeFirst()
            return .arithmetic("-", .literal(0), try postfix())
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return .literal(try number())
        default:
            guard Self.isNameStart(first) else { throw failure() }
            return try word()
        }
    }

    private mutating func word() throws -> QueryExpression {
        let name = name()
        switch name {
        case "null": return .literal(.null)
        case "true": return .literal(true)
        case "false": return .literal(false)
        default: break
        }
        guard let function = QueryFunction(rawValue: name) else {
            throw FirehoseFault.notBuilt("the jq function \(name) in MetadataExtractionQuery")
        }
        var arguments: [QueryExpression] = []
        if take("(") {
            repeat { arguments.append(try pipe()) } while take(";")
            try need(")")
        }
        guard arguments.count == function.arguments else { throw failure() }
        return .call(function, arguments)
    }

    private mutating func object() throws -> QueryExpression {
        var pairs: [(QueryExpression, QueryExpression)] = []
        if take("}") { return .object([]) }
        repeat {
            skipBlanks()
            guard let first = rest.first else { throw failure() }
            let key: QueryExpression
            if first == UInt8(ascii: "(") {
                rest.removeFirst()
                key = try pipe()
                try need(")")
                try need(":")
            } else {
                let name = first == UInt8(ascii: "\"") ? try string() : name()
                guard !name.isEmpty else { throw failure() }
                key = .literal(.string(name))
                guard take(":") else {
                    pairs.append((key, .field(.identity, key)))
                    continue
                }
            }
            pairs.append((key, try pipe()))
        } while take(",")
        try need("}")
        return .object(pairs)
    }

    private mutating func fieldName() throws -> QueryExpression {
        .literal(.string(rest.first == UInt8(ascii: "\"") ? try string() : name()))
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
    }

    private mutating func name() -> String {
        let found = rest.prefix { Self.isNameStart($0) || $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        rest = rest.dropFirst(found.count)
        return String(decoding: found, as: UTF8.self)
    }

    private mutating func string() throws -> String {
        var end = rest.startIndex + 1
        while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") { end += rest[end] == UInt8(ascii: "\\") ? 2 : 1 }
        guard end < rest.endIndex else { throw failure() }
        guard let text = try? JSON.parse(Array(rest[rest.startIndex...end])).string else { throw failure() }
        rest = rest[(end + 1)...]
        return text
    }

    private mutating func number() throws -> Document {
        let found = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") || $0 == UInt8(ascii: ".") }
        guard let value = try? JSON.parse(Array(found)) else { throw failure() }
        rest = rest.dropFirst(found.count)
        return value
    }
}

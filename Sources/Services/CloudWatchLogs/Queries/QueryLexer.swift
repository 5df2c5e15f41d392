import Documents

/// What a query's text is made of.
enum QueryToken: Hashable, Sendable {
    case name(String)
    case text(String)
    case number(Double)
    /// Milliseconds: `5m`, `30s`.
    case duration(Int64)
    case regex(String)
    case mark(String)
}

/// Cuts a query into tokens, each with its place in the text.
struct QueryLexer {
    struct Piece: Sendable {
        var token: QueryToken
        var begin: String.Index
        var end: String.Index
    }

    private static let marks = [
        "!=", "<=", ">=", "=~", "=", "<", ">", "(", ")", "[", "]", ",", "|", "+", "-", "*", "/", "%", "^", ".",
    ]
    private static let units: [String: Int64] = [
        "ms": 1, "s": 1_000, "sec": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "hr": 3_600_000, "d": 86_400_000,
        "w": 604_800_000,
    ]

    static func pieces(_ text: String) throws(QueryError) -> [Piece] {
        var pieces: [Piece] = []
        var place = text.startIndex
        while place < text.endIndex {
            let character = text[place]
            if character.isWhitespace {
                place = text.index(after: place)
                continue
            }
            if character == "#" {
                place = text[place...].firstIndex(where: \.isNewline) ?? text.endIndex
                continue
            }
            let begin = place
            let command = pieces.lastIndex { $0.token == .mark("|") }.map { $0 + 1 } ?? 0
            let isParse = command < pieces.count && pieces[command].token == .name("parse")
            let token = try next(text, &place, after: pieces.last?.token, isParse: isParse)
            pieces.append(Piece(token: token, begin: begin, end: place))
        }
        return pieces
    }

    private static func next(_ text: String, _ place: inout String.Index, after last: QueryToken?, isParse: Bool)
        throws(QueryError) -> QueryToken
    {
        let character = text[place]
        switch character {
        case "\"", "'": return .text(try until(character, text, &place, keepsEscapes: false))
        case "`": return .name(try until(character, text, &place, keepsEscapes: false))
        case "/" where isParse || startsRegex(last): return .regex(try until("/", text, &place, keepsEscapes: true))
        default: break
        }
        if character.isNumber {
            let digits = text[place...].prefix { $0.isNumber || $0 == "." }
            let letters = text[digits.endIndex...].prefix { $0.isLetter }
            place = letters.endIndex
            guard let number = Double(digits) else { throw .malformed("unexpected symbol found \(digits)") }
            if letters.isEmpty { return .number(number) }
            guard let unit = units[String(letters)] else { throw .malformed("unexpected symbol found \(digits)\(letters)") }
            let width = number.rounded(.towardZero) * Double(unit)
            guard width < Double(Timestamp.farthest) else { throw .malformed("unexpected symbol found \(digits)\(letters)") }
            return .duration(Int64(width))
        }
        if character.isLetter || character == "_" || character == "@" || character == "$" {
            let name = text[place...].prefix {
                $0.isLetter || $0.isNumber || $0 == "_" || $0 == "@" || $0 == "." || $0 == "$"
            }
            place = name.endIndex
            return .name(String(name))
        }
        guard let mark = marks.first(where: { text[place...].hasPrefix($0) }) else {
            throw .malformed("unexpected symbol found \(character)")
        }
        place = text.index(place, offsetBy: mark.count)
        return .mark(mark)
    }

    /// A slash is a division after a value, and an expression's beginning elsewhere.
    private static func startsRegex(_ last: QueryToken?) -> Bool {
        switch last {
        case .name(let name): name.lowercased() == "like"
        case .number, .duration, .mark(")"), .mark("]"): false
        default: true
        }
    }

    private static func until(
        _ close: Character, _ text: String, _ place: inout String.Index, keepsEscapes: Bool
    ) throws(QueryError) -> String {
        var value = ""
        place = text.index(after: place)
        while place < text.endIndex {
            let character = text[place]
            place = text.index(after: place)
            if character == close { return value }
            if character == "\\", place < text.endIndex {
                let escaped = text[place]
                place = text.index(after: place)
                if keepsEscapes, escaped != close { value.append("\\") }
                value.append(escaped)
            } else {
                value.append(character)
            }
        }
        throw .malformed("unterminated \(close)")
    }
}

import Documents

/// One token of an expression, with its place in the text for messages.
struct Token: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case word, placeholder, value, integer, symbol, unknown, end
    }
    var kind: Kind
    var text: String
    /// Byte offsets in the expression.
    var range: Range<Int>
}

/// Cuts an expression into tokens
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html).
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0

    /// All tokens of `text`; the last is always the end.
    static func tokens(_ text: String) -> [Token] {
        var lexer = Lexer(bytes: Array(text.utf8))
        var tokens: [Token] = []
        while let token = lexer.next() { tokens.append(token) }
        tokens.append(Token(kind: .end, text: "<EOF>", range: lexer.position..<lexer.position))
        return tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isWordPart(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") }

    private mutating func next() -> Token? {
        while position < bytes.count, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        let start = position
        let first = bytes[position]
        position += 1
        switch first {
        case _ where Self.isLetter(first): return token(.word, from: start, while: Self.isWordPart)
        case _ where Self.isDigit(first): return token(.integer, from: start, while: Self.isDigit)
        case UInt8(ascii: "#"), UInt8(ascii: ":"):
            let whole = token(first == UInt8(ascii: "#") ? .placeholder : .value, from: start, while: Self.isWordPart)
            return whole.range.count > 1 ? whole : Token(kind: .unknown, text: whole.text, range: whole.range)
        case UInt8(ascii: "<"):
            if position < bytes.count, bytes[position] == UInt8(ascii: "=") || bytes[position] == UInt8(ascii: ">") {
                position += 1
            }
        case UInt8(ascii: ">"):
            if position < bytes.count, bytes[position] == UInt8(ascii: "=") { position += 1 }
        case _ where "=(),.[]+-".utf8.contains(first): break
        default:
            // The rest of a multi-byte character belongs to the same token.
            while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
            return token(.unknown, from: start, while: { _ in false })
        }
        return token(.symbol, from: start, while: { _ in false })
    }

    private mutating func token(_ kind: Token.Kind, from start: Int, while belongs: (UInt8) -> Bool) -> Token {
        while position < bytes.count, belongs(bytes[position]) { position += 1 }
        return Token(kind: kind, text: String(decoding: bytes[start..<position], as: UTF8.self), range: start..<position)
    }
}

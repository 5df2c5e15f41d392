/// One token of a PartiQL statement.
struct StatementToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable { case word, quoted, string, number, symbol, parameter, unknown, end }
    var kind: Kind
    var text: String
}

/// Cuts a PartiQL statement into tokens: names may stand in double quotation marks, text in single ones, and a mark inside
/// is doubled.
struct StatementLexer {
    private let bytes: [UInt8]
    private var position = 0

    static func tokens(_ text: String) -> [StatementToken] {
        var lexer = StatementLexer(bytes: Array(text.utf8))
        var tokens: [StatementToken] = []
        while let token = lexer.next() { tokens.append(token) }
        tokens.append(StatementToken(kind: .end, text: ""))
        return tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }
    private func byte(ahead count: Int) -> UInt8? { position + count < bytes.count ? bytes[position + count] : nil }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isWordPart(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "$")
    }

    private mutating func next() -> StatementToken? {
        skipBlanks()
        guard let first = current else { return nil }
        switch first {
        case UInt8(ascii: "'"): return quotation(first, .string)
        case UInt8(ascii: "\""): return quotation(first, .quoted)
        case UInt8(ascii: "?"):
            position += 1
            return StatementToken(kind: .parameter, text: "?")
        case _ where Self.isDigit(first), UInt8(ascii: ".") where byte(ahead: 1).map(Self.isDigit) ?? false: return number()
        case _ where Self.isWordPart(first):
            let start = position
            while let byte = current, Self.isWordPart(byte) { position += 1 }
            return StatementToken(kind: .word, text: String(decoding: bytes[start..<position], as: UTF8.self))
        default: return symbol(first)
        }
    }

    /// Passes over white space and comments: `-- to the line's end` and `/* between */`.
    private mutating func skipBlanks() {
        while let byte = current {
            if [9, 10, 13, 32].contains(byte) {
                position += 1
            } else if byte == UInt8(ascii: "-"), self.byte(ahead: 1) == UInt8(ascii: "-") {
                while let byte = current, byte != 10, byte != 13 { position += 1 }
            } else if byte == UInt8(ascii: "/"), self.byte(ahead: 1) == UInt8(ascii: "*") {
                position += 2
                while position < bytes.count, !(current == UInt8(ascii: "*") && self.byte(ahead: 1) == UInt8(ascii: "/")) {
                    position += 1
                }
                position = min(position + 2, bytes.count)
            } else {
                return
            }
        }
    }

    private mutating func symbol(_ first: UInt8) -> StatementToken {
        let pair = [first, byte(ahead: 1) ?? 0]
        let text = String(decoding: pair, as: UTF8.self)
        if ["<=", ">=", "<>", "!=", "<<", ">>"].contains(text) {
            position += 2
            return StatementToken(kind: .symbol, text: text)
        }
        let start = position
        position += 1
        while let byte = current, byte & 0xC0 == 0x80 { position += 1 }
        let one = String(decoding: bytes[start..<position], as: UTF8.self)
        return StatementToken(kind: "=<>(),.[]{}:+-*;".contains(one) ? .symbol : .unknown, text: one)
    }

    private mutating func quotation(_ mark: UInt8, _ kind: StatementToken.Kind) -> StatementToken {
        position += 1
        var content: [UInt8] = []
        while let byte = current {
            position += 1
            if byte == mark {
                guard current == mark else {
                    return StatementToken(kind: kind, text: String(decoding: content, as: UTF8.self))
                }
                position += 1
            }
            content.append(byte)
        }
        return StatementToken(kind: .unknown, text: String(decoding: content, as: UTF8.self))
    }

    private mutating func number() -> StatementToken {
        let start = position
        while let byte = current, Self.isDigit(byte) || byte == UInt8(ascii: ".") { position += 1 }
        if let byte = current, byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            position += 1
            if let sign = current, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { position += 1 }
            while let byte = current, Self.isDigit(byte) { position += 1 }
        }
        return StatementToken(kind: .number, text: String(decoding: bytes[start..<position], as: UTF8.self))
    }
}

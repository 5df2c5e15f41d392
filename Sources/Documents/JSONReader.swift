/// Reads one JSON text from a buffer. The buffer must outlive the reader.
struct JSONReader {
    private let buffer: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    private let uniqueNames: Bool
    private let keepsNumerals: Bool
    /// Room for the members of most objects.
    private static let membersUsual = 4

    init(_ buffer: UnsafeBufferPointer<UInt8>, uniqueNames: Bool = false, keepsNumerals: Bool = false) {
        (self.buffer, self.uniqueNames, self.keepsNumerals) = (buffer, uniqueNames, keepsNumerals)
    }

    mutating func document() throws -> Document {
        skipSpace()
        let value = try value()
        skipSpace()
        guard position == buffer.count else { throw failure(.trailingBytes) }
        return value
    }

    private func failure(_ reason: DocumentError.Reason = .malformed) -> DocumentError {
        DocumentError(reason, offset: position)
    }

    private var next: UInt8? { position < buffer.count ? buffer[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func expect(_ literal: StaticString) throws {
        let count = literal.utf8CodeUnitCount
        guard position + count <= buffer.count else { throw failure() }
        for index in 0..<count where buffer[position + index] != literal.utf8Start[index] { throw failure() }
        position += count
    }

    private mutating func value() throws -> Document {
        guard let byte = next else { throw failure() }
        switch byte {
        case UInt8(ascii: "{"): return try nested { try $0.object() }
        case UInt8(ascii: "["): return try nested { try $0.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): try expect("true"); return .bool(true)
        case UInt8(ascii: "f"): try expect("false"); return .bool(false)
        case UInt8(ascii: "n"): try expect("null"); return .null
        default: return try number()
        }
    }

    private mutating func nested(_ body: (inout JSONReader) throws -> Document) throws -> Document {
        depth += 1
        defer { depth -= 1 }
        guard depth <= JSON.depthMax else { throw failure(.tooDeep) }
        position += 1
        return try body(&self)
    }

    private mutating func object() throws -> Document {
        skipSpace()
        if next == UInt8(ascii: "}") { position += 1; return .map([:]) }
        var members = Members(minimumCapacity: Self.membersUsual)
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure() }
            let name = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw failure() }
            position += 1
            skipSpace()
            if members.updateValue(try value(), forKey: name) != nil {
                guard !uniqueNames, members.holds(name) else { throw failure() }
            }
            skipSpace()
            guard let byte = next else { throw failure() }
            position += 1
            if byte == UInt8(ascii: "}") { return .map(members) }
            guard byte == UInt8(ascii: ",") else { position -= 1; throw failure() }
        }
    }

    private mutating func array() throws -> Document {
        var elements: [Document] = []
        skipSpace()
        if next == UInt8(ascii: "]") { position += 1; return .list(elements) }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            guard let byte = next else { throw failure() }
            position += 1
            if byte == UInt8(ascii: "]") { return .list(elements) }
            guard byte == UInt8(ascii: ",") else { position -= 1; throw failure() }
        }
    }

    private mutating func number() throws -> Document {
        let start = position
        var isInteger = true
        if next == UInt8(ascii: "-") { position += 1 }
        guard let first = next, isDigit(first) else { throw failure() }
        position += 1
        if first != UInt8(ascii: "0") { skipDigits() }
        if next == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard let byte = next, isDigit(byte) else { throw failure() }
            skipDigits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard let byte = next, isDigit(byte) else { throw failure() }
            skipDigits()
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: buffer[start..<position]), as: UTF8.self)
        if isInteger, let value = Int64(text), !keepsNumerals || text != "-0" { return .integer(value) }
        if keepsNumerals { return .numeral(text) }
        guard let value = Double(text), value.isFinite else { throw failure() }
        return .double(value)
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
    private mutating func skipDigits() { while let byte = next, isDigit(byte) { position += 1 } }

    private mutating func string() throws -> String {
        position += 1
        let start = position
        var plain = true
        skipPlain()
        while let byte = next {
            if byte == UInt8(ascii: "\"") {
                let slice = UnsafeBufferPointer(rebasing: buffer[start..<position])
                position += 1
                if plain {
                    guard let text = String(validUTF8: slice) else { throw failure(.notUTF8) }
                    return text
                }
                return try unescape(slice)
            }
            guard byte >= 0x20 else { throw failure() }
            if byte == UInt8(ascii: "\\") { plain = false; position += 1 }
            position += 1
            skipPlain()
        }
        throw failure()
    }

    /// Goes on to the next byte of a string that ends it, escapes or is not allowed, as far as that can be seen eight bytes
    /// at a time (Warren, Hacker's Delight, 6-1: a byte of a word that is zero, or below a limit).
    private mutating func skipPlain() {
        guard let base = buffer.baseAddress else { return }
        let ones: UInt64 = 0x0101_0101_0101_0101
        while position + 8 <= buffer.count {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word) & (ones &* 0x80)
            guard found == 0 else {
                // A borrow can only spoil what lies above the first byte found.
                position += found.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
    }

    private func unescape(_ slice: UnsafeBufferPointer<UInt8>) throws -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(slice.count)
        var index = 0
        while let stop = slice[index...].firstIndex(of: UInt8(ascii: "\\")) {
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: slice[index..<stop]))
            index = stop + 1
            guard index < slice.count else { throw failure() }
            let escape = slice[index]
            index += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(escape)
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"): bytes.append(contentsOf: try scalar(slice, &index).utf8Bytes)
            default: throw failure()
            }
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: slice[index...]))
        guard let text = bytes.withUnsafeBufferPointer({ String(validUTF8: $0) }) else { throw failure(.notUTF8) }
        return text
    }

    /// The scalar after `\u`, with its second half where it is a surrogate pair. A lone surrogate is refused.
    private func scalar(_ slice: UnsafeBufferPointer<UInt8>, _ index: inout Int) throws -> Unicode.Scalar {
        let first = try hexadecimal(slice, &index)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), index + 1 < slice.count,
            slice[index] == UInt8(ascii: "\\"), slice[index + 1] == UInt8(ascii: "u")
        else { throw failure() }
        index += 2
        let second = try hexadecimal(slice, &index)
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure() }
        return scalar
    }

    private func hexadecimal(_ slice: UnsafeBufferPointer<UInt8>, _ index: inout Int) throws -> UInt32 {
        guard index + 4 <= slice.count else { throw failure() }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(slice[index])).hexDigitValue else { throw failure() }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}

extension Unicode.Scalar {
    fileprivate var utf8Bytes: [UInt8] { Array(String(self).utf8) }
}

/// Writes documents as compact JSON.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ document: Document) {
        switch document {
        case .null: literal("null")
        case .bool(let value): literal(value ? "true" : "false")
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value): number(value)
        case .numeral(let text): bytes.append(contentsOf: text.utf8)
        case .string(let value): string(value)
        case .blob(let value): quoted(Base64.encode(value))
        case .timestamp(let value): number(value.epochSeconds)
        case .list(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .map(let members):
            bytes.append(UInt8(ascii: "{"))
            var first = true
            for (name, value) in members {
                if !first { bytes.append(UInt8(ascii: ",")) }
                first = false
                string(name)
                bytes.append(UInt8(ascii: ":"))
                write(value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func literal(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func number(_ value: Double) {
        // JSON has no NaN and infinities; AWS's JSON protocols write them as these strings.
        if value.isNaN { return literal("\"NaN\"") }
        if value.isInfinite { return value > 0 ? literal("\"Infinity\"") : literal("\"-Infinity\"") }
        if let whole = Int64(exactly: value), abs(value) < 1e15 {
            bytes.append(contentsOf: String(whole).utf8)
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
    }

    private mutating func quoted(_ ascii: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: ascii)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func open(capacity: Int = 0) {
        if capacity > 0 { bytes.reserveCapacity(capacity) }
        bytes.append(UInt8(ascii: "{"))
    }

    mutating func close() { bytes.append(UInt8(ascii: "}")) }

    /// - Parameter name: has nothing to escape.
    mutating func name(plain name: StaticString, isFirst: Bool) {
        literal(isFirst ? "\"" : ",\"")
        literal(name)
        literal("\":")
    }

    /// JSON text as it is.
    mutating func raw(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var written = 0
            for (position, byte) in utf8.enumerated()
            where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[written..<position]))
                escape(byte)
                written = position + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[written...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): literal("\\\"")
        case UInt8(ascii: "\\"): literal("\\\\")
        case 0x0A: literal("\\n")
        case 0x0D: literal("\\r")
        case 0x09: literal("\\t")
        default:
            literal("\\u00")
            bytes.append(Hex.digit(byte >> 4))
            bytes.append(Hex.digit(byte & 15))
        }
    }
}

/// CBOR (RFC 8949) to and from documents: the body of Smithy's rpc-v2-cbor, and the form of values in the store.
///
/// Timestamps are tag 1 (epoch seconds). Written as a double they would lose microseconds, so a whole second is an
/// integer and anything finer a double, which holds microseconds exactly until the year 2255.
public enum CBOR {
    public static let depthMax = JSON.depthMax

    /// - Throws: ``DocumentError`` with the byte offset.
    public static func parse(_ bytes: [UInt8]) throws -> Document { try parse(bytes[...]) }

    /// - Throws: ``DocumentError`` with the offset from the first byte.
    public static func parse(_ bytes: ArraySlice<UInt8>) throws -> Document {
        try bytes.withUnsafeBufferPointer { buffer in
            var reader = CBORReader(buffer)
            let value = try reader.value()
            guard reader.isAtEnd else { throw DocumentError(.trailingBytes, offset: reader.position) }
            return value
        }
    }

    /// - Parameter tag: a byte to stand before the document, where there is one.
    public static func write(_ document: Document, after tag: UInt8? = nil) -> [UInt8] {
        var writer = CBORWriter(after: tag)
        writer.write(document)
        return writer.bytes
    }
}

struct CBORWriter {
    private(set) var bytes: [UInt8] = []

    init(after tag: UInt8? = nil) {
        // Most records are not larger.
        bytes.reserveCapacity(256)
        if let tag { bytes.append(tag) }
    }

    mutating func write(_ document: Document) {
        switch document {
        case .null: bytes.append(0xF6)
        case .bool(let value): bytes.append(value ? 0xF5 : 0xF4)
        case .integer(let value): integer(value)
        case .double(let value): double(value)
        case .numeral(let text): double(Double(text) ?? .nan)
        case .string(let value): text(value)
        case .blob(let value):
            head(2, UInt64(value.count))
            bytes.append(contentsOf: value)
        case .timestamp(let value):
            head(6, 1)
            if value.microseconds % 1_000_000 == 0 { integer(value.seconds) } else { double(Double(value.microseconds) / 1e6) }
        case .list(let elements):
            head(4, UInt64(elements.count))
            for element in elements { write(element) }
        case .map(let members):
            head(5, UInt64(members.count))
            for (name, value) in members {
                text(name)
                write(value)
            }
        }
    }

    private mutating func integer(_ value: Int64) {
        if value >= 0 { head(0, UInt64(value)) } else { head(1, UInt64(-1 - value)) }
    }

    private mutating func double(_ value: Double) {
        bytes.append(0xFB)
        withUnsafeBytes(of: value.bitPattern.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            head(3, UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    private mutating func head(_ major: UInt8, _ argument: UInt64) {
        switch argument {
        case 0..<24: bytes.append(major << 5 | UInt8(argument))
        case 24..<0x100:
            bytes.append(major << 5 | 24)
            bytes.append(UInt8(argument))
        case 0x100..<0x1_0000:
            bytes.append(major << 5 | 25)
            withUnsafeBytes(of: UInt16(argument).bigEndian) { bytes.append(contentsOf: $0) }
        case 0x1_0000..<0x1_0000_0000:
            bytes.append(major << 5 | 26)
            withUnsafeBytes(of: UInt32(argument).bigEndian) { bytes.append(contentsOf: $0) }
        default:
            bytes.append(major << 5 | 27)
            withUnsafeBytes(of: argument.bigEndian) { bytes.append(contentsOf: $0) }
        }
    }
}

/// Reads CBOR from a buffer, which must outlive the reader. Lengths are checked against what is left before use.
struct CBORReader {
    private let buffer: UnsafeBufferPointer<UInt8>
    private(set) var position = 0
    private var depth = 0

    init(_ buffer: UnsafeBufferPointer<UInt8>) { self.buffer = buffer }

    var isAtEnd: Bool { position == buffer.count }

    private func failure(_ reason: DocumentError.Reason = .malformed) -> DocumentError { DocumentError(reason, offset: position) }

    private mutating func byte() throws -> UInt8 {
        guard position < buffer.count else { throw failure() }
        defer { position += 1 }
        return buffer[position]
    }

    private mutating func unsigned(_ count: Int) throws -> UInt64 {
        var value: UInt64 = 0
        for _ in 0..<count { value = value << 8 | UInt64(try byte()) }
        return value
    }

    private mutating func argument(_ info: UInt8) throws -> UInt64 {
        switch info {
        case 0..<24: UInt64(info)
        case 24: UInt64(try byte())
        case 25: try unsigned(2)
        case 26: try unsigned(4)
        case 27: try unsigned(8)
        default: throw failure()
        }
    }

    private mutating func slice(_ count: UInt64) throws -> UnsafeBufferPointer<UInt8> {
        guard count <= UInt64(buffer.count - position) else { throw failure() }
        defer { position += Int(count) }
        return UnsafeBufferPointer(rebasing: buffer[position..<position + Int(count)])
    }

    mutating func value() throws -> Document {
        depth += 1
        defer { depth -= 1 }
        guard depth <= CBOR.depthMax else { throw failure(.tooDeep) }
        let head = try byte()
        let (major, info) = (head >> 5, head & 31)
        switch major {
        case 0:
            guard let value = Int64(exactly: try argument(info)) else { throw failure() }
            return .integer(value)
        case 1:
            guard let value = Int64(exactly: try argument(info)) else { throw failure() }
            return .integer(-1 - value)
        case 2: return .blob(try chunks(major, info))
        case 3: return .string(try text(info))
        case 4: return .list(try elements(info))
        case 5: return .map(try members(info))
        case 6: return try tagged(try argument(info))
        default: return try simple(info)
        }
    }

    private mutating func text(_ info: UInt8) throws -> String {
        let text =
            info == 31
            ? try chunks(3, info).withUnsafeBufferPointer { String(validUTF8: $0) }
            : String(validUTF8: try slice(try argument(info)))
        guard let text else { throw failure(.notUTF8) }
        return text
    }

    /// A byte or text string: one piece, or an indefinite run of definite pieces.
    private mutating func chunks(_ major: UInt8, _ info: UInt8) throws -> [UInt8] {
        guard info == 31 else { return Array(try slice(try argument(info))) }
        var bytes: [UInt8] = []
        while true {
            let head = try byte()
            if head == 0xFF { return bytes }
            guard head >> 5 == major, head & 31 != 31 else { throw failure() }
            bytes.append(contentsOf: try slice(try argument(head & 31)))
        }
    }

    private mutating func atBreak() -> Bool {
        guard position < buffer.count, buffer[position] == 0xFF else { return false }
        position += 1
        return true
    }

    /// Room to begin with: bytes that claim many elements, nested, are given no memory on their word.
    private static func room(for count: UInt64) -> Int { Int(min(count, 32)) }

    private mutating func elements(_ info: UInt8) throws -> [Document] {
        var elements: [Document] = []
        if info == 31 {
            while !atBreak() { elements.append(try value()) }
        } else {
            let count = try argument(info)
            guard count <= UInt64(buffer.count - position) else { throw failure() }
            elements.reserveCapacity(Self.room(for: count))
            for _ in 0..<count { elements.append(try value()) }
        }
        return elements
    }

    private mutating func members(_ info: UInt8) throws -> Members {
        guard info != 31 else {
            var members = Members()
            while !atBreak() { try member(&members) }
            return members
        }
        let count = try argument(info)
        // Each has a byte for its name and one for its value at least.
        guard count <= UInt64(buffer.count - position) / 2 else { throw failure() }
        var members = Members(minimumCapacity: Self.room(for: count))
        for _ in 0..<count { try member(&members) }
        return members
    }

    private mutating func member(_ members: inout Members) throws {
        let head = try byte()
        guard head >> 5 == 3 else { throw failure() }
        let name = try text(head & 31)
        if members.updateValue(try value(), forKey: name) != nil, !members.holds(name) { throw failure() }
    }

    private mutating func tagged(_ tag: UInt64) throws -> Document {
        let content = try value()
        guard tag == 1 else { return content }
        if case .integer(let seconds) = content, abs(seconds) < 9_000_000_000_000 {
            return .timestamp(Timestamp(seconds: seconds))
        }
        guard let seconds = content.double, let timestamp = Timestamp(epochSeconds: seconds) else { throw failure() }
        return .timestamp(timestamp)
    }

    private mutating func simple(_ info: UInt8) throws -> Document {
        switch info {
        case 20: return .bool(false)
        case 21: return .bool(true)
        case 22, 23: return .null
        case 25: return .double(half(UInt16(try unsigned(2))))
        case 26: return .double(Double(Float(bitPattern: UInt32(try unsigned(4)))))
        case 27: return .double(Double(bitPattern: try unsigned(8)))
        default: throw failure()
        }
    }

    /// RFC 8949, appendix D.
    private func half(_ bits: UInt16) -> Double {
        let (exponent, mantissa) = (Int(bits >> 10 & 31), Double(bits & 1023))
        let magnitude =
            switch exponent {
            case 0: mantissa * 0x1p-24
            case 31: mantissa == 0 ? Double.infinity : .nan
            default: (1024 + mantissa) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
            }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }
}

import Store

/// A compact record format: fields in any order, each a number, and a value that is a variable-length integer (even
/// numbers) or a counted byte string (odd numbers). Absent fields take no room.
struct FieldWriter {
    private(set) var bytes: [UInt8]

    /// - Parameters:
    ///   - tag: the format's version, the first byte.
    ///   - capacity: bytes that the record will hardly exceed.
    init(tag: UInt8, capacity: Int = 192) {
        bytes = []
        bytes.reserveCapacity(capacity)
        bytes.append(tag)
    }

    mutating func integer(_ field: UInt8, _ value: Int64?) {
        guard let value else { return }
        bytes.append(field << 1)
        varint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    mutating func text(_ field: UInt8, _ value: String?) {
        guard let value else { return }
        bytes.append(field << 1 | 1)
        varint(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func blob(_ field: UInt8, _ value: [UInt8]?) {
        guard let value else { return }
        bytes.append(field << 1 | 1)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads what ``FieldWriter`` wrote, field by field.
struct FieldReader {
    enum Value {
        case integer(Int64)
        case bytes(ArraySlice<UInt8>)

        func integer(_ type: String) throws -> Int64 {
            guard case .integer(let value) = self else { throw StoreError.corrupt(type) }
            return value
        }

        func blob(_ type: String) throws -> [UInt8] {
            guard case .bytes(let value) = self else { throw StoreError.corrupt(type) }
            return Array(value)
        }

        func text(_ type: String) throws -> String {
            guard case .bytes(let value) = self else { throw StoreError.corrupt(type) }
            return String(decoding: value, as: UTF8.self)
        }
    }

    private let bytes: [UInt8]
    private var position = 1
    private let type: String

    /// - Throws: ``StoreError/newer(type:tag:)`` for a later format, ``StoreError/corrupt(_:)`` for no bytes.
    init(_ bytes: [UInt8], tag: UInt8, type: String) throws {
        guard let found = bytes.first else { throw StoreError.corrupt(type) }
        guard found <= tag else { throw StoreError.newer(type: type, tag: found) }
        (self.bytes, self.type) = (bytes, type)
    }

    /// - Returns: nil at the end.
    mutating func next() throws -> (field: UInt8, value: Value)? {
        guard position < bytes.count else { return nil }
        let head = bytes[position]
        position += 1
        let number = try varint()
        guard head & 1 == 1 else { return (head >> 1, .integer(Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1))) }
        guard number <= UInt64(bytes.count - position) else { throw StoreError.corrupt(type) }
        let slice = bytes[position..<position + Int(number)]
        position += Int(number)
        return (head >> 1, .bytes(slice))
    }

    private mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw StoreError.corrupt(type)
    }
}

import Documents
import Store

/// The form of an item in the store: a version, the item's size by AWS's rules, then its attributes. Compact and quick to
/// read; the size at the front spares reading an item that is only counted.
///
/// Integers are LEB128. An attribute is its name, a type code and its content.
enum ItemCoding {
    private static let version: UInt8 = 1
    private static let sealed: UInt8 = 2

    private enum Code {
        static let string: UInt8 = 0, number: UInt8 = 1, negative: UInt8 = 2, binary: UInt8 = 3, no: UInt8 = 4, yes: UInt8 = 5
        static let null: UInt8 = 6, stringSet: UInt8 = 7, numberSet: UInt8 = 8, binarySet: UInt8 = 9, list: UInt8 = 10
        static let map: UInt8 = 11
    }

    static func encode(_ item: Attributes, size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 16 + item.count * 4)
        bytes.append(version)
        append(UInt64(size), to: &bytes)
        append(item, to: &bytes)
        return bytes
    }

    /// The size that was given to ``encode(_:size:)``.
    static func size(_ bytes: [UInt8]) throws -> Int {
        var reader = try Reader(bytes)
        return try reader.count()
    }

    /// An item that is not sealed.
    static func decode(_ bytes: [UInt8]) throws -> Attributes {
        guard bytes.first != sealed else { throw StoreError.corrupt("a sealed item is read without its key") }
        var reader = try Reader(bytes)
        _ = try reader.count()
        return try reader.attributes()
    }

    /// What a sealed item begins with.
    static func sealedStart(_ size: Int) -> [UInt8] {
        var bytes = [sealed]
        append(UInt64(size), to: &bytes)
        return bytes
    }

    /// The length of that; nil for an item that is not sealed.
    static func sealedStartLength(_ bytes: [UInt8]) throws -> Int? {
        guard bytes.first == sealed else { return nil }
        var reader = try Reader(bytes)
        _ = try reader.count()
        return reader.position
    }

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        append(UInt64(text.utf8.count), to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    private static func append(_ blob: [UInt8], to bytes: inout [UInt8]) {
        append(UInt64(blob.count), to: &bytes)
        bytes.append(contentsOf: blob)
    }

    private static func append(_ attributes: Attributes, to bytes: inout [UInt8]) {
        append(UInt64(attributes.count), to: &bytes)
        for (name, value) in attributes {
            append(name, to: &bytes)
            append(value, to: &bytes)
        }
    }

    private static func append(_ number: Number, to bytes: inout [UInt8]) {
        bytes.append(number.isNegative ? Code.negative : Code.number)
        append(UInt64(number.exponent + 200), to: &bytes)
        var rest = number.coefficient
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func append(_ value: AttributeValue, to bytes: inout [UInt8]) {
        switch value {
        case .string(let text):
            bytes.append(Code.string)
            append(text, to: &bytes)
        case .number(let number): append(number, to: &bytes)
        case .binary(let blob):
            bytes.append(Code.binary)
            append(blob, to: &bytes)
        case .bool(let value): bytes.append(value ? Code.yes : Code.no)
        case .null: bytes.append(Code.null)
        case .stringSet(let elements):
            bytes.append(Code.stringSet)
            append(UInt64(elements.count), to: &bytes)
            for element in elements { append(element, to: &bytes) }
        case .numberSet(let elements):
            bytes.append(Code.numberSet)
            append(UInt64(elements.count), to: &bytes)
            for element in elements { append(element, to: &bytes) }
        case .binarySet(let elements):
            bytes.append(Code.binarySet)
            append(UInt64(elements.count), to: &bytes)
            for element in elements { append(element, to: &bytes) }
        case .list(let elements):
            bytes.append(Code.list)
            append(UInt64(elements.count), to: &bytes)
            for element in elements { append(element, to: &bytes) }
        case .map(let members):
            bytes.append(Code.map)
            append(members, to: &bytes)
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 1

        init(_ bytes: [UInt8]) throws {
            guard let first = bytes.first else { throw StoreError.corrupt("item: no bytes") }
            guard first <= sealed else { throw StoreError.newer(type: "item", tag: first) }
            self.bytes = bytes
        }

        mutating func byte() throws -> UInt8 {
            guard position < bytes.count else { throw StoreError.corrupt("item is cut") }
            defer { position += 1 }
            return bytes[position]
        }

        mutating func integer() throws -> UInt128 {
            var (value, shift): (UInt128, Int) = (0, 0)
            while true {
                let byte = try byte()
                guard shift < 128 else { throw StoreError.corrupt("item integer") }
                value |= UInt128(byte & 0x7F) << UInt128(shift)
                if byte < 0x80 { return value }
                shift += 7
            }
        }

        mutating func count() throws -> Int {
            guard let value = Int(exactly: try integer()) else { throw StoreError.corrupt("item length") }
            return value
        }

        mutating func slice() throws -> ArraySlice<UInt8> {
            let length = try count()
            guard length <= bytes.count - position else { throw StoreError.corrupt("item is cut") }
            defer { position += length }
            return bytes[position..<position + length]
        }

        mutating func text() throws -> String { String(decoding: try slice(), as: UTF8.self) }

        mutating func attributes() throws -> Attributes {
            let count = try count()
            var attributes = Attributes(minimumCapacity: min(count, bytes.count))
            for _ in 0..<count {
                let name = try text()
                attributes[name] = try value()
            }
            return attributes
        }

        mutating func number(_ code: UInt8) throws -> Number {
            let exponent = try count() - 200
            do {
                return try Number(negative: code == Code.negative, try integer(), exponent: exponent)
            } catch is DynamoDBFault {
                throw StoreError.corrupt("item number")
            }
        }

        mutating func elements<Element>(_ read: (inout Reader) throws -> Element) throws -> [Element] {
            let count = try count()
            var elements: [Element] = []
            elements.reserveCapacity(min(count, bytes.count))
            for _ in 0..<count { elements.append(try read(&self)) }
            return elements
        }

        mutating func value() throws -> AttributeValue {
            let code = try byte()
            switch code {
            case Code.string: return .string(try text())
            case Code.number, Code.negative: return .number(try number(code))
            case Code.binary: return .binary(Array(try slice()))
            case Code.no: return .bool(false)
            case Code.yes: return .bool(true)
            case Code.null: return .null
            case Code.stringSet: return .stringSet(try elements { try $0.text() })
            case Code.numberSet: return .numberSet(try elements { try $0.number(try $0.byte()) })
            case Code.binarySet: return .binarySet(try elements { Array(try $0.slice()) })
            case Code.list: return .list(try elements { try $0.value() })
            case Code.map: return .map(try attributes())
            default: throw StoreError.corrupt("item type code \(code)")
            }
        }
    }
}

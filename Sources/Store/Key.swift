/// An ordered key: a space's number followed by a tuple of elements, encoded so that byte order is tuple order.
///
/// The encoding of elements is FoundationDB's tuple layer (https://github.com/apple/foundationdb/blob/main/design/tuple.md)
/// for byte strings (0x01), text (0x02), integers (0x0C-0x1C) and doubles (0x21): a NUL inside a string is escaped as
/// 00 FF, so a string sorts before every longer one it begins.
public struct Key: Sendable, Hashable, Comparable {
    public private(set) var bytes: [UInt8]

    public init(_ space: Space, _ elements: KeyElement...) { self.init(space, elements) }

    public init(_ space: Space, _ elements: [KeyElement]) {
        bytes = []
        // Room for most keys: growing step by step takes longer than the rest.
        bytes.reserveCapacity(96)
        bytes.append(UInt8(space.rawValue >> 8))
        bytes.append(UInt8(space.rawValue & 0xFF))
        for element in elements { element.append(to: &bytes) }
    }

    /// A key read back from the store.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// This key with more elements behind it.
    public func appending(_ elements: KeyElement...) -> Key {
        var key = self
        for element in elements { element.append(to: &key.bytes) }
        return key
    }

    /// The space; nil for a key of a newer register.
    public var space: Space? { bytes.count < 2 ? nil : Space(rawValue: UInt16(bytes[0]) << 8 | UInt16(bytes[1])) }

    /// The elements behind the space.
    /// - Throws: ``StoreError/corrupt(_:)`` for bytes that ``Key`` never wrote.
    public func elements() throws -> [KeyElement] { try KeyElement.read(bytes.dropFirst(2)) }

    /// The first key after every key that begins with this one's elements: the end of its range.
    public var rangeEnd: Key { Key(bytes: bytes + [0xFF]) }

    /// The first key after this very key.
    public var successor: Key { Key(bytes: bytes + [0x00]) }

    /// All bytes at once: an array hashes its elements one by one.
    public func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    public static func < (left: Key, right: Key) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

/// One element of a key. Elements of one kind sort as their values do; of different kinds, in the order of the cases.
public enum KeyElement: Sendable, Hashable {
    case bytes([UInt8])
    /// Sorts by UTF-8 bytes, which is AWS's order of object keys.
    case text(String)
    case integer(Int64)
    case double(Double)
}

extension KeyElement: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

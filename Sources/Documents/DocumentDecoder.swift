/// Makes typed values out of documents, through Codable.
///
/// `[UInt8]` is a blob, ``Timestamp`` a timestamp and ``Document`` itself whatever stands there. A null member is an
/// absent member. An integer serves where a double is asked for, and a whole double where an integer is.
public struct DocumentDecoder {
    public init() {}

    /// - Throws: ``DocumentError`` with the path of the member that is missing or of another type.
    public func decode<Value: Decodable>(_ type: Value.Type, from document: Document) throws -> Value {
        try Node(document: document).decode(type)
    }
}

/// The names that lead to a value, innermost first; only spelt out when something is wrong.
private final class Path: CodingKey {
    let stringValue: String
    let intValue: Int?
    let parent: Path?
    init(_ name: String, _ parent: Path?) { (stringValue, intValue, self.parent) = (name, nil, parent) }
    init?(stringValue: String) { (self.stringValue, intValue, parent) = (stringValue, nil, nil) }
    init?(intValue: Int) { (stringValue, self.intValue, parent) = (String(intValue), intValue, nil) }
    var names: [String] { (parent?.names ?? []) + [stringValue] }
}

private struct Node: Decoder, SingleValueDecodingContainer {
    let document: Document
    let parent: Path?
    /// What leads here from the parent; nil at the root.
    let name: String?
    /// Spelt out only for what lies deeper and for failures: most values are neither.
    var path: Path? { name.map { Path($0, parent) } ?? parent }

    init(document: Document, _ name: String? = nil, of parent: Path? = nil) {
        (self.document, self.name, self.parent) = (document, name, parent)
    }

    var codingPath: [CodingKey] { path?.names.compactMap { Path(stringValue: $0) } ?? [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func failure(_ reason: DocumentError.Reason) -> DocumentError { DocumentError(reason, path: path?.names ?? []) }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .map(let members) = document else { throw failure(.wrongType) }
        return KeyedDecodingContainer(KeyedNode(members: members, path: path))
    }

    func unkeyedContainer() throws -> UnkeyedDecodingContainer {
        guard case .list(let elements) = document else { throw failure(.wrongType) }
        return UnkeyedNode(elements: elements, path: path)
    }

    func singleValueContainer() throws -> SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { document == .null }

    func decode(_ type: Bool.Type) throws -> Bool { try unwrap(document.bool) }
    func decode(_ type: String.Type) throws -> String { try unwrap(document.string) }
    func decode(_ type: Double.Type) throws -> Double { try unwrap(document.double) }
    func decode(_ type: Float.Type) throws -> Float { Float(try unwrap(document.double)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    private func integer<Value: FixedWidthInteger>() throws -> Value {
        try unwrap(document.integer.flatMap { Value(exactly: $0) })
    }

    private func unwrap<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw failure(document == .null ? .missing : .wrongType) }
        return value
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == [UInt8].self { return try unwrap(try unwrap(document.blob) as? Value) }
        if type == Timestamp.self { return try unwrap(try unwrap(document.timestamp) as? Value) }
        if type == Document.self { return try unwrap(document as? Value) }
        return try Value(from: self)
    }
}

private struct KeyedNode<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: Members
    let path: Path?

    var codingPath: [CodingKey] { path?.names.compactMap { Path(stringValue: $0) } ?? [] }
    var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { (members[key.stringValue] ?? .null) == .null }

    private func node(_ key: Key) -> Node { Node(document: members[key.stringValue] ?? .null, key.stringValue, of: path) }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try node(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try node(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try node(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try node(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try node(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try node(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try node(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try node(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try node(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try node(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try node(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try node(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try node(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try node(key).decode(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try node(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try node(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> UnkeyedDecodingContainer { try node(key).unkeyedContainer() }
    func superDecoder() throws -> Decoder { Node(document: .map(members), of: path) }
    func superDecoder(forKey key: Key) throws -> Decoder { node(key) }
}

private struct UnkeyedNode: UnkeyedDecodingContainer {
    let elements: [Document]
    let path: Path?
    var currentIndex = 0

    init(elements: [Document], path: Path?) { (self.elements, self.path) = (elements, path) }

    var codingPath: [CodingKey] { path?.names.compactMap { Path(stringValue: $0) } ?? [] }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private mutating func node() throws -> Node {
        let name = String(currentIndex)
        guard !isAtEnd else { throw DocumentError(.missing, path: Path(name, path).names) }
        defer { currentIndex += 1 }
        return Node(document: elements[currentIndex], name, of: path)
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try node().decode(type) }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try node().container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> UnkeyedDecodingContainer { try node().unkeyedContainer() }
    mutating func superDecoder() throws -> Decoder { try node() }
}

/// Makes documents out of typed values, through Codable. Absent optionals leave no member. See ``DocumentDecoder`` for
/// how blobs and timestamps map.
public struct DocumentEncoder {
    public init() {}

    public func encode<Value: Encodable>(_ value: Value) throws -> Document {
        if let document = special(value) { return document }
        let box = Box()
        try value.encode(to: Writer(box: box))
        return box.finished
    }
}

/// The document of a value that has a case of its own; nil for what Codable must take apart. Types are compared before
/// anything is cast: a cast that fails costs as much as the member's whole encoding.
private func special<Value: Encodable>(_ value: Value) -> Document? {
    if Value.self == String.self { return (value as? String).map { .string($0) } }
    if Value.self == [UInt8].self { return (value as? [UInt8]).map { .blob($0) } }
    if Value.self == Timestamp.self { return (value as? Timestamp).map { .timestamp($0) } }
    if Value.self == Document.self { return value as? Document }
    return nil
}

/// Where a value's document grows. Containers share it by reference, as Codable's contract asks.
private final class Box {
    enum Shape { case single, keyed, unkeyed }
    enum Element {
        case whole(Document)
        /// Its container may outlive the call that made it.
        case growing(Box)
    }
    var shape = Shape.single
    var document: Document = .null
    var members = Members()
    var elements: [Element] = []
    private var growing: [(name: String, box: Box)] = []

    func child(_ name: String) -> Box {
        let box = Box()
        growing.append((name, box))
        return box
    }

    func nextElement() -> Box {
        let box = Box()
        elements.append(.growing(box))
        return box
    }

    var finished: Document {
        switch shape {
        case .single: return document
        case .unkeyed:
            return .list(
                elements.map { element in
                    switch element {
                    case .whole(let document): document
                    case .growing(let box): box.finished
                    }
                })
        case .keyed:
            for (name, box) in growing { members[name] = box.finished }
            return .map(members)
        }
    }
}

private struct Writer: Encoder, SingleValueEncodingContainer {
    let box: Box
    var codingPath: [CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        box.shape = .keyed
        return KeyedEncodingContainer(KeyedWriter(box: box))
    }
    func unkeyedContainer() -> UnkeyedEncodingContainer {
        box.shape = .unkeyed
        return UnkeyedWriter(box: box)
    }
    func singleValueContainer() -> SingleValueEncodingContainer { self }

    func encodeNil() throws { box.document = .null }
    func encode(_ value: Bool) throws { box.document = .bool(value) }
    func encode(_ value: String) throws { box.document = .string(value) }
    func encode(_ value: Double) throws { box.document = .double(value) }
    func encode(_ value: Float) throws { box.document = .double(Double(value)) }
    func encode(_ value: Int) throws { box.document = .integer(Int64(value)) }
    func encode(_ value: Int8) throws { box.document = .integer(Int64(value)) }
    func encode(_ value: Int16) throws { box.document = .integer(Int64(value)) }
    func encode(_ value: Int32) throws { box.document = .integer(Int64(value)) }
    func encode(_ value: Int64) throws { box.document = .integer(value) }
    func encode(_ value: UInt) throws { box.document = try integer(value) }
    func encode(_ value: UInt8) throws { box.document = .integer(Int64(value)) }
    func encode(_ value: UInt16) throws { box.document = .integer(Int64(value)) }
    func encode(_ value: UInt32) throws { box.document = .integer(Int64(value)) }
    func encode(_ value: UInt64) throws { box.document = try integer(value) }
    func encode<Value: Encodable>(_ value: Value) throws { box.document = try DocumentEncoder().encode(value) }

    private func integer(_ value: some BinaryInteger) throws -> Document {
        guard let exact = Int64(exactly: value) else { throw DocumentError(.wrongType) }
        return .integer(exact)
    }
}

// The two below take the commonest scalars without a detour, and everything else through its own `encode(to:)`.

private struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Box
    var codingPath: [CodingKey] { [] }

    func encodeNil(forKey key: Key) throws {}
    func encode(_ value: Bool, forKey key: Key) throws { box.members[key.stringValue] = .bool(value) }
    func encode(_ value: String, forKey key: Key) throws { box.members[key.stringValue] = .string(value) }
    func encode(_ value: Double, forKey key: Key) throws { box.members[key.stringValue] = .double(value) }
    func encode(_ value: Int, forKey key: Key) throws { box.members[key.stringValue] = .integer(Int64(value)) }
    func encode(_ value: Int64, forKey key: Key) throws { box.members[key.stringValue] = .integer(value) }
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        box.members[key.stringValue] = try DocumentEncoder().encode(value)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        Writer(box: box.child(key.stringValue)).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> UnkeyedEncodingContainer {
        Writer(box: box.child(key.stringValue)).unkeyedContainer()
    }
    func superEncoder() -> Encoder { Writer(box: box.child("super")) }
    func superEncoder(forKey key: Key) -> Encoder { Writer(box: box.child(key.stringValue)) }
}

private struct UnkeyedWriter: UnkeyedEncodingContainer {
    let box: Box
    var codingPath: [CodingKey] { [] }
    var count: Int { box.elements.count }

    func encodeNil() throws { box.elements.append(.whole(.null)) }
    func encode(_ value: String) throws { box.elements.append(.whole(.string(value))) }
    func encode<Value: Encodable>(_ value: Value) throws {
        box.elements.append(.whole(try DocumentEncoder().encode(value)))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        Writer(box: box.nextElement()).container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> UnkeyedEncodingContainer { Writer(box: box.nextElement()).unkeyedContainer() }
    func superEncoder() -> Encoder { Writer(box: box.nextElement()) }
}

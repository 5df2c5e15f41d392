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

/// The document of a value that has a case of its own; nil for what Codable must take apart.
private func special(_ value: some Encodable) -> Document? {
    switch value {
    case let document as Document: document
    case let timestamp as Timestamp: .timestamp(timestamp)
    // An empty array of anything casts to [UInt8]; only the type itself tells a blob.
    case let bytes as [UInt8] where type(of: value) == [UInt8].self: .blob(bytes)
    case let text as String: .string(text)
    default: nil
    }
}

/// Where a value's document grows. Containers share it by reference, as Codable's contract asks.
private final class Box {
    enum Shape { case single, keyed, unkeyed }
    var shape = Shape.single
    var document: Document = .null
    var members = Members()
    /// Elements of a list, and members whose container outlives the call that made it.
    private(set) var children: [(name: String?, box: Box)] = []

    func child(_ name: String?) -> Box {
        let box = Box()
        children.append((name, box))
        return box
    }

    var finished: Document {
        switch shape {
        case .single: return document
        case .unkeyed: return .list(children.map(\.box.finished))
        case .keyed:
            var all = members
            for (name, box) in children { if let name { all[name] = box.finished } }
            return .map(all)
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
    func encode<Value: Encodable>(_ value: Value) throws { box.document = try document(of: value) }
}

/// Scalars without a detour; everything else through its own `encode(to:)`.
private func document<Value: Encodable>(of value: Value) throws -> Document {
    if let document = special(value) { return document }
    switch value {
    case let value as Bool: return .bool(value)
    case let value as Double: return .double(value)
    case let value as Float: return .double(Double(value))
    case let value as any BinaryInteger & Encodable:
        guard let exact = Int64(exactly: value) else { throw DocumentError(.wrongType) }
        return .integer(exact)
    default: return try DocumentEncoder().encode(value)
    }
}

private struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Box
    var codingPath: [CodingKey] { [] }

    func encodeNil(forKey key: Key) throws {}
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        box.members[key.stringValue] = try document(of: value)
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
    var count: Int { box.children.count }

    func encodeNil() throws { box.child(nil).document = .null }
    func encode<Value: Encodable>(_ value: Value) throws { box.child(nil).document = try document(of: value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        Writer(box: box.child(nil)).container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> UnkeyedEncodingContainer { Writer(box: box.child(nil)).unkeyedContainer() }
    func superEncoder() -> Encoder { Writer(box: box.child(nil)) }
}

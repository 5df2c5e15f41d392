import Documents

/// Thrown when a type contains itself: the nearest optional or collection is then left empty.
private struct RecursionStop: Error {}

/// A type that can be empty, so that a type may hold itself through it.
private protocol Emptiable { static var emptyValue: Self { get } }
extension Optional: Emptiable { fileprivate static var emptyValue: Self { .none } }
extension Array: Emptiable { fileprivate static var emptyValue: Self { [] } }
extension Set: Emptiable { fileprivate static var emptyValue: Self { [] } }
extension Dictionary: Emptiable { fileprivate static var emptyValue: Self { [:] } }

/// The keys by which Swift's dictionaries read themselves.
private let mapKeyTypeName = "_DictionaryCodingKey"

/// What one type reads while it is being made out of nothing.
final class Recording {
    /// Values tried of an enumeration before the type is said to refuse all.
    private static let tries = 256

    let shape: Shape?
    private let stack: [ObjectIdentifier]
    private var members: [String: Recording] = [:]
    fileprivate private(set) var element: Recording?
    private var isStructure = false
    private var isOpaque = false
    private var failure: String?
    /// Which of the shape's enumerated values is given now.
    private var choice = 0

    init(shape: Shape?, stack: [ObjectIdentifier] = []) { (self.shape, self.stack) = (shape, stack) }

    var tree: MemberTree {
        MemberTree(
            members: members.mapValues(\.tree), elements: element.map { [$0.tree] } ?? [], isStructure: isStructure,
            isOpaque: isOpaque, failure: failure)
    }

    func explore(_ type: any Decodable.Type) throws { _ = try value(type) }

    fileprivate func member(_ name: String) -> Recording {
        isStructure = true
        if let known = members[name] { return known }
        let made = Recording(shape: shape?.member(name)?.shape, stack: stack)
        members[name] = made
        return made
    }

    fileprivate func asStructure() { isStructure = true }

    fileprivate func asCollection() -> Recording {
        if let element { return element }
        let made = Recording(shape: (shape?.element ?? shape?.value)?.shape, stack: stack)
        element = made
        return made
    }

    fileprivate func deeper(_ type: any Any.Type) -> Recording {
        let made = Recording(shape: shape, stack: stack + [ObjectIdentifier(type)])
        (made.members, made.element, made.isStructure) = (members, element, isStructure)
        return made
    }

    /// A value of the type, made by its own `init(from:)`, with all it reads recorded here.
    fileprivate func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let simple = simple(type) { return simple }
        guard !stack.contains(ObjectIdentifier(type)) else {
            // What is further in was read further out.
            isOpaque = true
            throw RecursionStop()
        }
        var last: any Error = RecursionStop()
        for attempt in 0..<max(1, min(Self.tries, shape?.enumValues.count ?? 1)) {
            let inner = deeper(type)
            inner.choice = attempt
            defer { take(inner) }
            do {
                return try Value(from: RecordingDecoder(recording: inner))
            } catch is RecursionStop {
                // The keys seen so far stand; the collection that led here is left empty.
                guard let empty = (type as? any Emptiable.Type)?.emptyValue as? Value else { throw RecursionStop() }
                inner.element = nil
                return empty
            } catch {
                last = error
            }
        }
        throw last
    }

    /// An optional's value: a type that refuses what it is given is noted and left out.
    fileprivate func optional<Value: Decodable>(_ type: Value.Type) -> Value? {
        do { return try value(type) } catch is RecursionStop { return nil } catch {
            failure = "\(type) refuses: \(error)"
            return nil
        }
    }

    private func take(_ inner: Recording) {
        (members, element) = (inner.members, inner.element)
        isStructure = isStructure || inner.isStructure
        isOpaque = isOpaque || inner.isOpaque
        failure = failure ?? inner.failure
    }

    private func simple<Value>(_ type: Value.Type) -> Value? {
        if type == Document.self {
            isOpaque = true
            return document as? Value
        }
        if type == Timestamp.self { return Timestamp(seconds: 1) as? Value }
        if type == [UInt8].self { return [UInt8](repeating: 0x61, count: length) as? Value }
        return nil
    }

    private var document: Document {
        switch shape?.kind {
        case .list: .list([])
        case .string: .string(text)
        case .integer, .long: .integer(whole)
        case .float, .double: .double(Double(whole))
        case .boolean: .bool(false)
        default: .map([:])
        }
    }

    private var length: Int { Swift.max(1, Swift.min(4096, Int(shape?.min?.double ?? 1))) }

    fileprivate var text: String {
        guard let values = shape?.enumValues, !values.isEmpty else { return String(repeating: "a", count: length) }
        return values[choice % values.count]
    }

    /// A number that the shape allows and every integer type can hold, where there is such.
    fileprivate var whole: Int64 {
        guard let min = shape?.min, min.double.magnitude < 1e15 else { return 1 }
        return Swift.max(Int64(min.double), Swift.min(1, Int64(shape?.max?.double.rounded(.down) ?? 1)))
    }
}

/// The decoder that gives plausible values and records what was asked.
struct RecordingDecoder: Decoder, SingleValueDecodingContainer {
    let recording: Recording
    var codingPath: [CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        let isMap = String(describing: type) == mapKeyTypeName || recording.shape?.kind == .map
        if !isMap { recording.asStructure() }
        return KeyedDecodingContainer(KeyedRecording(recording: recording, isMap: isMap))
    }
    func unkeyedContainer() throws -> UnkeyedDecodingContainer { ElementRecording(recording: recording.asCollection()) }
    func singleValueContainer() throws -> SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { false }
    func decode(_ type: Bool.Type) throws -> Bool { false }
    func decode(_ type: String.Type) throws -> String { recording.text }
    func decode(_ type: Double.Type) throws -> Double { Double(recording.whole) }
    func decode(_ type: Float.Type) throws -> Float { Float(recording.whole) }
    func decode(_ type: Int.Type) throws -> Int { Int(recording.whole) }
    func decode(_ type: Int8.Type) throws -> Int8 { Int8(clamping: recording.whole) }
    func decode(_ type: Int16.Type) throws -> Int16 { Int16(clamping: recording.whole) }
    func decode(_ type: Int32.Type) throws -> Int32 { Int32(clamping: recording.whole) }
    func decode(_ type: Int64.Type) throws -> Int64 { recording.whole }
    func decode(_ type: UInt.Type) throws -> UInt { UInt(clamping: recording.whole) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { UInt8(clamping: recording.whole) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { UInt16(clamping: recording.whole) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { UInt32(clamping: recording.whole) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { UInt64(clamping: recording.whole) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try recording.value(type) }
}

private struct KeyedRecording<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recording: Recording
    let isMap: Bool
    var codingPath: [CodingKey] { [] }

    /// A map has one entry. A structure whose type goes through what is there has all of its shape's members.
    var allKeys: [Key] {
        let names = isMap ? [recording.shape?.key?.shape.enumValues.first ?? "key"] : recording.shape?.members.map(\.name) ?? []
        return names.compactMap(Key.init(stringValue:))
    }

    private func place(_ key: Key) -> Recording {
        isMap ? recording.asCollection() : recording.member(key.stringValue)
    }

    func contains(_ key: Key) -> Bool {
        _ = place(key)
        return true
    }
    func decodeNil(forKey key: Key) throws -> Bool {
        _ = place(key)
        return false
    }

    private func single(_ key: Key) -> RecordingDecoder { RecordingDecoder(recording: place(key)) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try single(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try single(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try single(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try single(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try single(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try single(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try single(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try single(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try single(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try single(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try single(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try single(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try single(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try single(key).decode(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try place(key).value(type) }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? { place(key).optional(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try single(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> UnkeyedDecodingContainer { try single(key).unkeyedContainer() }
    func superDecoder() throws -> Decoder { RecordingDecoder(recording: recording) }
    func superDecoder(forKey key: Key) throws -> Decoder { single(key) }
}

/// A list of one element.
private struct ElementRecording: UnkeyedDecodingContainer {
    let recording: Recording
    var codingPath: [CodingKey] { [] }
    var count: Int? { 1 }
    var isAtEnd: Bool { currentIndex > 0 }
    var currentIndex = 0

    init(recording: Recording) { self.recording = recording }

    mutating func decodeNil() throws -> Bool { false }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        currentIndex += 1
        return try recording.value(type)
    }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        currentIndex += 1
        return try RecordingDecoder(recording: recording).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> UnkeyedDecodingContainer {
        currentIndex += 1
        return try RecordingDecoder(recording: recording).unkeyedContainer()
    }
    mutating func superDecoder() throws -> Decoder {
        currentIndex += 1
        return RecordingDecoder(recording: recording)
    }
}

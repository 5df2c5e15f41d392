import Documents

/// The tags of a resource, in the order of their keys' bytes.
///
/// A record has them as the map that it had before there was this type. Two keys that only their bytes tell apart fit no map,
/// so then it has a list of pairs.
public struct TagList: Sendable, Hashable {
    public struct Pair: KeyedTag, Sendable, Hashable {
        public var key: String
        public var value: String

        public init(key: String, value: String) { (self.key, self.value) = (key, value) }

        public var tagKey: String { key }
        public var tagValue: String { value }
    }

    private var list: [Pair] = []

    public init() {}

    /// As an array's ``Swift/Array/addTags(_:limit:foldsCase:refusing:)``.
    public mutating func add<Refusal: Error>(
        _ new: some Sequence<some KeyedTag>, limit: Int, foldsCase: Bool = false, refusing refusal: (TagFlaw) -> Refusal?
    ) throws(Refusal) {
        try list.addTags(
            new.map { Pair(key: $0.tagKey, value: $0.tagValue) }, limit: limit, foldsCase: foldsCase, refusing: refusal)
        sort()
    }

    /// Takes tags off; keys that are not there are no fault.
    public mutating func remove(_ keys: [String], foldsCase: Bool = false) {
        guard foldsCase else { return list.removeTags(keys) }
        let folded = keys.map { $0.lowercased() }
        list.removeAll { tag in folded.contains { tag.key.lowercased().utf8.elementsEqual($0.utf8) } }
    }

    /// For policies, which read tags by name. Of keys that look alike, the last one's value.
    public var byKey: [String: String] { list.byKey }

    private mutating func sort() { list.sort { $1.comes(after: $0.key) } }
}

extension TagList: RandomAccessCollection {
    public var startIndex: Int { list.startIndex }
    public var endIndex: Int { list.endIndex }
    public subscript(_ index: Int) -> Pair { list[index] }
}

extension TagList: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) { self.init(Dictionary(elements) { $1 }) }

    public init(_ tags: [String: String]) {
        list = tags.map { Pair(key: $0.key, value: $0.value) }
        sort()
    }
}

extension TagList: Codable {
    public init(from decoder: any Decoder) throws {
        switch try decoder.singleValueContainer().decode(Document.self) {
        case .map(let members):
            list = try members.map { name, value in
                guard let value = value.string else { throw DocumentError(.wrongType, path: [name]) }
                return Pair(key: name, value: value)
            }
        case .list(let pairs):
            list = try pairs.map { pair in
                guard let texts = pair.list, texts.count == 2, let key = texts[0].string, let value = texts[1].string else {
                    throw DocumentError(.wrongType)
                }
                return Pair(key: key, value: value)
            }
        default: throw DocumentError(.wrongType)
        }
        sort()
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let members = Members(list.map { ($0.key, .string($0.value)) }, uniquingKeysWith: { $1 })
        let document: Document =
            members.count == list.count ? .map(members) : .list(list.map { [.string($0.key), .string($0.value)] })
        try container.encode(document)
    }
}

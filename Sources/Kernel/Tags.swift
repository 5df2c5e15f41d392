/// What may be wrong with tags that are put on a resource. Lengths and characters are not among it: the API models hold
/// requests to those.
public enum TagFlaw: Sendable, Hashable {
    /// A key that one request has twice.
    case repeated(String)
    /// A key that begins with `aws:`, in upper or lower case.
    case reserved(String)
    /// A key that is equal to one that is there under Unicode's canonical equivalence and has other bytes, where a service's
    /// answers are maps and have room for one of the two.
    case lookAlike(String)
    /// As many as this, which is more than the service's limit.
    case tooMany(Int)

    /// What is said of a look-alike: AWS would keep both.
    public static func lookAlikeText(_ key: String) -> String {
        "Tarn keeps no two tags here whose keys Unicode takes for the same: \(key)"
    }
}

/// A tag as a service spells it, on the wire or in its records.
public protocol KeyedTag {
    var tagKey: String { get }
    var tagValue: String { get }
}

extension KeyedTag {
    /// Whether the key has these very bytes. AWS tells apart what Unicode's canonical equivalence joins, and so Swift's `==`.
    public func isNamed(_ key: String) -> Bool { tagKey.utf8.elementsEqual(key.utf8) }

    /// In the order of the keys' bytes, which is that of AWS's pages of tags.
    public func comes(after key: String) -> Bool { key.utf8.lexicographicallyPrecedes(tagKey.utf8) }
}

extension Array where Element: KeyedTag {
    /// Puts tags on: one whose key is there takes that one's place, another comes last.
    /// - Parameters:
    ///   - limit: how many a resource has at most.
    ///   - foldsCase: keys that differ in case only are one key, as in IAM.
    ///   - refusal: the service's error for a flaw; nil where the service minds none.
    /// - Throws: the first refusal; then nothing is changed.
    public mutating func addTags<Refusal: Error>(
        _ new: [Element], limit: Int, foldsCase: Bool = false, refusing refusal: (TagFlaw) -> Refusal?
    ) throws(Refusal) {
        func identity(_ tag: Element) -> [UInt8] { [UInt8]((foldsCase ? tag.tagKey.lowercased() : tag.tagKey).utf8) }
        var tags = self
        var places = Dictionary(zip(tags.map(identity), tags.indices), uniquingKeysWith: { first, _ in first })
        var seen: Set<[UInt8]> = []
        for tag in new {
            let key = identity(tag)
            if !seen.insert(key).inserted, let refusal = refusal(.repeated(tag.tagKey)) { throw refusal }
            if tag.tagKey.isReservedForAWS, let refusal = refusal(.reserved(tag.tagKey)) { throw refusal }
            if let place = places[key] {
                tags[place] = tag
            } else {
                places[key] = tags.count
                tags.append(tag)
            }
        }
        if tags.count > limit, let refusal = refusal(.tooMany(tags.count)) { throw refusal }
        self = tags
    }

    /// Takes tags off; keys that are not there are no fault.
    public mutating func removeTags(_ keys: [String]) {
        removeAll { tag in keys.contains { tag.isNamed($0) } }
    }

    /// For policies, which read tags by name. Of keys that look alike, the last one's value.
    public var byKey: [String: String] { Dictionary(map { ($0.tagKey, $0.tagValue) }, uniquingKeysWith: { $1 }) }
}

/// Tags of services whose requests and answers have them as maps.
extension [String: String] {
    /// As an array's ``addTags(_:limit:foldsCase:refusing:)``. A key that looks like one that is there is a flaw, because this
    /// cannot hold both.
    public mutating func addTags<Refusal: Error>(
        _ new: [String: String], limit: Int, refusing refusal: (TagFlaw) -> Refusal?
    ) throws(Refusal) {
        for key in new.keys.sorted() {
            if key.isReservedForAWS, let refusal = refusal(.reserved(key)) { throw refusal }
            if let place = index(forKey: key), !keys[place].utf8.elementsEqual(key.utf8),
                let refusal = refusal(.lookAlike(key))
            {
                throw refusal
            }
        }
        let tags = merging(new) { $1 }
        if tags.count > limit, let refusal = refusal(.tooMany(tags.count)) { throw refusal }
        self = tags
    }

    /// Takes tags off; keys that are not there are no fault.
    public mutating func removeTags(_ removed: [String]) {
        for key in removed {
            if let place = index(forKey: key), keys[place].utf8.elementsEqual(key.utf8) { remove(at: place) }
        }
    }
}

extension String {
    fileprivate var isReservedForAWS: Bool { lowercased().hasPrefix("aws:") }
}

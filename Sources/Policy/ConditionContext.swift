/// Where the values of context keys come from when a policy asks for them. A request has some forty keys, and most
/// policies read none: computing them for every request would cost more than the decision.
public protocol ConditionKeySource: Sendable {
    /// - Parameter key: in lower case.
    /// - Returns: nil if the request has no such key; never an empty list.
    func values(lowercased key: String) -> [String]?
    /// Every key that the request has, with its usual spelling, for explanations.
    var all: [(key: String, values: [String])] { get }
}

/// The context keys of a request. Names are not case-sensitive; a key may have several values.
///
/// A key that is absent and a key without values are different things to `Null`, so an empty list is dropped: AWS
/// counts both as "not present".
public struct ConditionContext: Sendable, ExpressibleByDictionaryLiteral {
    private var values: [String: [String]] = [:]
    private let source: (any ConditionKeySource)?

    public init() { source = nil }
    /// - Parameter source: asked for what is not set here.
    public init(_ source: any ConditionKeySource) { self.source = source }
    public init(dictionaryLiteral elements: (String, [String])...) {
        source = nil
        for (key, values) in elements { self[key] = values }
    }

    public subscript(_ key: String) -> [String] {
        get { values(lowercased: key.lowercased()) ?? [] }
        set { values[key.lowercased()] = newValue.isEmpty ? nil : newValue }
    }

    /// Sets one value; nil takes the key away.
    public mutating func set(_ key: String, _ value: String?) { self[key] = value.map { [$0] } ?? [] }

    /// Every key with its values, in the order of the names.
    public var all: [(key: String, values: [String])] {
        let own = values.map { (key: $0.key, values: $0.value) }
        let further = (source?.all ?? []).filter { values[$0.key.lowercased()] == nil }
        return (own + further).sorted { $0.key < $1.key }
    }

    func values(lowercased key: String) -> [String]? {
        guard let source else { return values[key] }
        if !values.isEmpty, let own = values[key] { return own }
        return source.values(lowercased: key)
    }

    /// Variables take single-valued keys only.
    func single(lowercased key: String) -> String? {
        guard let found = values(lowercased: key), found.count == 1 else { return nil }
        return found[0]
    }
}

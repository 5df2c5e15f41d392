import Documents

/// An event pattern as EventBridge, Pipes, SNS filter policies and Lambda's event filters have them: which events pass
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html).
///
/// A value inside an array passes as if it stood alone. Fields of one object in an array must pass together in one element,
/// as in AWS's open event ruler. Values of two pattern fields are compared byte by byte; `300` and `300.0` differ.
public struct EventPattern: Hashable, Sendable {
    let root: PatternObject

    /// - Parameter json: the pattern's text.
    /// - Throws: ``InvalidEventPattern``.
    public init(_ json: String) throws(InvalidEventPattern) {
        let document: Document
        do { document = try JSON.parse(json) } catch {
            throw InvalidEventPattern("Unrecognized token or malformed JSON: \(error)")
        }
        try self.init(document)
    }

    /// - Throws: ``InvalidEventPattern``.
    public init(_ document: Document) throws(InvalidEventPattern) {
        guard case .map(let members) = document else { throw InvalidEventPattern("Filter is not an object") }
        var parser = PatternParser()
        root = try parser.object(members, depth: 0)
        guard root.combinations <= PatternLimit.combinations else {
            throw InvalidEventPattern("Rule is too complex - try using fewer $or conditions")
        }
    }

    /// Whether an event passes. For one pattern; many are asked at once by ``PatternIndex``.
    public func matches(_ event: Document) -> Bool { root.matches([event], path: [], event: event) }
}

/// Why a text is no event pattern.
public struct InvalidEventPattern: Error, Hashable, Sendable {
    /// In the event ruler's words, as AWS passes them on.
    public var reason: String
    /// The message of `InvalidEventPatternException`.
    public var message: String { "Event pattern is not valid. Reason: \(reason)" }

    init(_ reason: String) { self.reason = reason }
}

/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
enum PatternLimit {
    /// Patterns that the `$or` of one pattern may come to.
    static let combinations = 1_000
    static let depth = 64
    /// `numeric` works between plus and minus this.
    static let number = 5.0e9
}

/// A pattern's object: all fields, and for each `$or` one of its objects.
struct PatternObject: Hashable, Sendable {
    struct Field: Hashable, Sendable {
        var name: String
        var value: PatternValue
    }
    var fields: [Field] = []
    var alternatives: [[PatternObject]] = []
}

indirect enum PatternValue: Hashable, Sendable {
    case object(PatternObject)
    /// One of these must pass.
    case tests([ValueTest])
}

extension PatternObject {
    /// How many patterns without `$or` this one stands for.
    var combinations: Int {
        var product = 1
        for field in fields {
            if case .object(let object) = field.value { product = Self.times(product, object.combinations) }
        }
        for choice in alternatives {
            product = Self.times(product, choice.reduce(0) { min($0 + $1.combinations, PatternLimit.combinations + 1) })
        }
        return product
    }

    private static func times(_ left: Int, _ right: Int) -> Int { min(left * right, PatternLimit.combinations + 1) }

    /// Whether one of `values`, alone, passes every field.
    /// - Parameters:
    ///   - path: where the object lies in the event; a field is missing only if no element of an array has it.
    func matches(_ values: [Document], path: [String], event: Document) -> Bool {
        let objects = values.flatMap { $0.objects }
        if objects.isEmpty { return matchesOne([:], path, event) }
        return objects.contains { matchesOne($0, path, event) }
    }

    private func matchesOne(_ members: Members, _ path: [String], _ event: Document) -> Bool {
        for field in fields {
            let place = path + [field.name]
            let found = members[field.name]
            switch field.value {
            case .object(let object):
                guard object.matches(found.map { [$0] } ?? [], path: place, event: event) else { return false }
            case .tests(let tests):
                let values = found?.leaves.map { LeafValue($0) } ?? []
                let passes = tests.contains { test in
                    if case .absent = test { return !event.hasLeaf(at: place[...]) }
                    return values.contains(where: test.passes)
                }
                guard passes else { return false }
            }
        }
        return alternatives.allSatisfy { choice in choice.contains { $0.matchesOne(members, path, event) } }
    }
}

extension Document {
    /// The objects that this value is, or has as elements of arrays.
    fileprivate var objects: [Members] {
        switch self {
        case .map(let members): [members]
        case .list(let values): values.flatMap(\.objects)
        default: []
        }
    }

    /// The plain values that this value is, or has as elements of arrays.
    var leaves: [Document] {
        switch self {
        case .map: []
        case .list(let values): values.flatMap(\.leaves)
        default: [self]
        }
    }

    fileprivate func hasLeaf(at path: ArraySlice<String>) -> Bool {
        if case .list(let values) = self { return values.contains { $0.hasLeaf(at: path) } }
        guard let name = path.first else {
            if case .map = self { return false }
            return true
        }
        guard case .map(let members) = self, let value = members[name] else { return false }
        return value.hasLeaf(at: path.dropFirst())
    }
}

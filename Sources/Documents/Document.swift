// Members are spelt as dictionary literals wherever documents are used.
@_exported import OrderedCollections

/// The members of a structure or map, in the order they were written.
public typealias Members = OrderedDictionary<String, Document>

/// A value of AWS's data model, before or after any wire protocol: what a request carries once its protocol is
/// taken off, what a handler's answer is before a protocol is put on, and what the store keeps.
///
/// The cases are the Smithy simple and aggregate types (https://smithy.io/2.0/spec/simple-types.html); structures,
/// unions and maps are all `map`. JSON has no blobs and timestamps: see ``JSON`` for how they are written there.
public enum Document: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    /// A number in the text in which JSON had it: ``JSON/parse(_:uniqueNames:keepsNumerals:)`` makes it, where asked, of those
    /// that the other cases would not give back letter by letter.
    case numeral(String)
    case string(String)
    case blob([UInt8])
    case timestamp(Timestamp)
    case list([Document])
    case map(Members)
}

extension Members {
    /// Whether the member that is found under `name` has these very bytes for its name. Swift's strings are equal under
    /// Unicode's canonical equivalence, so two names that AWS tells apart ("e" with an acute accent, composed and not)
    /// would fall together here; readers refuse a text that has both.
    func holds(_ name: String) -> Bool {
        index(forKey: name).map { keys[$0].utf8.elementsEqual(name.utf8) } ?? false
    }
}

extension Document {
    /// The member of a map; nil for other kinds, absent members and null.
    public subscript(_ name: String) -> Document? {
        guard case .map(let members) = self, let value = members[name] else { return nil }
        if case .null = value { return nil }
        return value
    }

    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var blob: [UInt8]? { if case .blob(let value) = self { value } else { nil } }
    public var list: [Document]? { if case .list(let value) = self { value } else { nil } }
    public var members: Members? { if case .map(let value) = self { value } else { nil } }
    public var timestamp: Timestamp? { if case .timestamp(let value) = self { value } else { nil } }

    /// An integer, or another number that is exactly one.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value): Int64(exactly: value)
        case .numeral(let text): Double(text).flatMap { Int64(exactly: $0) }
        default: nil
        }
    }

    public var double: Double? {
        switch self {
        case .double(let value): value
        case .numeral(let text): Double(text)
        case .integer(let value): Double(value)
        default: nil
        }
    }
}

extension Document: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(arrayLiteral elements: Document...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Document)...) {
        var members = Members(minimumCapacity: elements.count)
        for (name, value) in elements { members[name] = value }
        self = .map(members)
    }
    public init(nilLiteral: ()) { self = .null }
}

/// Why bytes are not a document, or a document is not the asked-for type. `path` names the place, outermost first.
public struct DocumentError: Error, Sendable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        case malformed, tooDeep, notUTF8, trailingBytes, wrongType, missing
    }
    public var reason: Reason
    public var path: [String]
    /// The byte at which reading stopped, where there is one.
    public var offset: Int?

    public init(_ reason: Reason, path: [String] = [], offset: Int? = nil) {
        (self.reason, self.path, self.offset) = (reason, path, offset)
    }

    public var description: String {
        "\(reason)" + (path.isEmpty ? "" : " at \(path.joined(separator: "."))") + (offset.map { " (byte \($0))" } ?? "")
    }
}

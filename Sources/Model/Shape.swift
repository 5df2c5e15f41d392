import Documents

/// A type of an AWS API, as its model tells it (https://smithy.io/2.0/spec/model.html). Immutable; made when first
/// asked for, once per service, so identity is equality.
public final class Shape: Sendable {
    public enum Kind: String, Sendable {
        case structure, list, map, string, blob, timestamp, integer, long, float, double, boolean
        /// Any JSON value.
        case document
    }

    /// Boundaries of a length or value; whole numbers stay exact.
    public enum Bound: Sendable, Equatable, CustomStringConvertible {
        case integer(Int64)
        case double(Double)

        public var description: String {
            switch self {
            case .integer(let value): String(value)
            case .double(let value): String(value)
            }
        }
        public var double: Double {
            switch self {
            case .integer(let value): Double(value)
            case .double(let value): value
            }
        }
    }

    /// How an exception goes over the wire. Absent parts are the protocol's defaults.
    public struct ErrorTraits: Sendable, Equatable {
        /// The wire code; the shape's own name where the model gives none.
        public let code: String
        public let httpStatusCode: Int?
        public let senderFault: Bool
    }

    public let name: String
    public let kind: Kind
    /// Of a structure, in the model's order.
    public let members: [Member]
    private let positions: [String: Int]
    /// Of a list.
    public let element: Member?
    /// Of a map.
    public let key: Member?
    public let value: Member?
    /// In the model's order; empty for a string of any value.
    public let enumValues: [String]
    /// Of a string, blob, list or map its length; of a number its value.
    public let min: Bound?
    public let max: Bound?
    /// A Java regular expression.
    public let pattern: String?
    /// The member that is the whole HTTP body.
    public let payload: String?
    public let isUnion: Bool
    public let isFlattened: Bool
    public let isSensitive: Bool
    public let isStreaming: Bool
    public let requiresLength: Bool
    public let isEventStream: Bool
    public let isEvent: Bool
    /// Nulls are kept in lists and maps.
    public let isSparse: Bool
    public let timestampFormat: TimestampFormat?
    public let locationName: String?
    public let xmlNamespace: XMLNamespace?
    /// Present on exceptions.
    public let error: ErrorTraits?

    public var isException: Bool { error != nil }
    public var required: [Member] { members.filter(\.isRequired) }

    /// The structure's member of that name in the model.
    public func member(_ name: String) -> Member? { positions[name].map { members[$0] } }

    init(_ name: String, _ traits: Document, in table: ShapeTable) {
        self.name = name
        let type = traits["type"]?.string ?? ""
        kind = traits["document"]?.bool == true ? .document : Kind(rawValue: type) ?? .document
        let required = Set(traits["required"]?.list?.compactMap(\.string) ?? [])
        members = (traits["members"]?.members ?? [:]).map { member, traits in
            Member(member, traits, isRequired: required.contains(member), in: table)
        }
        positions = Dictionary(members.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        element = traits["member"].map { Member("member", $0, in: table) }
        key = traits["key"].map { Member("key", $0, in: table) }
        value = traits["value"].map { Member("value", $0, in: table) }
        enumValues = traits["enum"]?.list?.compactMap(\.string) ?? []
        min = Self.bound(traits["min"])
        max = Self.bound(traits["max"])
        pattern = traits["pattern"]?.string
        payload = traits["payload"]?.string
        isUnion = traits["union"]?.bool ?? false
        isFlattened = traits["flattened"]?.bool ?? false
        isSensitive = traits["sensitive"]?.bool ?? false
        isStreaming = traits["streaming"]?.bool ?? false
        requiresLength = traits["requiresLength"]?.bool ?? false
        isEventStream = traits["eventstream"]?.bool ?? false
        isEvent = traits["event"]?.bool ?? false
        isSparse = traits["sparse"]?.bool ?? false
        timestampFormat = traits["timestampFormat"]?.string.flatMap(TimestampFormat.init)
        locationName = traits["locationName"]?.string
        xmlNamespace = XMLNamespace(traits["xmlNamespace"])
        let fault = traits["error"]
        error =
            fault != nil || traits["exception"]?.bool == true
            ? ErrorTraits(
                code: fault?["code"]?.string ?? name, httpStatusCode: fault?["httpStatusCode"]?.integer.map { Int($0) },
                senderFault: fault?["senderFault"]?.bool ?? (traits["fault"]?.bool != true))
            : nil
    }

    private static func bound(_ value: Document?) -> Bound? {
        switch value {
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        default: nil
        }
    }
}

/// How a timestamp is written; the protocol says where the model doesn't.
public enum TimestampFormat: String, Sendable {
    case iso8601, rfc822, unixTimestamp
}

/// An XML namespace on an element.
public struct XMLNamespace: Sendable, Equatable {
    public let prefix: String?
    public let uri: String

    public init(uri: String, prefix: String? = nil) { (self.uri, self.prefix) = (uri, prefix) }

    /// The model writes `{"uri", "prefix"}` or just the URI.
    init?(_ traits: Document?) {
        guard let uri = traits?.string ?? traits?["uri"]?.string else { return nil }
        (self.uri, prefix) = (uri, traits?["prefix"]?.string)
    }
}

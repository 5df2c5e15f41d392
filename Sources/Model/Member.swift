import Documents
import Synchronization

/// A member of a structure, or the elements of a list, or the keys or values of a map.
public final class Member: Sendable {
    /// The part of an HTTP message a member travels in.
    public enum Location: String, Sendable {
        case header, headers, uri, querystring, statusCode, body
    }

    /// As the model has it: what handlers and documents use.
    public let name: String
    public let shapeName: String
    public let isRequired: Bool
    public let location: Location
    /// The name on the wire: of the header, query parameter, label, JSON member or XML element. For
    /// ``Location/headers`` the prefix (maybe empty). Defaults to ``name``.
    public var wireName: String { locationName ?? name }
    public let locationName: String?
    /// For ec2-query, where it differs from ``locationName``.
    public let queryName: String?
    /// Itself or its shape.
    public var isFlattened: Bool { flattened || shape.isFlattened }
    public var xmlNamespace: XMLNamespace? { namespace ?? shape.xmlNamespace }
    public let isXMLAttribute: Bool
    /// Of the member, else its shape; nil is the protocol's default.
    public var timestampFormat: TimestampFormat? { format ?? shape.timestampFormat }
    public var isStreaming: Bool { streaming || shape.isStreaming }
    public let isHostLabel: Bool
    public let isIdempotencyToken: Bool
    public let isEventPayload: Bool
    public let isEventHeader: Bool
    /// The string is JSON, and base64 of it in a header.
    public let isJSONValue: Bool
    public let isDeprecated: Bool

    private let flattened: Bool
    private let streaming: Bool
    private let format: TimestampFormat?
    private let namespace: XMLNamespace?
    // Strong both ways: a service's model lives as long as the process.
    private let table: ShapeTable
    /// The address of ``shape`` once it was asked for; the table keeps it.
    private let resolved = Atomic<UInt>(0)

    /// The member's type. A reference to a shape the model doesn't have is a document; ``ServiceModel/danglingShapes()``
    /// finds such.
    public var shape: Shape {
        if let known = UnsafeRawPointer(bitPattern: resolved.load(ordering: .acquiring)) {
            return Unmanaged<Shape>.fromOpaque(known).takeUnretainedValue()
        }
        let found = table.shape(shapeName) ?? table.anything
        resolved.store(UInt(bitPattern: Unmanaged.passUnretained(found).toOpaque()), ordering: .releasing)
        return found
    }

    init(_ name: String, _ traits: Document, isRequired: Bool = false, in table: ShapeTable) {
        self.name = name
        self.isRequired = isRequired
        self.table = table
        func flag(_ trait: String) -> Bool { traits[trait]?.bool ?? false }
        shapeName = traits["shape"]?.string ?? ""
        location = traits["location"]?.string.flatMap(Location.init) ?? .body
        locationName = traits["locationName"]?.string
        queryName = traits["queryName"]?.string
        flattened = flag("flattened")
        streaming = flag("streaming")
        format = traits["timestampFormat"]?.string.flatMap(TimestampFormat.init)
        namespace = XMLNamespace(traits["xmlNamespace"])
        isXMLAttribute = flag("xmlAttribute")
        isHostLabel = flag("hostLabel")
        isIdempotencyToken = flag("idempotencyToken")
        isEventPayload = flag("eventpayload")
        isEventHeader = flag("eventheader")
        isJSONValue = flag("jsonvalue")
        isDeprecated = flag("deprecated")
    }
}

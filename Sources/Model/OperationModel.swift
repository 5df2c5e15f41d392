import Documents

/// One operation of a service's API.
public final class OperationModel: Sendable {
    /// The flexible checksums of S3 and its kin (`aws.protocols#httpChecksum`).
    public struct Checksum: Sendable, Equatable {
        /// The input member that names the algorithm.
        public let requestAlgorithmMember: String?
        /// The input member that asks for checksums in the answer.
        public let requestValidationModeMember: String?
        public let responseAlgorithms: [String]
        public let isRequestRequired: Bool
    }

    public let name: String
    /// `GET`, `POST`...
    public let httpMethod: String
    /// The URI template: path and required query literals.
    public let requestURI: String
    /// The status of success; 200 where the model gives none.
    public let responseCode: Int
    public let inputName: String?
    public let outputName: String?
    /// rest-xml: the name of the request body's root element, where it isn't the shape's.
    public let inputLocationName: String?
    public let inputNamespace: XMLNamespace?
    /// query: the element between the response's root and the output.
    public let resultWrapper: String?
    public let errorNames: [String]
    public let checksum: Checksum?
    public let isUnsignedPayload: Bool
    /// Open to callers without credentials.
    public let isAnonymous: Bool
    /// Before the service's own host name; may have `{Label}`s.
    public let hostPrefix: String?
    public let isDeprecated: Bool
    private let table: ShapeTable

    /// Nil for an operation without input.
    public var input: Shape? { inputName.flatMap(table.shape) }
    public var output: Shape? { outputName.flatMap(table.shape) }
    public var errors: [Shape] { errorNames.compactMap(table.shape) }

    /// Whether the request's body is a stream: the payload member is a streaming blob or an event stream.
    public var isInputStreaming: Bool { Self.isStreaming(input) }
    public var isOutputStreaming: Bool { Self.isStreaming(output) }

    private static func isStreaming(_ shape: Shape?) -> Bool {
        shape?.members.contains { $0.location == .body && ($0.isStreaming || $0.shape.isEventStream) } ?? false
    }

    init(_ name: String, _ traits: Document, in table: ShapeTable) {
        self.name = name
        self.table = table
        let (http, input, output) = (traits["http"], traits["input"], traits["output"])
        httpMethod = http?["method"]?.string ?? "POST"
        requestURI = http?["requestUri"]?.string ?? "/"
        responseCode = http?["responseCode"]?.integer.map { Int($0) } ?? 200
        inputName = input?["shape"]?.string
        outputName = output?["shape"]?.string
        inputLocationName = input?["locationName"]?.string
        inputNamespace = XMLNamespace(input?["xmlNamespace"])
        resultWrapper = output?["resultWrapper"]?.string
        errorNames = traits["errors"]?.list?.compactMap { $0["shape"]?.string } ?? []
        let checksum = traits["httpChecksum"]
        let required = traits["httpChecksumRequired"]?.bool ?? checksum?["requestChecksumRequired"]?.bool ?? false
        self.checksum =
            checksum != nil || required
            ? Checksum(
                requestAlgorithmMember: checksum?["requestAlgorithmMember"]?.string,
                requestValidationModeMember: checksum?["requestValidationModeMember"]?.string,
                responseAlgorithms: checksum?["responseAlgorithms"]?.list?.compactMap(\.string) ?? [],
                isRequestRequired: required)
            : nil
        isUnsignedPayload = traits["unsignedPayload"]?.bool ?? false
        let schemes = traits["auth"]?.list?.compactMap(\.string)
        isAnonymous = traits["authtype"]?.string == "none" || schemes == ["smithy.api#noAuth"]
        hostPrefix = traits["endpoint"]?["hostPrefix"]?.string
        isDeprecated = traits["deprecated"]?.bool ?? false
    }
}

import Documents
import Kernel
import Model

/// Why a request cannot be made an operation's input. Each protocol has its own words for it.
enum WireFault: Error, Sendable, Equatable {
    /// Not HTTP as AWS's services take it.
    case badRequest(String)
    /// A path or query whose encoding is broken.
    case invalidURI
    /// `what` went wrong at reading the body.
    case serialization(String)
    case unknownOperation(String?)
    /// A query operation and the API version that does not have it.
    case unknownVersion(String, String)
    case missingAction
    case methodNotAllowed(String)
    case subresource(Subresources.Misfit, method: String)
    case tooLarge(Int)
    case notServed(String)
    case validation(String)
    case missingMember(String)
    case corsForbidden
    /// A web page from elsewhere asks as root.
    case foreignPage

    func wire(_ wireProtocol: WireProtocol, service: String) -> AWSError {
        let isXML = wireProtocol == .restXML
        let isQuery = wireProtocol == .query || wireProtocol == .ec2
        switch self {
        case .badRequest(let text):
            return AWSError(isXML ? "InvalidRequest" : isQuery ? "MalformedInput" : "BadRequestException", 400, text)
        case .invalidURI:
            return AWSError(
                isXML ? "InvalidURI" : isQuery ? "MalformedInput" : "BadRequestException", 400,
                "Couldn't parse the specified URI.")
        case .serialization(let text):
            if isXML {
                return AWSError(
                    "MalformedXML", 400,
                    "The XML you provided was not well-formed or did not validate against our published schema")
            }
            return AWSError(isQuery ? "MalformedInput" : "SerializationException", 400, text)
        case .unknownOperation(let name):
            if isQuery { return AWSError("InvalidAction", 400, "Could not find operation \(name ?? "") for version") }
            if isXML { return AWSError("MethodNotAllowed", 405, "The specified method is not allowed against this resource.") }
            if wireProtocol == .restJSON { return AWSError("UnknownOperationException", 404, "") }
            return AWSError("UnknownOperationException", 400, "")
        case .unknownVersion(let name, let version):
            return AWSError("InvalidAction", 400, "Could not find operation \(name) for version \(version)")
        case .missingAction: return AWSError("MissingAction", 400, "Missing Action")
        case .methodNotAllowed(let method):
            return AWSError(
                "MethodNotAllowed", 405, "The specified method is not allowed against this resource.",
                fields: ["Method": .string(method)])
        case .subresource(let misfit, let method): return Self.told(misfit, method)
        case .tooLarge(let limit):
            if isXML {
                return AWSError(
                    "MaxMessageLengthExceeded", 400, "Your request was too big.",
                    fields: ["MaxMessageLengthBytes": .integer(Int64(limit))])
            }
            return AWSError(
                isQuery
                    ? "RequestEntityTooLarge"
                    : wireProtocol == .restJSON ? "RequestTooLargeException" : "RequestEntityTooLargeException", 413,
                "Request must be smaller than \(limit) bytes for the \(service) operation")
        case .notServed(let name):
            return AWSError("NotImplemented", 501, "Tarn does not serve \(name) yet.")
        case .validation(let text):
            // CloudWatch Logs says so of all its parameters, those that its model bounds too.
            if service == "logs" { return AWSError("InvalidParameterException", 400, text) }
            return AWSError(isQuery ? "ValidationError" : isXML ? "InvalidArgument" : "ValidationException", 400, text)
        case .missingMember(let name):
            return AWSError("InvalidRequest", 400, "Missing required parameter: \(name)")
        case .foreignPage:
            return AWSError(
                isQuery ? "AccessDenied" : "AccessDeniedException", 403,
                "Root's secret is known to everybody, so it serves no web pages from other hosts. Open the page from this machine, "
                    + "or sign with a user's access key.")
        case .corsForbidden:
            return AWSError("AccessForbidden", 403, "CORSResponse: CORS is not enabled for this bucket.")
        }
    }

    private static func told(_ misfit: Subresources.Misfit, _ method: String) -> AWSError {
        switch misfit {
        case .conflict(let names):
            AWSError(
                "InvalidArgument", 400, "Conflicting query string parameters: \(names.joined(separator: ", "))",
                fields: ["ArgumentName": "ResourceType", "ArgumentValue": .string(names.first ?? "")])
        case .unexpectedKey(let name):
            AWSError("InvalidRequest", 400, "Key is not expected for the \(method) method ?\(name) subresource")
        case .missingKey: AWSError("InvalidRequest", 400, "A key must be specified")
        case .method(let name):
            AWSError(
                "MethodNotAllowed", 405, "The specified method is not allowed against this resource.",
                fields: ["Method": .string(method), "ResourceType": .string(name.uppercased())])
        }
    }
}

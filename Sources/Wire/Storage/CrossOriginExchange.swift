import Documents
import Kernel

/// The browser's side of S3 (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html).
enum CrossOriginExchange {
    /// The bucket in a path of path style; nil for the service itself.
    static func bucket(_ path: String) -> String? {
        let name = path.utf8.dropFirst().prefix { $0 != UInt8(ascii: "/") }
        return name.isEmpty ? nil : String(Substring(name))
    }

    /// What a rule may allow, and so what a preflight may ask about.
    private static let methods: Set<String> = ["GET", "PUT", "HEAD", "POST", "DELETE"]

    /// Answers a preflight.
    /// - Throws: ``AWSError``.
    static func preflight(_ request: WireRequest, path: String, _ pages: BucketPages?) async throws -> WireResponse {
        guard let origin = request.headers["origin"] else {
            throw AWSError("BadRequest", 400, "Insufficient information. Origin request header needed.")
        }
        guard let method = request.headers["access-control-request-method"] else {
            throw AWSError("BadRequest", 400, "Invalid Access-Control-Request-Method: null")
        }
        guard methods.contains(method) else {
            throw AWSError("BadRequest", 400, "Invalid Access-Control-Request-Method: \(method)")
        }
        guard let pages, let bucket = bucket(path) else { throw WireFault.corsForbidden }
        let headers = (request.headers["access-control-request-headers"] ?? "").split(separator: ",").map { field in
            var name = field.drop { $0 == " " }
            while name.last == " " { name.removeLast() }
            return String(name)
        }
        let answer = try await pages.crossOrigin(bucket, origin, method, headers.filter { !$0.isEmpty })
        let type = path.dropFirst(bucket.count + 1).count > 1 ? "OBJECT" : "BUCKET"
        let fields: Members = ["Method": .string(method), "ResourceType": .string(type)]
        guard answer.hasRules else {
            throw AWSError("AccessForbidden", 403, "CORSResponse: CORS is not enabled for this bucket.", fields: fields)
        }
        guard !answer.headers.isEmpty else {
            throw AWSError(
                "AccessForbidden", 403,
                "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
                fields: fields)
        }
        return WireResponse(status: 200, headers: answer.headers)
    }

    /// The header fields that an answer to a web page has beside its own.
    static func headers(_ request: WireRequest, path: String, _ pages: BucketPages?) async -> [(name: String, value: String)] {
        guard let origin = request.headers["origin"], let pages, let bucket = bucket(path) else { return [] }
        // The answer itself stands; without these fields the browser keeps it from the page.
        return (try? await pages.crossOrigin(bucket, origin, request.method, nil))?.headers ?? []
    }
}

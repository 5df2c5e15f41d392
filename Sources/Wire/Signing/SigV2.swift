import Crypto
import Documents
import Kernel

/// Presigned S3 URLs of Signature Version 2, which boto3 still makes unless it is told otherwise
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth).
struct SigV2: Sendable, Equatable {
    var accessKeyID: String
    var signature: String
    /// Epoch seconds.
    var expires: Int64
    var sessionToken: String?

    /// - Returns: nil for a request without such a signature.
    init?(_ query: QueryParameters) {
        guard let key = query["AWSAccessKeyId"], let signature = query["Signature"],
            let expires = query["Expires"].flatMap({ Int64($0) })
        else { return nil }
        (accessKeyID, self.signature, self.expires) = (key, signature, expires)
        sessionToken = query["x-amz-security-token"]
    }

    /// The query parameters that are part of what is signed.
    private static let resources: Set = [
        "accelerate", "acl", "analytics", "cors", "delete", "inventory", "lifecycle", "location", "logging", "metrics",
        "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment", "response-cache-control",
        "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type",
        "response-expires", "restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads",
        "versionId", "versioning", "versions", "website",
    ]

    /// - Parameter path: path style, as sent.
    func stringToSign(_ request: WireRequest, path: String, query: QueryParameters) -> String {
        var fields: [String: String] = request.headers.filter { $0.key.hasPrefix("x-amz-") }
        for pair in query.pairs where pair.name.lowercased().hasPrefix("x-amz-") { fields[pair.name.lowercased()] = pair.value }
        let headers = fields.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)\n" }.joined()
        let signed = query.pairs.filter { Self.resources.contains($0.name) }.sorted { $0.name < $1.name }
            .map { $0.value.isEmpty ? $0.name : "\($0.name)=\($0.value)" }.joined(separator: "&")
        let md5 = request.headers["content-md5"] ?? query["content-md5"] ?? ""
        let type = request.headers["content-type"] ?? query["content-type"] ?? ""
        return "\(request.method)\n\(md5)\n\(type)\n\(expires)\n\(headers)\(path)\(signed.isEmpty ? "" : "?\(signed)")"
    }

    static func signature(_ text: String, secret: String) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        return Base64.string(Array(HMAC<Insecure.SHA1>.authenticationCode(for: Array(text.utf8), using: key)))
    }
}

extension Authenticator {
    /// - Returns: who signed the URL.
    /// - Throws: ``AuthFault``
    func verify(_ presented: SigV2, _ request: WireRequest, path: String, query: QueryParameters) async throws -> Caller {
        let clock = platform.clock
        let end = Timestamp(seconds: presented.expires)
        // The client counted from its own clock, which is the machine's.
        guard clock.now() <= end + clock.offset else {
            throw AuthFault.urlExpired(expires: presented.expires, at: end.iso8601(), server: clock.now().iso8601())
        }
        let known = try await credential(presented.accessKeyID, sessionToken: presented.sessionToken)
        let text = presented.stringToSign(request, path: path, query: query)
        guard SigV4.equal(SigV2.signature(text, secret: known.secretAccessKey), presented.signature) else {
            throw AuthFault.mismatch(
                key: presented.accessKeyID, stringToSign: text, signature: presented.signature, canonical: "")
        }
        return known.caller
    }
}

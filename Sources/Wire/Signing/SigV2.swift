import Crypto
import Documents
import Kernel

/// S3's Signature Version 2: presigned URLs, which boto3 still makes unless it is told otherwise, and the Authorization
/// header of old clients (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html).
struct SigV2: Sendable, Equatable {
    /// What the signature is bound to in time.
    enum Moment: Sendable, Equatable {
        /// Of a URL: epoch seconds after which it is no longer good.
        case expires(Int64)
        /// Of a header: when it was signed, and how the string to sign has it.
        case signed(Timestamp, text: String)
    }

    var accessKeyID: String
    var signature: String
    var moment: Moment
    var sessionToken: String?

    private static let scheme = "AWS "

    /// Whether an Authorization header is of this version.
    static func isOne(_ header: String) -> Bool { header.hasPrefix(scheme) }

    /// - Returns: nil for a request without such a signature.
    /// - Throws: ``AuthFault`` for one that is not well-formed.
    static func read(_ request: WireRequest, _ query: QueryParameters) throws -> SigV2? {
        guard let header = request.headers["authorization"], isOne(header) else { return try SigV2(query) }
        let parts = header.dropFirst(scheme.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw AuthFault.malformedOldHeader(header) }
        // With a date of its own, S3's header stands for the other, which the string to sign then leaves out.
        let own = request.headers["x-amz-date"]
        guard let date = own ?? request.headers["date"], let signed = Timestamp(httpDate: date) ?? Timestamp(iso8601: date) else {
            throw AuthFault.missingDate(header)
        }
        return SigV2(
            accessKeyID: String(parts[0]), signature: String(parts[1]), moment: .signed(signed, text: own == nil ? date : ""),
            sessionToken: request.headers["x-amz-security-token"])
    }

    private init(accessKeyID: String, signature: String, moment: Moment, sessionToken: String?) {
        (self.accessKeyID, self.signature, self.moment, self.sessionToken) = (accessKeyID, signature, moment, sessionToken)
    }

    /// - Returns: nil for a URL without such a signature.
    /// - Throws: ``AuthFault`` for one with a part of it.
    init?(_ query: QueryParameters) throws {
        let (key, signature) = (query["AWSAccessKeyId"], query["Signature"])
        if key == nil, signature == nil { return nil }
        guard let key, let signature, let end = query["Expires"] else { throw AuthFault.incompleteOldQuery }
        guard let expires = Int64(end) else { throw AuthFault.badOldExpiry(end) }
        (accessKeyID, self.signature, moment) = (key, signature, .expires(expires))
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
        let time =
            switch moment {
            case .expires(let seconds): String(seconds)
            case .signed(_, let text): text
            }
        return "\(request.method)\n\(md5)\n\(type)\n\(time)\n\(headers)\(path)\(signed.isEmpty ? "" : "?\(signed)")"
    }

    static func signature(_ text: String, secret: String) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        return Base64.string(Array(HMAC<Insecure.SHA1>.authenticationCode(for: Array(text.utf8), using: key)))
    }
}

extension Authenticator {
    /// - Returns: who signed the request.
    /// - Throws: ``AuthFault``
    func verify(_ presented: SigV2, _ request: WireRequest, path: String, query: QueryParameters) async throws -> Caller {
        let clock = platform.clock
        switch presented.moment {
        case .expires(let seconds):
            let end = Timestamp(seconds: seconds)
            // The client counted from its own clock, which is the machine's.
            guard clock.now() <= end + clock.offset else {
                throw AuthFault.urlExpired(expires: nil, at: end.iso8601(), server: clock.now().iso8601())
            }
        case .signed(let moment, _):
            guard Self.isNear(moment, clock.now()) || Self.isNear(moment, clock.machineNow) else {
                throw AuthFault.skewed(request: moment.iso8601(), server: clock.now().iso8601())
            }
        }
        let known = try await credential(presented.accessKeyID, sessionToken: presented.sessionToken)
        let text = presented.stringToSign(request, path: path, query: query)
        func fits(_ text: String) -> Bool {
            ConstantTime.equal(SigV2.signature(text, secret: known.secretAccessKey), presented.signature)
        }
        // Some clients sign a bucket with the slash that its host style has, whatever they send.
        let isBucket = path.utf8.count > 1 && !path.utf8.dropFirst().contains(UInt8(ascii: "/"))
        guard fits(text) || isBucket && fits(presented.stringToSign(request, path: path + "/", query: query)) else {
            throw AuthFault.mismatch(
                key: presented.accessKeyID, stringToSign: text, signature: presented.signature, canonical: "")
        }
        return known.caller
    }
}

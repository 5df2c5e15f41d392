import Documents

/// A signature as a request presents it, before anything is checked
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
struct PresentedSignature: Sendable, Equatable {
    enum Place: Sendable { case header, query }
    var place: Place
    var accessKeyID: String
    /// `20260101`
    var date: String
    var region: String
    /// The signing name in the scope.
    var service: String
    /// Lower case, sorted, as sent.
    var signedHeaders: [String]
    var signature: String
    /// `X-Amz-Date`, or the `Date` header in its basic form.
    var time: String
    /// Seconds; of a presigned URL.
    var expires: Int64?
    var sessionToken: String?

    var scope: String { "\(date)/\(region)/\(service)/aws4_request" }
}

extension PresentedSignature {
    static let algorithm = "AWS4-HMAC-SHA256"

    /// - Returns: nil for a request that carries no signature at all.
    /// - Throws: ``AuthFault`` for one that is not well-formed.
    static func read(_ request: WireRequest, _ query: QueryParameters) throws -> PresentedSignature? {
        if let header = request.headers["authorization"] {
            if query["X-Amz-Signature"] != nil || query["X-Amz-Algorithm"] != nil { throw AuthFault.twoMechanisms }
            return try readHeader(header, request)
        }
        if let algorithm = query["X-Amz-Algorithm"] { return try readQuery(algorithm, query) }
        if query["X-Amz-Signature"] != nil || query["X-Amz-Credential"] != nil {
            throw AuthFault.malformedQuery("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"")
        }
        return nil
    }

    private static func readHeader(_ header: String, _ request: WireRequest) throws -> PresentedSignature {
        guard let space = header.utf8.firstIndex(of: UInt8(ascii: " ")) else { throw AuthFault.unsupportedMechanism }
        guard header[..<space] == algorithm else { throw AuthFault.unsupportedMechanism }
        var (credential, signature, signed): (Substring?, Substring?, Substring?)
        for part in header.utf8[header.utf8.index(after: space)...].split(separator: UInt8(ascii: ",")) {
            let part = part.drop { $0 == UInt8(ascii: " ") }
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { throw AuthFault.malformedHeader(header) }
            var value = part[part.index(after: equals)...]
            while value.last == UInt8(ascii: " ") { value.removeLast() }
            switch Substring(part[..<equals]) {
            case "Credential": credential = Substring(value)
            case "Signature": signature = Substring(value)
            case "SignedHeaders": signed = Substring(value)
            default: break
            }
        }
        guard let credential else { throw AuthFault.missingParameter("Credential", header) }
        guard let signature else { throw AuthFault.missingParameter("Signature", header) }
        guard let signed else { throw AuthFault.missingParameter("SignedHeaders", header) }
        var time = request.headers["x-amz-date"]
        if time == nil, let date = request.headers["date"] {
            time = Timestamp(httpDate: date)?.iso8601Basic() ?? Timestamp(iso8601: date)?.iso8601Basic()
        }
        guard let time else { throw AuthFault.missingDate(header) }
        var presented = try scoped(credential, isHeader: true)
        presented.signedHeaders = signed.utf8.split(separator: UInt8(ascii: ";")).map { String(Substring($0)) }
        presented.signature = String(signature)
        presented.time = time
        presented.sessionToken = request.headers["x-amz-security-token"]
        return presented
    }

    private static func readQuery(_ algorithm: String, _ query: QueryParameters) throws -> PresentedSignature {
        guard algorithm == Self.algorithm else {
            throw AuthFault.malformedQuery("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"")
        }
        guard let credential = query["X-Amz-Credential"], let signature = query["X-Amz-Signature"],
            let signed = query["X-Amz-SignedHeaders"], let time = query["X-Amz-Date"], let expiry = query["X-Amz-Expires"]
        else {
            throw AuthFault.malformedQuery(
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
            )
        }
        guard let expires = Int64(expiry) else { throw AuthFault.malformedQuery("X-Amz-Expires should be a number") }
        guard expires >= 0 else { throw AuthFault.malformedQuery("X-Amz-Expires must be non-negative") }
        guard expires <= Limit.presignedSeconds else {
            throw AuthFault.malformedQuery(
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
            )
        }
        var presented = try scoped(credential[...], isHeader: false)
        presented.signedHeaders = signed.split(separator: ";").map(String.init)
        presented.signature = signature
        presented.time = time
        presented.expires = expires
        presented.sessionToken = query["X-Amz-Security-Token"]
        return presented
    }

    /// Takes `AKID/20260101/us-east-1/s3/aws4_request` apart; an access key id may hold slashes of its own.
    private static func scoped(_ credential: Substring, isHeader: Bool) throws -> PresentedSignature {
        let parts = credential.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count >= 5, let last = parts.last, last.elementsEqual("aws4_request".utf8), !parts[0].isEmpty else {
            throw isHeader
                ? AuthFault.malformedCredential(String(credential))
                : AuthFault.malformedQuery(
                    "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
                )
        }
        let tail = parts.count - 4
        return PresentedSignature(
            place: isHeader ? .header : .query, accessKeyID: String(credential[..<parts[tail - 1].endIndex]),
            date: String(Substring(parts[tail])), region: String(Substring(parts[tail + 1])),
            service: String(Substring(parts[tail + 2])), signedHeaders: [], signature: "", time: "")
    }
}

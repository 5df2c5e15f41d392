import Documents
import Kernel

/// A signature as a request presents it, before anything is checked
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
struct PresentedSignature: Sendable, Equatable {
    enum Place: Sendable { case header, query }
    var place: Place
    var accessKeyID: String
    /// `20260101`
    var date: String
    /// Of Signature Version 4A the one Region of its set; empty where there are more.
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
    /// The Regions of Signature Version 4A; nil for Signature Version 4.
    var regionSet: RegionSet?

    /// ``time``; nil where it has not the basic form.
    var moment: Timestamp? { time.utf8.count == 16 ? Timestamp(iso8601: time) : nil }

    var scope: String {
        regionSet == nil ? "\(date)/\(region)/\(service)/aws4_request" : "\(date)/\(service)/aws4_request"
    }
}

extension PresentedSignature {
    static let algorithm = "AWS4-HMAC-SHA256"

    /// - Returns: nil for a request that carries no signature at all.
    /// - Throws: ``AuthFault`` for one that is not well-formed.
    static func read(_ request: WireRequest, _ query: QueryParameters) throws -> PresentedSignature? {
        if let header = request.headers["authorization"], !header.isEmpty, !SigV2.isOne(header) {
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
        let words = header.utf8
        guard let space = words.firstIndex(of: UInt8(ascii: " ")) else { throw AuthFault.unknownMechanism(header) }
        let mechanism = header[..<space]
        let isSymmetric = mechanism == algorithm
        guard isSymmetric || mechanism == SigV4A.algorithm else { throw AuthFault.unsupportedMechanism }
        var (credential, signature, signed): (String?, String?, String?)
        var rest = words[words.index(after: space)...]
        while let first = rest.first {
            guard first != UInt8(ascii: " "), first != UInt8(ascii: ",") else {
                rest.removeFirst()
                continue
            }
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
            guard let equals = rest[..<end].firstIndex(of: UInt8(ascii: "=")) else { throw AuthFault.malformedHeader(header) }
            var value = rest[rest.index(after: equals)..<end]
            while value.last == UInt8(ascii: " ") { value.removeLast() }
            switch header[rest.startIndex..<equals] {
            case "Credential": credential = String(Substring(value))
            case "Signature": signature = String(Substring(value))
            case "SignedHeaders": signed = String(Substring(value))
            default: break
            }
            rest = rest[end...]
        }
        guard let credential else { throw AuthFault.missingParameter("Credential", header) }
        guard let signature else { throw AuthFault.missingParameter("Signature", header) }
        guard let signed else { throw AuthFault.missingParameter("SignedHeaders", header) }
        var time = request.headers["x-amz-date"]
        if time == nil, let date = request.headers["date"] {
            time = Timestamp(httpDate: date)?.iso8601Basic() ?? Timestamp(iso8601: date)?.iso8601Basic()
        }
        guard let time else { throw AuthFault.missingDate(header) }
        var regionSet: RegionSet?
        if !isSymmetric {
            guard let header = request.headers["x-amz-region-set"], let set = RegionSet(header) else {
                throw AuthFault.badScope("X-Amz-Region-Set must name the Regions of the request. ")
            }
            regionSet = set
        }
        var presented = try scoped(credential, isHeader: true, regionSet)
        presented.signedHeaders = names(signed)
        presented.signature = signature
        presented.time = time
        presented.sessionToken = request.headers["x-amz-security-token"]
        return presented
    }

    private static func readQuery(_ algorithm: String, _ query: QueryParameters) throws -> PresentedSignature {
        guard algorithm == Self.algorithm || algorithm == SigV4A.algorithm else {
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
        let regionSet = algorithm == SigV4A.algorithm ? query["X-Amz-Region-Set"].flatMap { RegionSet($0) } : nil
        guard algorithm == Self.algorithm || regionSet != nil else {
            throw AuthFault.malformedQuery("X-Amz-Region-Set must name the Regions of the request.")
        }
        var presented = try scoped(credential, isHeader: false, regionSet)
        presented.signedHeaders = names(signed)
        presented.signature = signature
        presented.time = time
        presented.expires = expires
        presented.sessionToken = query["X-Amz-Security-Token"]
        return presented
    }

    /// Takes `AKID/20260101/us-east-1/s3/aws4_request` apart; an access key id may hold slashes of its own.
    /// - Parameter regionSet: of Signature Version 4A, whose scope has no Region.
    private static func scoped(_ credential: String, isHeader: Bool, _ regionSet: RegionSet?) throws -> PresentedSignature {
        let count = regionSet == nil ? 4 : 3
        var cuts: [String.Index] = []
        var end = credential.endIndex
        while cuts.count < count, let cut = credential.utf8[..<end].lastIndex(of: UInt8(ascii: "/")) {
            cuts.append(cut)
            end = cut
        }
        cuts.reverse()
        func text(_ begin: String.Index, _ end: String.Index) -> String { String(credential[begin..<end]) }
        func after(_ cut: Int) -> String.Index { credential.utf8.index(after: cuts[cut]) }
        guard cuts.count == count, credential.utf8.first != UInt8(ascii: "/"), credential[after(count - 1)...] == "aws4_request"
        else {
            throw isHeader
                ? AuthFault.malformedCredential(credential)
                : AuthFault.malformedQuery(
                    "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
                )
        }
        return PresentedSignature(
            place: isHeader ? .header : .query, accessKeyID: text(credential.startIndex, cuts[0]),
            date: text(after(0), cuts[1]), region: regionSet.map { $0.only ?? "" } ?? text(after(1), cuts[2]),
            service: text(after(count - 2), cuts[count - 1]), signedHeaders: [], signature: "", time: "",
            regionSet: regionSet)
    }

    /// `host;x-amz-date`
    private static func names(_ signed: String) -> [String] {
        var names: [String] = []
        names.reserveCapacity(8)
        var rest = signed[...].utf8
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
            if end > rest.startIndex { names.append(String(Substring(rest[..<end]))) }
            rest = rest[end...].dropFirst()
        }
        return names
    }
}

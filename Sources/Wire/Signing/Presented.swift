import Documents
import Kernel

/// A signature as a request presents it, before anything is checked
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
///
/// A class, because it is handed on a dozen times for each request.
final class PresentedSignature: Sendable {
    enum Place: Sendable { case header, query }

    /// What a signature is good for: the parts of `AKID/20260101/us-east-1/s3/aws4_request`.
    struct Credential: Sendable {
        let accessKeyID: String
        /// `20260101`
        let date: String
        /// Of Signature Version 4A the one Region of its set; empty where there are more.
        let region: String
        /// The signing name.
        let service: String
        /// All but the access key id: `20260101/us-east-1/s3/aws4_request`, without a Region for Signature Version 4A.
        let scope: String
        /// The Regions of Signature Version 4A; nil for Signature Version 4.
        let regionSet: RegionSet?
    }

    let place: Place
    private let credential: Credential
    /// Lower case, sorted, as sent.
    let signedHeaders: [String]
    let signature: String
    /// `X-Amz-Date`, or the `Date` header in its basic form.
    let time: String
    /// Seconds; of a presigned URL.
    let expires: Int64?
    let sessionToken: String?

    init(
        _ place: Place, _ credential: Credential, signedHeaders: [String], signature: String, time: String,
        expires: Int64? = nil, sessionToken: String?
    ) {
        (self.place, self.credential, self.signedHeaders) = (place, credential, signedHeaders)
        (self.signature, self.time, self.expires, self.sessionToken) = (signature, time, expires, sessionToken)
    }

    var accessKeyID: String { credential.accessKeyID }
    var date: String { credential.date }
    var region: String { credential.region }
    var service: String { credential.service }
    var scope: String { credential.scope }
    var regionSet: RegionSet? { credential.regionSet }

    /// ``time``; nil where it has not the basic form.
    var moment: Timestamp? { time.utf8.count == 16 ? Timestamp(iso8601: time) : nil }
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
        let bytes = Array(header.utf8)
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        guard let space = bytes.firstIndex(of: UInt8(ascii: " ")) else { throw AuthFault.unknownMechanism(header) }
        let mechanism = text(0..<space)
        let isSymmetric = mechanism == algorithm
        guard isSymmetric || mechanism == SigV4A.algorithm else { throw AuthFault.unsupportedMechanism }
        var (credential, signature, signed): (String?, String?, String?)
        var start = space + 1
        while start < bytes.count {
            guard bytes[start] != UInt8(ascii: " "), bytes[start] != UInt8(ascii: ",") else {
                start += 1
                continue
            }
            let end = bytes[start...].firstIndex(of: UInt8(ascii: ",")) ?? bytes.count
            guard let equals = bytes[start..<end].firstIndex(of: UInt8(ascii: "=")) else {
                throw AuthFault.malformedHeader(header)
            }
            var valueEnd = end
            while valueEnd > equals + 1, bytes[valueEnd - 1] == UInt8(ascii: " ") { valueEnd -= 1 }
            let value = equals + 1..<valueEnd
            switch text(start..<equals) {
            case "Credential": credential = text(value)
            case "Signature": signature = text(value)
            case "SignedHeaders": signed = text(value)
            default: break
            }
            start = end
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
        return PresentedSignature(
            .header, try scoped(credential, isHeader: true, regionSet), signedHeaders: names(signed), signature: signature,
            time: time, sessionToken: request.headers["x-amz-security-token"])
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
        return PresentedSignature(
            .query, try scoped(credential, isHeader: false, regionSet), signedHeaders: names(signed), signature: signature,
            time: time, expires: expires, sessionToken: query["X-Amz-Security-Token"])
    }

    /// Takes `AKID/20260101/us-east-1/s3/aws4_request` apart; an access key id may hold slashes of its own.
    /// - Parameter regionSet: of Signature Version 4A, whose scope has no Region.
    private static func scoped(_ credential: String, isHeader: Bool, _ regionSet: RegionSet?) throws
        -> PresentedSignature.Credential
    {
        let count = regionSet == nil ? 4 : 3
        let bytes = Array(credential.utf8)
        var cuts: [Int] = []
        var end = bytes.count
        while cuts.count < count, let cut = bytes[..<end].lastIndex(of: UInt8(ascii: "/")) {
            cuts.append(cut)
            end = cut
        }
        cuts.reverse()
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        guard cuts.count == count, bytes.first != UInt8(ascii: "/"), text(cuts[count - 1] + 1..<bytes.count) == "aws4_request"
        else {
            throw isHeader
                ? AuthFault.malformedCredential(credential)
                : AuthFault.malformedQuery(
                    "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
                )
        }
        return Credential(
            accessKeyID: text(0..<cuts[0]), date: text(cuts[0] + 1..<cuts[1]),
            region: regionSet.map { $0.only ?? "" } ?? text(cuts[1] + 1..<cuts[2]),
            service: text(cuts[count - 2] + 1..<cuts[count - 1]), scope: text(cuts[0] + 1..<bytes.count), regionSet: regionSet)
    }

    /// `host;x-amz-date`
    private static func names(_ signed: String) -> [String] {
        Array(signed.utf8).split(separator: UInt8(ascii: ";")).map { String(decoding: $0, as: UTF8.self) }
    }
}

import Documents
import Kernel

/// Finds out who signed a request.
struct Authenticator: Sendable {
    let platform: Platform
    private let keys = SigningKeys()

    init(platform: Platform) { self.platform = platform }

    /// A signature whose key is known and whose time is right; the signature itself is still to be verified.
    struct Claim: Sendable {
        let presented: PresentedSignature
        let caller: Caller
        let key: VerificationKey
    }

    /// What can be refused before the body is read.
    /// - Throws: ``AuthFault``
    func claim(_ presented: PresentedSignature, signingNames: [String], isS3: Bool) async throws -> Claim {
        guard presented.signedHeaders.contains("host") || presented.signedHeaders.contains(":authority") else {
            throw AuthFault.hostNotSigned
        }
        // S3 looks at the date before all else, and has one answer for what is none.
        if isS3, presented.place == .header {
            guard let signed = presented.moment else { throw AuthFault.missingDate(presented.time) }
            try checkTime(presented, signed)
        }
        try checkScope(presented, signingNames: signingNames, isS3: isS3)
        // A URL's own end is told before its keys' end: a session's URL may well live as long as the session.
        if presented.place == .query { try checkTime(presented) }
        let known = try await credential(presented.accessKeyID, sessionToken: presented.sessionToken)
        if presented.place != .query, !isS3 { try checkTime(presented) }
        return Claim(presented: presented, caller: known.caller, key: try keys.key(presented, secret: known.secretAccessKey))
    }

    func credential(_ key: String, sessionToken: String?) async throws -> KnownCredential {
        do {
            return try await platform.identity.credential(key, sessionToken: sessionToken)
        } catch let failure as AuthenticationFailure {
            throw switch failure {
            case .unknownKey: AuthFault.unknownKey(key)
            case .inactiveKey: AuthFault.inactiveKey(key)
            case .invalidToken: AuthFault.invalidToken
            case .expiredToken: AuthFault.expiredToken
            }
        }
    }

    private static let badQueryDate = AuthFault.malformedQuery(
        "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")

    private func checkScope(_ presented: PresentedSignature, signingNames: [String], isS3: Bool) throws {
        if presented.place == .query, isS3 {
            guard presented.moment != nil else { throw Self.badQueryDate }
            guard presented.time.hasPrefix(presented.date) else {
                throw AuthFault.malformedQuery(
                    "Invalid credential date \"\(presented.date)\". This date is not the same as X-Amz-Date: "
                        + "\"\(presented.time.prefix(8))\".")
            }
        }
        guard presented.time.hasPrefix(presented.date) else {
            throw AuthFault.badScope(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '\(presented.date)' != '\(presented.time.prefix(8))', from '\(presented.time)'."
            )
        }
        guard signingNames.contains(presented.service) else {
            throw AuthFault.badScope("Credential should be scoped to correct service: '\(signingNames.first ?? "")'. ")
        }
        if presented.regionSet != nil {
            guard presented.place == .query || presented.signedHeaders.contains("x-amz-region-set") else {
                throw AuthFault.headerNotSigned("x-amz-region-set")
            }
            return
        }
        guard !presented.region.isEmpty else { throw AuthFault.badScope("Credential should be scoped to a valid region. ") }
    }

    private func checkTime(_ presented: PresentedSignature) throws {
        guard let signed = presented.moment else {
            throw presented.place == .header
                ? AuthFault.badScope("Date must be in ISO-8601 'basic format'. Got '\(presented.time)'.")
                : Self.badQueryDate
        }
        try checkTime(presented, signed)
    }

    /// Clients sign by the machine's clock, while Tarn's may have been moved: either counts for the skew. A presigned
    /// URL ages on Tarn's clock, from the moment that clock showed when the URL was signed.
    private func checkTime(_ presented: PresentedSignature, _ signed: Timestamp) throws {
        let clock = platform.clock
        let (now, machine) = (clock.now(), clock.machineNow)
        guard let expires = presented.expires else {
            guard Self.isNear(signed, now) || Self.isNear(signed, machine) else {
                throw AuthFault.skewed(request: presented.time, server: now.iso8601())
            }
            return
        }
        let moments = [signed + clock.offset(at: signed), signed]
        let lifetime = Duration.seconds(expires)
        if moments.contains(where: { $0 <= now + Limit.skew && now <= $0 + lifetime }) { return }
        if moments.allSatisfy({ $0 > now + Limit.skew }) { throw AuthFault.notYetValid }
        throw AuthFault.urlExpired(expires: expires, at: (signed + lifetime).iso8601(), server: now.iso8601())
    }

    static func isNear(_ left: Timestamp, _ right: Timestamp) -> Bool {
        left <= right + Limit.skew && right <= left + Limit.skew
    }

    /// - Parameter payloadHash: the last line of the canonical request.
    /// - Throws: ``AuthFault/mismatch(key:stringToSign:signature:canonical:)``
    func verify(_ claim: Claim, _ request: WireRequest, isS3: Bool, payloadHash: String) throws {
        let presented = claim.presented
        if isS3 {
            // In a presigned URL too: its holder adds nothing that its maker did not sign.
            for name in request.headers.keys where name.hasPrefix("x-amz-") {
                guard presented.signedHeaders.contains(name) else { throw AuthFault.headerNotSigned(name) }
            }
        }
        let canonical = SigV4.canonicalRequest(
            request, signedHeaders: presented.signedHeaders, isS3: isS3, isPresigned: presented.place == .query,
            payloadHash: payloadHash)
        let text = SigV4.stringToSign(
            claim.key.algorithm, time: presented.time, scope: presented.scope, canonical: canonical)
        guard claim.key.accepts(presented.signature, of: text) else {
            throw AuthFault.mismatch(
                key: presented.accessKeyID, stringToSign: String(decoding: text, as: UTF8.self), signature: presented.signature,
                canonical: String(decoding: canonical, as: UTF8.self))
        }
    }
}

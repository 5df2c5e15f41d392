import Crypto
import Documents

/// Temporary credentials without a record: the session token carries who its holder is and until when, sealed so that only
/// Tarn can make or read it (AES-256-GCM, NIST SP 800-38D).
///
/// What is in a token can't be revoked one by one; what its holder may do is decided anew on each call by the role's
/// policies as they are then.
public struct SessionTokens: Sendable {
    /// What a token says. Versioned by its first byte, as everything that outlives a process.
    private struct Claims: Codable, Sendable {
        var accessKeyID: String
        var secret: String
        var caller: Caller
        var expires: Timestamp
    }
    private static let version: UInt8 = 1
    private let key: SymmetricKey

    /// - Parameter key: 32 random bytes, kept apart from the data.
    public init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    /// New keys that act as `caller` until `expires`.
    public func issue(for caller: Caller, expires: Timestamp) throws -> Credentials {
        let accessKeyID = AccessKeyID.make("ASIA", account: caller.account)
        let secret = Base64.string(Identifier.random(30))
        var holder = caller
        holder.accessKeyID = accessKeyID
        let claims = Claims(accessKeyID: accessKeyID, secret: secret, caller: holder, expires: expires)
        let plain = CBOR.write(try DocumentEncoder().encode(claims))
        guard let sealed = try AES.GCM.seal(plain, using: key).combined else { throw AuthenticationFailure.invalidToken }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: Base64.string([Self.version] + Array(sealed)))
    }

    /// - Throws: ``AuthenticationFailure``.
    public func open(_ token: String, accessKeyID: String, now: Timestamp) throws -> KnownCredential {
        guard let bytes = Base64.decode(token), bytes.first == Self.version,
            let box = try? AES.GCM.SealedBox(combined: bytes.dropFirst()), let plain = try? AES.GCM.open(box, using: key),
            let claims = try? DocumentDecoder().decode(Claims.self, from: CBOR.parse(Array(plain))),
            claims.accessKeyID == accessKeyID
        else { throw AuthenticationFailure.invalidToken }
        guard now < claims.expires else { throw AuthenticationFailure.expiredToken }
        return KnownCredential(secretAccessKey: claims.secret, caller: claims.caller)
    }

    /// What this seals besides session tokens. Authenticated with the text, so neither passes for the other.
    private static let messageContext = Array("authorization message".utf8)

    /// Seals bytes that only this Tarn can make and read, as text of letters, digits, `-` and `_`.
    func seal(_ bytes: [UInt8]) throws -> String {
        let box = try AES.GCM.seal(bytes, using: key, authenticating: Self.messageContext)
        guard let sealed = box.combined else { throw AuthenticationFailure.invalidToken }
        let text = Base64.string([Self.version] + Array(sealed))
        return String(text.compactMap { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0 })
    }

    /// A long-term key's secret as it rests in the store, bound to the key's id.
    func seal(secret: String, of accessKeyID: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(Array(secret.utf8), using: key, authenticating: Self.secretContext(accessKeyID))
        guard let sealed = box.combined else { throw AuthenticationFailure.invalidToken }
        return [Self.version] + Array(sealed)
    }

    /// - Returns: nil for what ``seal(secret:of:)`` has not made for this key.
    func secret(_ sealed: [UInt8], of accessKeyID: String) -> String? {
        guard sealed.first == Self.version, let box = try? AES.GCM.SealedBox(combined: sealed.dropFirst()),
            let opened = try? AES.GCM.open(box, using: key, authenticating: Self.secretContext(accessKeyID))
        else { return nil }
        return String(decoding: opened, as: UTF8.self)
    }

    private static func secretContext(_ accessKeyID: String) -> [UInt8] { Array("secret of \(accessKeyID)".utf8) }

    /// - Returns: nil for what ``seal(_:)`` has not made.
    func unseal(_ text: String) -> [UInt8]? {
        var plain = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        while plain.utf8.count % 4 != 0 { plain += "=" }
        guard let bytes = Base64.decode(plain), bytes.first == Self.version,
            let box = try? AES.GCM.SealedBox(combined: bytes.dropFirst()),
            let opened = try? AES.GCM.open(box, using: key, authenticating: Self.messageContext)
        else { return nil }
        return Array(opened)
    }
}

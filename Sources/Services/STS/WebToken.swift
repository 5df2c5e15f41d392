import Crypto
import CryptoExtras
import Documents

/// A JSON Web Token in its compact form (RFC 7519, RFC 7515), read but not yet believed.
struct WebToken {
    let algorithm: String
    let keyID: String?
    let claims: Document
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// - Throws: ``STSFault/notJWT``
    init(_ text: String) throws {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let head = Self.decode(parts[0]).flatMap({ try? JSON.parse($0) }),
            let claims = Self.decode(parts[1]).flatMap({ try? JSON.parse($0) }), claims.members != nil,
            let signature = Self.decode(parts[2]), let algorithm = head["alg"]?.string, head["crit"] == nil
        else { throw STSFault.notJWT }
        (self.algorithm, keyID, self.claims) = (algorithm, head["kid"]?.string, claims)
        (signed, self.signature) = (Array("\(parts[0]).\(parts[1])".utf8), signature)
    }

    func string(_ claim: String) -> String? { claims[claim]?.string }

    /// A claim that is one text or a list of them.
    func strings(_ claim: String) -> [String] {
        claims[claim]?.list?.compactMap(\.string) ?? string(claim).map { [$0] } ?? []
    }

    /// Seconds since 1970.
    func seconds(_ claim: String) -> Int64? {
        guard let number = claims[claim]?.double, number.isFinite, abs(number) < 1e15 else { return nil }
        return Int64(number)
    }

    /// Whether `key`, one of a provider's set (RFC 7517), signed this token. The algorithm must be one that the key's type
    /// has; `none` and shared secrets are never among them.
    func isSigned(by key: Document) -> Bool {
        if let use = key["use"]?.string, use != "sig" { return false }
        if let fixed = key["alg"]?.string, fixed != algorithm { return false }
        switch key["kty"]?.string {
        case "RSA": return isSignedByRSA(key)
        case "EC": return isSignedByCurve(key)
        default: return false
        }
    }

    private func isSignedByRSA(_ key: Document) -> Bool {
        guard let n = key["n"]?.string.flatMap(Self.decode), let e = key["e"]?.string.flatMap(Self.decode),
            n.count >= 256, n.count <= 1_024, let key = try? _RSA.Signing.PublicKey(n: n, e: e)
        else { return false }
        let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
        switch algorithm {
        case "RS256": return key.isValidSignature(signature, for: SHA256.hash(data: signed), padding: .insecurePKCS1v1_5)
        case "RS384": return key.isValidSignature(signature, for: SHA384.hash(data: signed), padding: .insecurePKCS1v1_5)
        case "RS512": return key.isValidSignature(signature, for: SHA512.hash(data: signed), padding: .insecurePKCS1v1_5)
        default: return false
        }
    }

    private func isSignedByCurve(_ key: Document) -> Bool {
        guard let x = key["x"]?.string.flatMap(Self.decode), let y = key["y"]?.string.flatMap(Self.decode) else { return false }
        let point = [0x04] + x + y
        switch (algorithm, key["crv"]?.string) {
        case ("ES256", "P-256"):
            guard let key = try? P256.Signing.PublicKey(x963Representation: point),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: SHA256.hash(data: signed))
        case ("ES384", "P-384"):
            guard let key = try? P384.Signing.PublicKey(x963Representation: point),
                let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: SHA384.hash(data: signed))
        case ("ES512", "P-521"):
            guard let key = try? P521.Signing.PublicKey(x963Representation: point),
                let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: SHA512.hash(data: signed))
        default: return false
        }
    }

    /// Base64 with the URL's alphabet and no padding (RFC 4648, section 5).
    private static func decode(_ text: String) -> [UInt8]? {
        guard !text.contains("+"), !text.contains("/"), !text.contains("=") else { return nil }
        var standard = text.utf8.map { $0 == 0x2D ? UInt8(ascii: "+") : $0 == 0x5F ? UInt8(ascii: "/") : $0 }
        while standard.count % 4 != 0 { standard.append(UInt8(ascii: "=")) }
        return Base64.decode(String(decoding: standard, as: UTF8.self))
    }
}

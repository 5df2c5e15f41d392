import Crypto
import CryptoExtras
import Documents

/// Key material, opened and ready for use.
enum KeyMaterial: Sendable {
    case symmetric(SymmetricKey)
    case hmac(SymmetricKey)
    case rsa(RSAPair)
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case p521(P521.Signing.PrivateKey)
    case secp256k1(Secp256k1.PrivateKey)
    case seed(SeedKey)

    /// - Parameter plain: raw bytes of symmetric and HMAC keys, DER of the others.
    init(_ plain: [UInt8], _ spec: KeySpec) throws {
        switch spec {
        case .symmetric: self = .symmetric(SymmetricKey(data: plain))
        case .hmac224, .hmac256, .hmac384, .hmac512: self = .hmac(SymmetricKey(data: plain))
        case .rsa2048, .rsa3072, .rsa4096: self = .rsa(try RSAPair(plain))
        case .p256: self = .p256(try .init(derRepresentation: plain))
        case .p384: self = .p384(try .init(derRepresentation: plain))
        case .p521: self = .p521(try .init(derRepresentation: plain))
        case .secp256k1: self = .secp256k1(try .init(der: plain))
        case .ed25519, .mldsa65, .mldsa87: self = .seed(try .init(der: plain, spec))
        }
    }

    /// The SubjectPublicKeyInfo (RFC 5280) in DER; nil for symmetric keys.
    var publicKey: [UInt8]? {
        switch self {
        case .symmetric, .hmac: nil
        case .rsa(let pair): Array(pair.signing.publicKey.derRepresentation)
        case .p256(let key): Array(key.publicKey.derRepresentation)
        case .p384(let key): Array(key.publicKey.derRepresentation)
        case .p521(let key): Array(key.publicKey.derRepresentation)
        case .secp256k1(let key): key.publicDER
        case .seed(let key): key.publicDER
        }
    }
}

/// An RSA key in the two forms that the library keeps apart.
struct RSAPair: Sendable {
    let signing: _RSA.Signing.PrivateKey
    private let der: [UInt8]

    init(_ der: [UInt8]) throws {
        signing = try .init(derRepresentation: der)
        self.der = der
    }

    func encryption() throws -> _RSA.Encryption.PrivateKey { try .init(derRepresentation: der) }
}

import Crypto
import CryptoExtras
import Documents
import Kernel

/// Makes key material.
enum KeyMaking {
    /// RSA keys take seconds of computing: one at a time, away from the threads that serve requests.
    private static let workshop = Workshop("kms.keys")

    /// Random bytes for keys and salts, in one call of the library's generator.
    static func random(_ count: Int) -> [UInt8] { SymmetricKey(size: .init(bitCount: count * 8)).withUnsafeBytes { Array($0) } }

    /// - Returns: raw bytes of symmetric and HMAC keys; RSA and ECC private keys in PKCS #8 DER.
    static func material(_ spec: KeySpec) async throws -> [UInt8] {
        switch spec {
        case .symmetric, .hmac224, .hmac256, .hmac384, .hmac512: random(spec.materialBytes)
        case .p256: Array(P256.Signing.PrivateKey().derRepresentation)
        case .p384: Array(P384.Signing.PrivateKey().derRepresentation)
        case .p521: Array(P521.Signing.PrivateKey().derRepresentation)
        case .secp256k1: Secp256k1.PrivateKey().pkcs8
        case .ed25519, .mldsa65, .mldsa87: SeedKey.pkcs8(random(SeedKey.seedBytes), spec)
        case .rsa2048, .rsa3072, .rsa4096:
            try await workshop.run {
                Array(try _RSA.Signing.PrivateKey(keySize: .init(bitCount: spec.rsaBits)).pkcs8DERRepresentation)
            }
        }
    }
}

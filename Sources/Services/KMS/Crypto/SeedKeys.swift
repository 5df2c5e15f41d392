import Crypto
import Documents

/// Keys that are made of a seed and sign whole messages: Ed25519 (RFC 8032, RFC 8410) and ML-DSA (FIPS 204, RFC 9881).
enum SeedKey: Sendable {
    case ed25519(Curve25519.Signing.PrivateKey)
    case mldsa65(MLDSA65.PrivateKey)
    case mldsa87(MLDSA87.PrivateKey)

    static let seedBytes = 32

    /// - Parameter der: PKCS #8, as ``pkcs8(_:_:)`` writes it.
    /// - Throws: ``KMSFault/incorrectKeyMaterial(_:)`` for anything else.
    init(der: [UInt8], _ spec: KeySpec) throws {
        let head = Self.privateHead(spec)
        guard der.starts(with: head), der.count == head.count + Self.seedBytes else {
            throw KMSFault.incorrectKeyMaterial("The key material is not that of a \(spec.rawValue) key.")
        }
        let seed = der.suffix(Self.seedBytes)
        switch spec {
        case .mldsa65: self = .mldsa65(try .init(seedRepresentation: seed, publicKey: nil))
        case .mldsa87: self = .mldsa87(try .init(seedRepresentation: seed, publicKey: nil))
        default: self = .ed25519(try .init(rawRepresentation: seed))
        }
    }

    static func pkcs8(_ seed: [UInt8], _ spec: KeySpec) -> [UInt8] { privateHead(spec) + seed }

    /// The SubjectPublicKeyInfo.
    var publicDER: [UInt8] {
        switch self {
        case .ed25519(let key): [0x30, 0x2A] + Self.algorithm(.ed25519) + [0x03, 0x21, 0x00] + key.publicKey.rawRepresentation
        case .mldsa65(let key):
            [0x30, 0x82, 0x07, 0xB2] + Self.algorithm(.mldsa65) + [0x03, 0x82, 0x07, 0xA1, 0x00]
                + key.publicKey.rawRepresentation
        case .mldsa87(let key):
            [0x30, 0x82, 0x0A, 0x32] + Self.algorithm(.mldsa87) + [0x03, 0x82, 0x0A, 0x21, 0x00]
                + key.publicKey.rawRepresentation
        }
    }

    func signature(for message: [UInt8]) throws -> [UInt8] {
        switch self {
        case .ed25519(let key): Array(try key.signature(for: message))
        case .mldsa65(let key): Array(try key.signature(for: message))
        case .mldsa87(let key): Array(try key.signature(for: message))
        }
    }

    func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        switch self {
        case .ed25519(let key): key.publicKey.isValidSignature(signature, for: message)
        case .mldsa65(let key): key.publicKey.isValidSignature(signature, for: message)
        case .mldsa87(let key): key.publicKey.isValidSignature(signature, for: message)
        }
    }

    private static func algorithm(_ spec: KeySpec) -> [UInt8] {
        let mldsa: [UInt8] = [0x30, 0x0B, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03]
        switch spec {
        case .mldsa65: return mldsa + [0x12]
        case .mldsa87: return mldsa + [0x13]
        default: return [0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70]
        }
    }

    private static func privateHead(_ spec: KeySpec) -> [UInt8] {
        let version: [UInt8] = [0x02, 0x01, 0x00]
        if spec == .ed25519 { return [0x30, 0x2E] + version + algorithm(spec) + [0x04, 0x22, 0x04, 0x20] }
        return [0x30, 0x34] + version + algorithm(spec) + [0x04, 0x22, 0x80, 0x20]
    }
}

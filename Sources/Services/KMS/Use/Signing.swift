import Crypto
import CryptoExtras
import Documents
import Kernel
import Store

/// Sign, Verify and GetPublicKey (https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html).
extension KMSService {
    struct SignInput: Codable, Sendable {
        var KeyId: String
        var Message: [UInt8]
        var MessageType: String?
        var GrantTokens: [String]?
        var SigningAlgorithm: String
        var DryRun: Bool?
    }
    struct SignOutput: Codable, Sendable {
        var KeyId: String
        var Signature: [UInt8]
        var SigningAlgorithm: String
    }

    func sign(_ input: SignInput, _ context: Context) async throws -> SignOutput {
        try checkGrantTokens(input.GrantTokens, context)
        let entry = try await entry(input.KeyId, context)
        let digest = try signing(entry, "Sign", input.SigningAlgorithm, input.Message, input.MessageType, isDry: input.DryRun)
        let signature =
            switch try entry.current(context.vault).1 {
            case .seed(let key): try key.signature(for: input.Message)
            case let material:
                try Signer.sign(digest, material, isPSS: input.SigningAlgorithm.hasPrefix("RSASSA_PSS"))
            }
        return SignOutput(KeyId: entry.key.arn, Signature: signature, SigningAlgorithm: input.SigningAlgorithm)
    }

    struct VerifyInput: Codable, Sendable {
        var KeyId: String
        var Message: [UInt8]
        var MessageType: String?
        var Signature: [UInt8]
        var SigningAlgorithm: String
        var GrantTokens: [String]?
        var DryRun: Bool?
    }
    struct VerifyOutput: Codable, Sendable {
        var KeyId: String
        var SignatureValid: Bool
        var SigningAlgorithm: String
    }

    func verify(_ input: VerifyInput, _ context: Context) async throws -> VerifyOutput {
        try checkGrantTokens(input.GrantTokens, context)
        let entry = try await entry(input.KeyId, context)
        let digest = try signing(entry, "Verify", input.SigningAlgorithm, input.Message, input.MessageType, isDry: input.DryRun)
        let isValid =
            switch try entry.current(context.vault).1 {
            case .seed(let key): key.isValid(input.Signature, for: input.Message)
            case let material:
                Signer.verify(
                    input.Signature, digest, material, isPSS: input.SigningAlgorithm.hasPrefix("RSASSA_PSS"))
            }
        guard isValid else { throw KMSFault.invalidSignature }
        return VerifyOutput(KeyId: entry.key.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm)
    }

    private func signing(
        _ entry: KeyEntry, _ operation: String, _ algorithm: String, _ message: [UInt8], _ type: String?, isDry: Bool?
    ) throws -> MessageDigest {
        try entry.key.mustBeUsable()
        try entry.key.mustServe(.signVerify, operation)
        guard entry.key.spec.signingAlgorithms(.signVerify)?.contains(algorithm) == true else {
            throw KMSFault.wrongAlgorithm(algorithm, spec: entry.key.spec)
        }
        switch entry.key.spec {
        case .mldsa65, .mldsa87, .ed25519:
            // These sign whole messages.
            guard type ?? "RAW" == "RAW" else {
                throw KMSFault.validation(
                    "Message type \(type ?? "") is incompatible with key spec \(entry.key.spec.rawValue).")
            }
        default:
            guard type != "EXTERNAL_MU" else {
                throw KMSFault.validation("MessageType EXTERNAL_MU is only supported for ML-DSA keys.")
            }
        }
        let isDigest = type == "DIGEST"
        guard isDigest || message.count <= KMSLimit.messageBytes else {
            throw KMSFault.validation(
                "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length less than "
                    + "or equal to \(KMSLimit.messageBytes)")
        }
        guard let digest = MessageDigest(message, isDigest: isDigest, algorithm) else {
            throw KMSFault.validation("Digest is invalid length for algorithm \(algorithm).")
        }
        if isDry == true { throw KMSFault.dryRun }
        return digest
    }

    struct PublicKeyOutput: Codable, Sendable {
        var KeyId: String
        var PublicKey: [UInt8]
        var CustomerMasterKeySpec: String
        var KeySpec: String
        var KeyUsage: String
        var EncryptionAlgorithms: [String]?
        var SigningAlgorithms: [String]?
        var KeyAgreementAlgorithms: [String]?
    }

    func publicKey(_ input: KeyInput, _ context: Context) async throws -> PublicKeyOutput {
        try checkGrantTokens(input.GrantTokens, context)
        let entry = try await entry(input.KeyId, context)
        let key = entry.key
        guard key.spec.isAsymmetric else {
            throw KMSFault.unsupported("\(key.arn) is a \(key.spec.rawValue) key: it has no public key.")
        }
        try key.mustBeUsable()
        let (_, material) = try entry.current(context.vault)
        return PublicKeyOutput(
            KeyId: key.arn, PublicKey: material.publicKey ?? [], CustomerMasterKeySpec: key.spec.rawValue,
            KeySpec: key.spec.rawValue, KeyUsage: key.usage.rawValue,
            EncryptionAlgorithms: key.spec.encryptionAlgorithms(key.usage),
            SigningAlgorithms: key.spec.signingAlgorithms(key.usage),
            KeyAgreementAlgorithms: key.usage == .keyAgreement ? ["ECDH"] : nil)
    }
}

/// What is signed: a message's digest under the algorithm's hash.
enum MessageDigest: Sendable {
    case sha256(SHA256.Digest)
    case sha384(SHA384.Digest)
    case sha512(SHA512.Digest)

    /// - Returns: nil for a digest of the wrong length.
    init?(_ message: [UInt8], isDigest: Bool, _ algorithm: String) {
        if algorithm.hasSuffix("256") {
            let digest = isDigest ? GivenDigest.of(SHA256.Digest.self, message) : SHA256.hash(data: message)
            guard let digest else { return nil }
            self = .sha256(digest)
        } else if algorithm.hasSuffix("384") {
            let digest = isDigest ? GivenDigest.of(SHA384.Digest.self, message) : SHA384.hash(data: message)
            guard let digest else { return nil }
            self = .sha384(digest)
        } else {
            let digest = isDigest ? GivenDigest.of(SHA512.Digest.self, message) : SHA512.hash(data: message)
            guard let digest else { return nil }
            self = .sha512(digest)
        }
    }
}

/// RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017; the salt as long as the digest), ECDSA with DER signatures (RFC 3279).
enum Signer {
    static func sign(_ digest: MessageDigest, _ material: KeyMaterial, isPSS: Bool) throws -> [UInt8] {
        switch digest {
        case .sha256(let digest): try sign(digest, material, isPSS)
        case .sha384(let digest): try sign(digest, material, isPSS)
        case .sha512(let digest): try sign(digest, material, isPSS)
        }
    }

    static func verify(_ signature: [UInt8], _ digest: MessageDigest, _ material: KeyMaterial, isPSS: Bool) -> Bool {
        switch digest {
        case .sha256(let digest): verify(signature, digest, material, isPSS)
        case .sha384(let digest): verify(signature, digest, material, isPSS)
        case .sha512(let digest): verify(signature, digest, material, isPSS)
        }
    }

    private static func sign(_ digest: some Digest, _ material: KeyMaterial, _ isPSS: Bool) throws -> [UInt8] {
        switch material {
        case .rsa(let pair):
            Array(try pair.signing.signature(for: digest, padding: isPSS ? .PSS : .insecurePKCS1v1_5).rawRepresentation)
        case .p256(let key): Array(try key.signature(for: digest).derRepresentation)
        case .p384(let key): Array(try key.signature(for: digest).derRepresentation)
        case .p521(let key): Array(try key.signature(for: digest).derRepresentation)
        case .secp256k1(let key):
            if let digest = digest as? SHA256.Digest { key.signature(for: digest) } else { throw KMSFault.invalidSignature }
        case .symmetric, .hmac, .seed: throw KMSFault.invalidSignature
        }
    }

    private static func verify(_ signature: [UInt8], _ digest: some Digest, _ material: KeyMaterial, _ isPSS: Bool) -> Bool {
        switch material {
        case .rsa(let pair):
            return pair.signing.publicKey.isValidSignature(
                .init(rawRepresentation: signature), for: digest, padding: isPSS ? .PSS : .insecurePKCS1v1_5)
        case .p256(let key):
            guard let given = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.publicKey.isValidSignature(given, for: digest)
        case .p384(let key):
            guard let given = try? P384.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.publicKey.isValidSignature(given, for: digest)
        case .p521(let key):
            guard let given = try? P521.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.publicKey.isValidSignature(given, for: digest)
        case .secp256k1(let key):
            guard let digest = digest as? SHA256.Digest else { return false }
            return key.isValid(signature, for: digest)
        case .symmetric, .hmac, .seed: return false
        }
    }
}

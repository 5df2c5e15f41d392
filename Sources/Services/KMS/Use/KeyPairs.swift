import Crypto
import Documents
import Kernel
import Store

/// GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext; DeriveSharedSecret.
extension KMSService {
    struct PairInput: Codable, Sendable {
        var EncryptionContext: [String: String]?
        var KeyId: String
        var KeyPairSpec: String
        var GrantTokens: [String]?
        var Recipient: Document?
        var DryRun: Bool?
    }
    struct PairOutput: Codable, Sendable {
        var PrivateKeyCiphertextBlob: [UInt8]
        var PrivateKeyPlaintext: [UInt8]
        var PublicKey: [UInt8]
        var KeyId: String
        var KeyPairSpec: String
        var KeyMaterialId: String?
    }

    func generatePair(_ input: PairInput, _ context: Context) async throws -> PairOutput {
        guard input.Recipient == nil else { throw KMSFault.unsupported(Self.noEnclaves) }
        return try await pair(input, "GenerateDataKeyPair", context)
    }

    struct SealedPairInput: Codable, Sendable {
        var EncryptionContext: [String: String]?
        var KeyId: String
        var KeyPairSpec: String
        var GrantTokens: [String]?
        var DryRun: Bool?
    }
    struct SealedPairOutput: Codable, Sendable {
        var PrivateKeyCiphertextBlob: [UInt8]
        var PublicKey: [UInt8]
        var KeyId: String
        var KeyPairSpec: String
        var KeyMaterialId: String?
    }

    func generateSealedPair(_ input: SealedPairInput, _ context: Context) async throws -> SealedPairOutput {
        let made = try await pair(
            PairInput(
                EncryptionContext: input.EncryptionContext, KeyId: input.KeyId, KeyPairSpec: input.KeyPairSpec,
                GrantTokens: input.GrantTokens, DryRun: input.DryRun), "GenerateDataKeyPairWithoutPlaintext", context)
        return SealedPairOutput(
            PrivateKeyCiphertextBlob: made.PrivateKeyCiphertextBlob, PublicKey: made.PublicKey, KeyId: made.KeyId,
            KeyPairSpec: made.KeyPairSpec, KeyMaterialId: made.KeyMaterialId)
    }

    private func pair(_ input: PairInput, _ operation: String, _ context: Context) async throws -> PairOutput {
        try checkGrantTokens(input.GrantTokens, context)
        let spec = try KMS.KeySpec(named: input.KeyPairSpec)
        let entry = try await entry(input.KeyId, context)
        try ready(entry, operation, "SYMMETRIC_DEFAULT", input.EncryptionContext, isDry: input.DryRun)
        let plain = try await KeyMaking.material(spec)
        guard let publicKey = try KeyMaterial(plain, spec).publicKey else {
            throw KMSFault.wrongAlgorithm(input.KeyPairSpec, spec: spec)
        }
        let (blob, materialID) = try seal(plain, entry, "SYMMETRIC_DEFAULT", input.EncryptionContext, context.vault)
        return PairOutput(
            PrivateKeyCiphertextBlob: blob, PrivateKeyPlaintext: plain, PublicKey: publicKey, KeyId: entry.key.arn,
            KeyPairSpec: input.KeyPairSpec, KeyMaterialId: materialID)
    }

    struct SharedSecretInput: Codable, Sendable {
        var KeyId: String
        var KeyAgreementAlgorithm: String
        var PublicKey: [UInt8]
        var GrantTokens: [String]?
        var DryRun: Bool?
        var Recipient: Document?
    }
    struct SharedSecretOutput: Codable, Sendable {
        var KeyId: String
        var SharedSecret: [UInt8]
        var KeyAgreementAlgorithm: String
        var KeyOrigin: String
    }

    func deriveSecret(_ input: SharedSecretInput, _ context: Context) async throws -> SharedSecretOutput {
        guard input.Recipient == nil else { throw KMSFault.unsupported(Self.noEnclaves) }
        try checkGrantTokens(input.GrantTokens, context)
        let entry = try await entry(input.KeyId, context)
        try entry.key.mustBeUsable()
        try entry.key.mustServe(.keyAgreement, "DeriveSharedSecret")
        if input.DryRun == true { throw KMSFault.dryRun }
        let (_, material) = try entry.current(context.vault)
        guard let secret = try? Self.agree(material, input.PublicKey) else {
            throw KMSFault.validation("The public key is not a DER-encoded key on the curve of \(entry.key.spec.rawValue).")
        }
        return SharedSecretOutput(
            KeyId: entry.key.arn, SharedSecret: secret, KeyAgreementAlgorithm: input.KeyAgreementAlgorithm,
            KeyOrigin: entry.key.origin.rawValue)
    }

    /// The x coordinate of the shared point (ECDH, SEC 1 section 3.3.1).
    private static func agree(_ material: KeyMaterial, _ other: [UInt8]) throws -> [UInt8] {
        switch material {
        case .p256(let key):
            let own = try P256.KeyAgreement.PrivateKey(rawRepresentation: key.rawRepresentation)
            return try own.sharedSecretFromKeyAgreement(with: .init(derRepresentation: other)).withUnsafeBytes { Array($0) }
        case .p384(let key):
            let own = try P384.KeyAgreement.PrivateKey(rawRepresentation: key.rawRepresentation)
            return try own.sharedSecretFromKeyAgreement(with: .init(derRepresentation: other)).withUnsafeBytes { Array($0) }
        case .p521(let key):
            let own = try P521.KeyAgreement.PrivateKey(rawRepresentation: key.rawRepresentation)
            return try own.sharedSecretFromKeyAgreement(with: .init(derRepresentation: other)).withUnsafeBytes { Array($0) }
        case .symmetric, .hmac, .rsa, .secp256k1, .seed: throw KMSFault.invalidSignature
        }
    }
}

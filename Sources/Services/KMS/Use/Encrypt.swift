import Crypto
import CryptoExtras
import Documents
import Kernel
import Store

/// Encrypt, Decrypt and ReEncrypt.
extension KMSService {
    struct EncryptInput: Codable, Sendable {
        var KeyId: String
        var Plaintext: [UInt8]
        var EncryptionContext: [String: String]?
        var GrantTokens: [String]?
        var EncryptionAlgorithm: String?
        var DryRun: Bool?
    }
    struct EncryptOutput: Codable, Sendable {
        var CiphertextBlob: [UInt8]
        var KeyId: String
        var EncryptionAlgorithm: String
    }

    func encrypt(_ input: EncryptInput, _ context: Context) async throws -> EncryptOutput {
        try checkGrantTokens(input.GrantTokens, context)
        let entry = try await entry(input.KeyId, context)
        let algorithm = input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT"
        try ready(entry, "Encrypt", algorithm, input.EncryptionContext, isDry: input.DryRun)
        let (blob, _) = try seal(input.Plaintext, entry, algorithm, input.EncryptionContext, context.vault)
        return EncryptOutput(CiphertextBlob: blob, KeyId: entry.key.arn, EncryptionAlgorithm: algorithm)
    }

    struct DecryptInput: Codable, Sendable {
        var CiphertextBlob: [UInt8]?
        var EncryptionContext: [String: String]?
        var GrantTokens: [String]?
        var KeyId: String?
        var EncryptionAlgorithm: String?
        var Recipient: Document?
        var DryRun: Bool?
    }
    struct DecryptOutput: Codable, Sendable {
        var KeyId: String
        var Plaintext: [UInt8]
        var EncryptionAlgorithm: String
        var KeyMaterialId: String?
    }

    func decrypt(_ input: DecryptInput, _ context: Context) async throws -> DecryptOutput {
        try checkGrantTokens(input.GrantTokens, context)
        guard input.Recipient == nil else { throw KMSFault.unsupported(Self.noEnclaves) }
        let algorithm = input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT"
        let entry = try await source(input.KeyId, input.CiphertextBlob, algorithm, context)
        try ready(entry, "Decrypt", algorithm, input.EncryptionContext, isDry: nil)
        let (plain, materialID) = try open(input.CiphertextBlob ?? [], entry, algorithm, input.EncryptionContext, context.vault)
        if input.DryRun == true { throw KMSFault.dryRun }
        return DecryptOutput(KeyId: entry.key.arn, Plaintext: plain, EncryptionAlgorithm: algorithm, KeyMaterialId: materialID)
    }

    struct ReEncryptInput: Codable, Sendable {
        var CiphertextBlob: [UInt8]?
        var SourceEncryptionContext: [String: String]?
        var SourceKeyId: String?
        var DestinationKeyId: String
        var DestinationEncryptionContext: [String: String]?
        var SourceEncryptionAlgorithm: String?
        var DestinationEncryptionAlgorithm: String?
        var GrantTokens: [String]?
        var DryRun: Bool?
    }
    struct ReEncryptOutput: Codable, Sendable {
        var CiphertextBlob: [UInt8]
        var SourceKeyId: String
        var KeyId: String
        var SourceEncryptionAlgorithm: String
        var DestinationEncryptionAlgorithm: String
        var SourceKeyMaterialId: String?
        var DestinationKeyMaterialId: String?
    }

    func reEncrypt(_ input: ReEncryptInput, _ context: Context) async throws -> ReEncryptOutput {
        try checkGrantTokens(input.GrantTokens, context)
        let from = input.SourceEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT"
        let to = input.DestinationEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT"
        let source = try await source(input.SourceKeyId, input.CiphertextBlob, from, context)
        let destination = try await entry(input.DestinationKeyId, context)
        try ready(source, "ReEncrypt", from, input.SourceEncryptionContext, isDry: nil)
        try ready(destination, "ReEncrypt", to, input.DestinationEncryptionContext, isDry: nil)
        let (plain, oldID) = try open(input.CiphertextBlob ?? [], source, from, input.SourceEncryptionContext, context.vault)
        if input.DryRun == true { throw KMSFault.dryRun }
        let (blob, newID) = try seal(plain, destination, to, input.DestinationEncryptionContext, context.vault)
        return ReEncryptOutput(
            CiphertextBlob: blob, SourceKeyId: source.key.arn, KeyId: destination.key.arn, SourceEncryptionAlgorithm: from,
            DestinationEncryptionAlgorithm: to, SourceKeyMaterialId: oldID, DestinationKeyMaterialId: newID)
    }

    static let noEnclaves = "Tarn has no Nitro Enclaves: the parameter Recipient is not supported."

    /// The key that a ciphertext is to be opened with: the named one, or the one that it carries itself.
    func source(_ named: String?, _ blob: [UInt8]?, _ algorithm: String, _ context: Context) async throws -> KeyEntry {
        guard let blob, !blob.isEmpty else { throw KMSFault.validation("Parameter CiphertextBlob is required.") }
        if let named { return try await entry(named, context) }
        guard algorithm == "SYMMETRIC_DEFAULT" else {
            throw KMSFault.validation("KeyId is required when the ciphertext was encrypted under an asymmetric KMS key.")
        }
        let ciphertext = try Ciphertext(blob)
        let found = try await context.store.read { try self.entries.entry(context.region, ciphertext.keyID, $0) }
        guard let found else { throw KMSFault.unknownCiphertextKey }
        return found
    }

    /// The checks that come before any cryptography.
    func ready(
        _ entry: KeyEntry, _ operation: String, _ algorithm: String, _ context: EncryptionContext?, isDry: Bool?
    ) throws {
        try entry.key.mustBeUsable()
        try entry.key.mustServe(.encryptDecrypt, operation)
        guard entry.key.spec.encryptionAlgorithms(.encryptDecrypt)?.contains(algorithm) == true else {
            throw KMSFault.wrongAlgorithm(algorithm, spec: entry.key.spec)
        }
        if let context, !context.isEmpty {
            guard entry.key.spec == .symmetric else {
                throw KMSFault.validation("You cannot specify an EncryptionContext when using an asymmetric KMS key.")
            }
            guard context.canonical.count <= KMSLimit.contextBytes else {
                throw KMSFault.validation("EncryptionContext is too large; it may have \(KMSLimit.contextBytes) bytes.")
            }
        }
        if isDry == true { throw KMSFault.dryRun }
    }

    /// - Returns: the ciphertext, and the id of the material that made it.
    func seal(
        _ plain: [UInt8], _ entry: KeyEntry, _ algorithm: String, _ context: EncryptionContext?, _ vault: KeyVault
    ) throws -> ([UInt8], materialID: String?) {
        let (generation, material) = try entry.current(vault)
        switch material {
        case .symmetric(let key):
            let blob = try Ciphertext.seal(
                plain, keyID: entry.key.id, material: generation.number, key, context ?? [:])
            return (blob, generation.id)
        case .rsa(let pair):
            let key = try pair.encryption().publicKey
            let padding = RSAPadding.encryption(algorithm)
            guard plain.count <= key.maximumEncryptSize(with: padding) else {
                throw KMSFault.validation(
                    "Algorithm \(algorithm) and key spec \(entry.key.spec.rawValue) cannot encrypt data larger than "
                        + "\(key.maximumEncryptSize(with: padding)) bytes.")
            }
            return (Array(try key.encrypt(plain, padding: padding)), nil)
        default: throw KMSFault.wrongAlgorithm(algorithm, spec: entry.key.spec)
        }
    }

    func open(
        _ blob: [UInt8], _ entry: KeyEntry, _ algorithm: String, _ context: EncryptionContext?, _ vault: KeyVault
    ) throws -> ([UInt8], materialID: String?) {
        guard entry.key.spec == .symmetric else {
            guard case (_, .rsa(let pair)) = try entry.current(vault),
                let plain = try? pair.encryption().decrypt(blob, padding: RSAPadding.encryption(algorithm))
            else { throw KMSFault.invalidCiphertext }
            return (Array(plain), nil)
        }
        let ciphertext = try Ciphertext(blob)
        guard ciphertext.keyID == entry.key.id else { throw KMSFault.incorrectKey }
        guard case (let generation, .symmetric(let key))? = try entry.material(ciphertext.material, vault) else {
            throw KMSFault.invalidCiphertext
        }
        return (try ciphertext.open(key, context ?? [:]), generation.id)
    }
}

enum RSAPadding {
    static func encryption(_ algorithm: String) -> _RSA.Encryption.Padding {
        algorithm == "RSAES_OAEP_SHA_1" ? .PKCS1_OAEP : .PKCS1_OAEP_SHA256
    }
}

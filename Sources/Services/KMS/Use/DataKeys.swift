import Documents
import Kernel
import Store

/// GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom.
extension KMSService {
    struct DataKeyInput: Codable, Sendable {
        var KeyId: String
        var EncryptionContext: [String: String]?
        var NumberOfBytes: Int?
        var KeySpec: String?
        var GrantTokens: [String]?
        var Recipient: Document?
        var DryRun: Bool?
    }
    struct DataKeyOutput: Codable, Sendable {
        var CiphertextBlob: [UInt8]
        var Plaintext: [UInt8]
        var KeyId: String
        var KeyMaterialId: String?
    }

    func generateDataKey(_ input: DataKeyInput, _ context: Context) async throws -> DataKeyOutput {
        guard input.Recipient == nil else { throw KMSFault.unsupported(Self.noEnclaves) }
        let (entry, count) = try await dataKey(input, "GenerateDataKey", context)
        let plain = KeyMaking.random(count)
        let (blob, materialID) = try seal(plain, entry, "SYMMETRIC_DEFAULT", input.EncryptionContext, context.vault)
        return DataKeyOutput(CiphertextBlob: blob, Plaintext: plain, KeyId: entry.key.arn, KeyMaterialId: materialID)
    }

    struct SealedDataKeyInput: Codable, Sendable {
        var KeyId: String
        var EncryptionContext: [String: String]?
        var KeySpec: String?
        var NumberOfBytes: Int?
        var GrantTokens: [String]?
        var DryRun: Bool?
    }
    struct SealedDataKeyOutput: Codable, Sendable {
        var CiphertextBlob: [UInt8]
        var KeyId: String
        var KeyMaterialId: String?
    }

    func generateSealedDataKey(_ input: SealedDataKeyInput, _ context: Context) async throws -> SealedDataKeyOutput {
        let whole = DataKeyInput(
            KeyId: input.KeyId, EncryptionContext: input.EncryptionContext, NumberOfBytes: input.NumberOfBytes,
            KeySpec: input.KeySpec, GrantTokens: input.GrantTokens, DryRun: input.DryRun)
        let (entry, count) = try await dataKey(whole, "GenerateDataKeyWithoutPlaintext", context)
        let (blob, materialID) = try seal(
            KeyMaking.random(count), entry, "SYMMETRIC_DEFAULT", input.EncryptionContext, context.vault)
        return SealedDataKeyOutput(CiphertextBlob: blob, KeyId: entry.key.arn, KeyMaterialId: materialID)
    }

    /// The checked request: its key, and how many bytes it asks for.
    private func dataKey(_ input: DataKeyInput, _ operation: String, _ context: Context) async throws -> (KeyEntry, Int) {
        try checkGrantTokens(input.GrantTokens, context)
        let count: Int
        switch (input.NumberOfBytes, input.KeySpec) {
        case (let bytes?, nil): count = bytes
        case (nil, let spec?): count = spec == "AES_128" ? 16 : 32
        default: throw KMSFault.validation("Please specify either number of bytes or key spec.")
        }
        guard count >= 1, count <= KMSLimit.dataKeyBytes else {
            throw KMSFault.validation("NumberOfBytes must be between 1 and \(KMSLimit.dataKeyBytes).")
        }
        let entry = try await entry(input.KeyId, context)
        try ready(entry, operation, "SYMMETRIC_DEFAULT", input.EncryptionContext, isDry: input.DryRun)
        return (entry, count)
    }

    struct RandomInput: Codable, Sendable {
        var NumberOfBytes: Int?
        var CustomKeyStoreId: String?
        var Recipient: Document?
    }
    struct RandomOutput: Codable, Sendable { var Plaintext: [UInt8] }

    func generateRandom(_ input: RandomInput, _ context: Context) async throws -> RandomOutput {
        guard input.CustomKeyStoreId == nil else { throw KMSFault.unsupported(Self.noStores) }
        guard input.Recipient == nil else { throw KMSFault.unsupported(Self.noEnclaves) }
        guard let count = input.NumberOfBytes else { throw KMSFault.validation("NumberOfBytes is required.") }
        guard count >= 1, count <= KMSLimit.randomBytes else {
            throw KMSFault.validation("NumberOfBytes must be between 1 and \(KMSLimit.randomBytes).")
        }
        return RandomOutput(Plaintext: KeyMaking.random(count))
    }
}

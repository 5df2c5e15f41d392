import Crypto
import Documents
import Kernel

/// A value as it rests. A SecureString of the standard tier is encrypted by KMS itself, one of the advanced tier under a
/// data key (https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html).
enum ParameterValue: Codable, Hashable, Sendable {
    case plain(String)
    case encrypted([UInt8])
    case envelope(wrappedKey: [UInt8], box: [UInt8])

    /// What is shown of it without decryption.
    var shown: String {
        switch self {
        case .plain(let text): text
        case .encrypted(let bytes): Base64.string(bytes)
        case .envelope(let key, let box): Base64.string(key + box)
        }
    }
}

/// Encrypts and decrypts with the caller's own right to the KMS key.
struct ParameterVault: Sendable {
    let context: Context
    /// The parameter's.
    let account: String
    let arn: String

    static let defaultAlias = "alias/aws/ssm"

    func seal(_ text: String, key: String?, tier: String) async throws -> ParameterValue {
        let key = key ?? Self.defaultAlias
        let keyARN =
            key.hasPrefix("arn:")
            ? key
            : ARN(
                "kms", region: context.region, account: account, key.hasPrefix("alias/") ? key : "key/\(key)"
            ).description
        if tier == ParameterTier.standard {
            let reply = try await kms(
                "Encrypt", ["KeyId": .string(keyARN), "Plaintext": .blob(Array(text.utf8)), "EncryptionContext": binding])
            guard let bytes = reply.output["CiphertextBlob"]?.blob else { throw AWSError.internalFailure }
            return .encrypted(bytes)
        }
        let reply = try await kms(
            "GenerateDataKey", ["KeyId": .string(keyARN), "KeySpec": "AES_256", "EncryptionContext": binding])
        guard let plain = reply.output["Plaintext"]?.blob, let wrapped = reply.output["CiphertextBlob"]?.blob else {
            throw AWSError.internalFailure
        }
        let box = try AES.GCM.seal(Array(text.utf8), using: SymmetricKey(data: plain), authenticating: Array(arn.utf8))
        guard let combined = box.combined else { throw AWSError.internalFailure }
        return .envelope(wrappedKey: wrapped, box: Array(combined))
    }

    func open(_ value: ParameterValue) async throws -> String {
        switch value {
        case .plain(let text): return text
        case .encrypted(let bytes): return String(decoding: try await decrypt(bytes), as: UTF8.self)
        case .envelope(let wrapped, let sealed):
            let key = SymmetricKey(data: try await decrypt(wrapped))
            let box = try AES.GCM.SealedBox(combined: sealed)
            return String(decoding: try AES.GCM.open(box, using: key, authenticating: Array(arn.utf8)), as: UTF8.self)
        }
    }

    private func decrypt(_ bytes: [UInt8]) async throws -> [UInt8] {
        let reply = try await kms("Decrypt", ["CiphertextBlob": .blob(bytes), "EncryptionContext": binding])
        guard let plain = reply.output["Plaintext"]?.blob else { throw AWSError.internalFailure }
        return plain
    }

    private var binding: Document { ["PARAMETER_ARN": .string(arn)] }

    /// Refusals come with the words that Systems Manager adds to KMS's.
    private func kms(_ operation: String, _ input: Document) async throws -> Reply {
        do { return try await context.callAsCaller("kms", operation, input) } catch let error as AWSError where error.isSenders {
            let text =
                "\(error.message) (Service: AWSKMS; Status Code: \(error.status); Error Code: \(error.code); "
                + "Request ID: \(context.requestID); Proxy: null)"
            throw error.code.hasPrefix("AccessDenied") ? SSMFault.keyRefused(text) : .invalidKey(text)
        }
    }
}

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
            let answer = try await kms(
                "Encrypt", ["KeyId": .string(keyARN), "Plaintext": .blob(Array(text.utf8)), "EncryptionContext": binding])
            guard let bytes = answer["CiphertextBlob"]?.blob else { throw AWSError.internalFailure }
            return .encrypted(bytes)
        }
        let dataKey = try await DataKey.generate(under: keyARN, for: binding, kms)
        return .envelope(wrappedKey: dataKey.wrapped, box: try dataKey.seal(Array(text.utf8), place: arn))
    }

    func open(_ value: ParameterValue) async throws -> String {
        switch value {
        case .plain(let text): return text
        case .encrypted(let bytes):
            let answer = try await kms("Decrypt", ["CiphertextBlob": .blob(bytes), "EncryptionContext": binding])
            guard let plain = answer["Plaintext"]?.blob else { throw AWSError.internalFailure }
            return String(decoding: plain, as: UTF8.self)
        case .envelope(let wrapped, let sealed):
            let dataKey = try await DataKey.unwrap(wrapped, for: binding, kms)
            return String(decoding: try dataKey.open(sealed, place: arn), as: UTF8.self)
        }
    }

    private var binding: Document { ["PARAMETER_ARN": .string(arn)] }

    /// Refusals come with the words that Systems Manager adds to KMS's.
    private func kms(_ operation: String, _ input: Document) async throws -> Document {
        do { return try await context.callAsCaller("kms", operation, input).output } catch let error as AWSError
            where error.isSenders
        {
            let text =
                "\(error.message) (Service: AWSKMS; Status Code: \(error.status); Error Code: \(error.code); "
                + "Request ID: \(context.requestID); Proxy: null)"
            throw error.code.hasPrefix("AccessDenied") ? SSMFault.keyRefused(text) : .invalidKey(text)
        }
    }
}

import Documents
import Kernel

/// A secret's value outside the store.
enum SecretValue: Sendable, Equatable {
    case text(String)
    case binary([UInt8])

    var bytes: [UInt8] {
        switch self {
        case .text(let text): Array(text.utf8)
        case .binary(let bytes): bytes
        }
    }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var binary: [UInt8]? { if case .binary(let bytes) = self { bytes } else { nil } }

    /// The value of a request; nil if it has none.
    init?(_ text: String?, _ binary: [UInt8]?) throws {
        switch (text, binary) {
        case (nil, nil): return nil
        case (_?, _?):
            throw SecretsFault.invalidParameter(
                "You can't specify both a binary secret value and a string secret value in the same secret.")
        case (let text?, nil): self = .text(text)
        case (nil, let binary?): self = .binary(binary)
        }
        guard bytes.count <= SecretsLimit.value else {
            throw SecretsFault.invalidParameter("The secret value is longer than \(SecretsLimit.value) bytes.")
        }
    }

    init(isText: Bool, _ bytes: [UInt8]) {
        self = isText ? .text(String(decoding: bytes, as: UTF8.self)) : .binary(bytes)
    }
}

/// A value as it rests: AES-256-GCM under a data key that only the KMS key opens
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html).
struct SealedValue: Codable, Hashable, Sendable {
    var isText: Bool
    /// The data key, encrypted by KMS.
    var wrappedKey: [UInt8]
    /// Nonce, ciphertext and tag.
    var box: [UInt8]
}

/// Seals and opens values with the caller's own right to the KMS key.
struct Vault: Sendable {
    let context: Context
    let account: String

    init(_ context: Context, account: String) { (self.context, self.account) = (context, account) }

    static let defaultAlias = "alias/aws/secretsmanager"

    /// - Parameter key: as the customer named it; nil for `aws/secretsmanager`.
    func seal(_ value: SecretValue, arn: String, version: String, key: String?, region: String) async throws -> SealedValue {
        try refuseForeign(key)
        let dataKey: DataKey
        do {
            dataKey = try await .generate(
                under: keyARN(key ?? Self.defaultAlias, region), for: Self.binding(arn, version), kms(region))
        } catch let error as AWSError where error.isSenders {
            throw error.code.hasPrefix("AccessDenied") ? SecretsFault.keyRefused : .encryptionFailed(error.message)
        }
        let box = try dataKey.seal(value.bytes, place: Self.place(arn, version))
        return SealedValue(isText: value.text != nil, wrappedKey: dataKey.wrapped, box: box)
    }

    func open(_ sealed: SealedValue, arn: String, version: String, key: String?, region: String) async throws -> SecretValue {
        try refuseForeign(key)
        let dataKey: DataKey
        do {
            dataKey = try await .unwrap(sealed.wrappedKey, for: Self.binding(arn, version), kms(region))
        } catch let error as AWSError where error.isSenders {
            throw error.code.hasPrefix("AccessDenied") ? SecretsFault.keyRefused : .decryptionFailed(error.message)
        }
        return SecretValue(isText: sealed.isText, try dataKey.open(sealed.box, place: Self.place(arn, version)))
    }

    /// The AWS managed key serves its own account only.
    private func refuseForeign(_ key: String?) throws {
        guard context.caller.account != account, key == nil || key?.hasSuffix(Self.defaultAlias) == true else { return }
        throw SecretsFault.invalidRequest(
            "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
    }

    private func kms(_ region: String) -> DataKey.Asking {
        var there = context
        there.region = region
        return { [there] in try await there.callAsCaller("kms", $0, $1).output }
    }

    /// Names without an account mean the secret's, whoever calls.
    func keyARN(_ key: String, _ region: String) -> String {
        if key.hasPrefix("arn:") { return key }
        return ARN("kms", region: region, account: account, key.hasPrefix("alias/") ? key : "key/\(key)").description
    }

    private static func binding(_ arn: String, _ version: String) -> Document {
        ["SecretARN": .string(arn), "SecretVersionId": .string(version)]
    }

    private static func place(_ arn: String, _ version: String) -> String { "\(arn)\n\(version)" }
}

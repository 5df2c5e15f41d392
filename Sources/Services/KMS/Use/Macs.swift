import Crypto
import Documents
import Kernel
import Store

/// GenerateMac and VerifyMac (HMAC, RFC 2104).
extension KMSService {
    struct MacInput: Codable, Sendable {
        var Message: [UInt8]
        var KeyId: String
        var MacAlgorithm: String
        var GrantTokens: [String]?
        var DryRun: Bool?
    }
    struct MacOutput: Codable, Sendable {
        var Mac: [UInt8]
        var MacAlgorithm: String
        var KeyId: String
    }

    func generateMac(_ input: MacInput, _ context: Context) async throws -> MacOutput {
        try checkGrantTokens(input.GrantTokens, context)
        let entry = try await entry(input.KeyId, context)
        let key = try mac(entry, "GenerateMac", input.MacAlgorithm, isDry: input.DryRun, context.vault)
        return MacOutput(
            Mac: Self.mac(input.Message, key, entry.key.spec), MacAlgorithm: input.MacAlgorithm, KeyId: entry.key.arn)
    }

    struct VerifyMacInput: Codable, Sendable {
        var Message: [UInt8]
        var KeyId: String
        var MacAlgorithm: String
        var Mac: [UInt8]
        var GrantTokens: [String]?
        var DryRun: Bool?
    }
    struct VerifyMacOutput: Codable, Sendable {
        var KeyId: String
        var MacValid: Bool
        var MacAlgorithm: String
    }

    func verifyMac(_ input: VerifyMacInput, _ context: Context) async throws -> VerifyMacOutput {
        try checkGrantTokens(input.GrantTokens, context)
        let entry = try await entry(input.KeyId, context)
        let key = try mac(entry, "VerifyMac", input.MacAlgorithm, isDry: input.DryRun, context.vault)
        guard Self.isValid(input.Mac, of: input.Message, key, entry.key.spec) else { throw KMSFault.invalidMac }
        return VerifyMacOutput(KeyId: entry.key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm)
    }

    private func mac(_ entry: KeyEntry, _ operation: String, _ algorithm: String, isDry: Bool?, _ vault: KeyVault)
        throws -> SymmetricKey
    {
        try entry.key.mustBeUsable()
        try entry.key.mustServe(.mac, operation)
        guard entry.key.spec.macAlgorithm == algorithm, case (_, .hmac(let key)) = try entry.current(vault) else {
            throw KMSFault.wrongAlgorithm(algorithm, spec: entry.key.spec)
        }
        if isDry == true { throw KMSFault.dryRun }
        return key
    }

    static func mac(_ message: [UInt8], _ key: SymmetricKey, _ spec: KMS.KeySpec) -> [UInt8] {
        switch spec {
        case .hmac224: key.withUnsafeBytes { SHA224.mac(message, Array($0)) }
        case .hmac384: Array(HMAC<SHA384>.authenticationCode(for: message, using: key))
        case .hmac512: Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
        default: Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
        }
    }

    /// In constant time.
    private static func isValid(_ mac: [UInt8], of message: [UInt8], _ key: SymmetricKey, _ spec: KMS.KeySpec) -> Bool {
        switch spec {
        case .hmac224: ConstantTime.equal(mac, Self.mac(message, key, spec))
        case .hmac384: HMAC<SHA384>.isValidAuthenticationCode(mac, authenticating: message, using: key)
        case .hmac512: HMAC<SHA512>.isValidAuthenticationCode(mac, authenticating: message, using: key)
        default: HMAC<SHA256>.isValidAuthenticationCode(mac, authenticating: message, using: key)
        }
    }
}

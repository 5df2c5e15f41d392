import Crypto
import Documents
import FunctionEngine
import Kernel
import Synchronization

/// A function's environment variables under a customer's key.
struct SealedVariables: Codable, Sendable, Hashable {
    /// Nonce, ciphertext and tag of the variables as JSON.
    var bytes: [UInt8]
    /// The data key as KMS sealed it.
    var wrapped: [UInt8]
}

/// Data keys that functions have been opened with, for a while: a key that is turned off stops a function soon, not at once.
final class VariableKeys: Sendable {
    private enum Limit {
        static let kept = 1_000
        static let age = Duration.seconds(300)
    }
    private let keys = Mutex<[[UInt8]: (plain: [UInt8], until: Timestamp)]>([:])

    func key(_ wrapped: [UInt8], now: Timestamp) -> [UInt8]? {
        keys.withLock { $0[wrapped].flatMap { $0.until > now ? $0.plain : nil } }
    }

    func keep(_ plain: [UInt8], _ wrapped: [UInt8], now: Timestamp) {
        keys.withLock { keys in
            if keys.count >= Limit.kept { keys.removeAll() }
            keys[wrapped] = (plain, now + Limit.age)
        }
    }
}

/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html: whoever sets variables makes the data
/// key, and a grant lets the execution role open it; whoever looks at the function opens it in their own name.
extension LambdaService {
    private static func context(_ arn: String) -> Document { ["aws:lambda:FunctionArn": .string(arn)] }

    /// - Throws: ``LambdaFault/keyUnusable(code:message:)``.
    func seal(
        _ variables: [String: String], under key: String, of name: FunctionName, for role: String, _ context: Context
    ) async throws -> SealedVariables {
        do {
            let data = try await context.callAsCaller(
                "kms", "GenerateDataKey",
                ["KeyId": .string(key), "KeySpec": "AES_256", "EncryptionContext": Self.context(name.arn)]
            ).output
            _ = try await context.callAsCaller(
                "kms", "CreateGrant",
                [
                    "KeyId": .string(key), "GranteePrincipal": .string(role), "Operations": ["Decrypt"],
                    "Constraints": ["EncryptionContextEquals": Self.context(name.arn)], "Name": .string("lambda-\(name.name)"),
                ])
            guard let plain = data["Plaintext"]?.blob, let wrapped = data["CiphertextBlob"]?.blob else {
                throw AWSError.internalFailure
            }
            let text = JSON.write(.map(Members(uniqueKeysWithValues: variables.map { ($0.key, .string($0.value)) })))
            let box = try AES.GCM.seal(text, using: SymmetricKey(data: plain), authenticating: Array(name.arn.utf8))
            guard let bytes = box.combined else { throw AWSError.internalFailure }
            return SealedVariables(bytes: Array(bytes), wrapped: wrapped)
        } catch let error as AWSError where error.isSenders {
            throw LambdaFault.keyUnusable(code: error.code, message: error.message)
        }
    }

    private static func open(_ sealed: SealedVariables, with plain: [UInt8], of arn: String) throws -> [String: String] {
        let box = try AES.GCM.SealedBox(combined: sealed.bytes)
        let bytes = try AES.GCM.open(box, using: SymmetricKey(data: plain), authenticating: Array(arn.utf8))
        let members = try JSON.parse(Array(bytes)).members ?? [:]
        return members.reduce(into: [:]) { $0[$1.key] = $1.value.string }
    }

    private static func decrypt(_ sealed: SealedVariables, of arn: String) -> Document {
        ["CiphertextBlob": .blob(sealed.wrapped), "EncryptionContext": context(arn)]
    }

    /// A function with its variables open, as the execution role may see them.
    /// - Throws: ``LambdaFault/keyFailed(code:message:)``.
    func opened(_ record: FunctionRecord) async throws -> FunctionRecord {
        guard let sealed = record.sealedVariables else { return record }
        let platform = try parts().platform
        var plain = keys.key(sealed.wrapped, now: platform.clock.now())
        if plain == nil {
            let role = try await ExecutionRole.assume(
                record.role, for: record.name, arn: record.arn, account: record.account, region: record.region, on: platform)
            do {
                plain = try await platform.call(
                    Call("kms", "Decrypt", Self.decrypt(sealed, of: record.arn), caller: role.caller, region: record.region)
                ).output["Plaintext"]?.blob
            } catch let error as AWSError where error.isSenders {
                throw LambdaFault.keyFailed(code: error.code, message: error.message)
            }
            if let plain { keys.keep(plain, sealed.wrapped, now: platform.clock.now()) }
        }
        guard let plain else { throw AWSError.internalFailure }
        var open = record
        (open.variables, open.sealedVariables) = (try Self.open(sealed, with: plain, of: record.arn), nil)
        return open
    }

    /// The variables as the caller may see them.
    /// - Throws: ``AWSError`` of KMS.
    func variables(of record: FunctionRecord, _ context: Context) async throws -> [String: String] {
        guard let sealed = record.sealedVariables else { return record.variables }
        let output = try await context.callAsCaller("kms", "Decrypt", Self.decrypt(sealed, of: record.arn)).output
        guard let plain = output["Plaintext"]?.blob else { throw AWSError.internalFailure }
        return try Self.open(sealed, with: plain, of: record.arn)
    }

    /// A function's configuration as the caller may see it: who may not use its key sees why instead of the variables.
    func shown(_ record: FunctionRecord, arn: String? = nil, _ context: Context) async throws -> FunctionConfiguration {
        var configuration = FunctionConfiguration(record, arn: arn)
        guard record.sealedVariables != nil else { return configuration }
        do {
            let variables = try await variables(of: record, context)
            configuration.Environment = variables.isEmpty ? nil : .init(Variables: variables)
        } catch let error as AWSError where error.isSenders {
            configuration.Environment = .init(
                Error: .init(
                    ErrorCode: error.code,
                    Message: "Lambda was unable to decrypt your environment variables because the KMS access was denied. Please "
                        + "check your KMS permissions. KMS Exception: \(error.code)KMS Message: \(error.message)"))
        }
        return configuration
    }

    /// What a function's variables become by an update.
    struct VariableChange: Sendable {
        var key: String?
        var open: [String: String]
        var sealed: SealedVariables?
    }

    /// - Returns: nil where nothing about the variables changes.
    func change(
        of record: FunctionRecord, _ name: FunctionName, to variables: [String: String]?, key: String?, role: String?,
        _ context: Context
    ) async throws -> VariableChange? {
        let wanted = key.map { $0.isEmpty ? nil : $0 } ?? record.kmsKey
        let isKeyChanged = wanted != record.kmsKey
        let isRoleChanged = wanted != nil && role.map { $0 != record.role } ?? false
        guard variables != nil || isKeyChanged || isRoleChanged else { return nil }
        let open: [String: String]
        if let variables { open = variables } else { open = try await self.variables(of: record, context) }
        guard let wanted else { return VariableChange(open: open) }
        let sealed = try await seal(open, under: wanted, of: name, for: role ?? record.role, context)
        return VariableChange(key: wanted, open: [:], sealed: sealed)
    }
}

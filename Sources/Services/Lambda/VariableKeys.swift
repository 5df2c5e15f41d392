import Documents
import FunctionEngine
import Kernel

/// A function's environment variables under a customer's key.
struct SealedVariables: Codable, Sendable, Hashable {
    /// Nonce, ciphertext and tag of the variables as JSON.
    var bytes: [UInt8]
    /// The data key as KMS sealed it.
    var wrapped: [UInt8]
    /// Lets the execution role open the data key; versions share it. Functions from before it was noted have none.
    var grant: VariableGrant?
}

/// Data keys that functions have been opened with, by their wrapped form.
typealias VariableKeys = KeyCache<[UInt8], DataKey>

/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html: whoever sets variables makes the data
/// key, and a grant lets the execution role open it until no version needs it (``VariableGrant``); whoever looks at the
/// function opens it in their own name.
extension LambdaService {
    private static func context(_ arn: String) -> Document { ["aws:lambda:FunctionArn": .string(arn)] }

    /// - Throws: ``LambdaFault/keyUnusable(code:message:)``.
    func seal(
        _ variables: [String: String], under key: String, of name: FunctionName, for role: String, _ context: Context
    ) async throws -> SealedVariables {
        do {
            let data = try await DataKey.generate(under: key, for: Self.context(name.arn)) {
                try await context.callAsCaller("kms", $0, $1).output
            }
            // Not under a name, for a grant of the same name would be the same grant, and end for both.
            let made = try await context.callAsCaller(
                "kms", "CreateGrant",
                [
                    "KeyId": .string(data.keyARN), "GranteePrincipal": .string(role), "Operations": ["Decrypt"],
                    "RetiringPrincipal": .string(VariableGrant.principal),
                    "Constraints": ["EncryptionContextEquals": Self.context(name.arn)],
                ]
            ).output
            guard let id = made["GrantId"]?.string else { throw AWSError.internalFailure }
            let text = JSON.write(.map(Members(uniqueKeysWithValues: variables.map { ($0.key, .string($0.value)) })))
            return SealedVariables(
                bytes: try data.seal(text, place: name.arn), wrapped: data.wrapped, grant: VariableGrant(key: data.keyARN, id: id)
            )
        } catch let error as AWSError where error.isSenders {
            throw LambdaFault.keyUnusable(code: error.code, message: error.message)
        }
    }

    private static func open(_ sealed: SealedVariables, with key: DataKey, of arn: String) throws -> [String: String] {
        let members = try JSON.parse(try key.open(sealed.bytes, place: arn)).members ?? [:]
        return members.reduce(into: [:]) { $0[$1.key] = $1.value.string }
    }

    /// A function with its variables open, as the execution role may see them.
    /// - Throws: ``LambdaFault/keyFailed(code:message:)``.
    func opened(_ record: FunctionRecord) async throws -> FunctionRecord {
        guard let sealed = record.sealedVariables else { return record }
        let platform = try parts().platform
        let now = platform.clock.now()
        let key: DataKey
        if let known = keys.key(sealed.wrapped, at: now) {
            key = known
        } else {
            let role = try await ExecutionRole.assume(
                record.role, for: record.name, arn: record.arn, account: record.account, region: record.region, on: platform)
            do {
                key = try await DataKey.unwrap(sealed.wrapped, for: Self.context(record.arn)) {
                    try await platform.call(Call("kms", $0, $1, caller: role.caller, region: record.region)).output
                }
            } catch let error as AWSError where error.isSenders {
                throw LambdaFault.keyFailed(code: error.code, message: error.message)
            }
            keys.keep(key, as: sealed.wrapped, until: now + DataKey.lifetime, at: now)
        }
        var open = record
        (open.variables, open.sealedVariables) = (try Self.open(sealed, with: key, of: record.arn), nil)
        return open
    }

    /// The variables as the caller may see them.
    /// - Throws: ``AWSError`` of KMS.
    func variables(of record: FunctionRecord, _ context: Context) async throws -> [String: String] {
        guard let sealed = record.sealedVariables else { return record.variables }
        let key = try await DataKey.unwrap(sealed.wrapped, for: Self.context(record.arn)) {
            try await context.callAsCaller("kms", $0, $1).output
        }
        return try Self.open(sealed, with: key, of: record.arn)
    }

    /// A function's configuration as the caller may see it: who may not use its key sees why instead of the variables.
    func shown(_ record: FunctionRecord, arn: String? = nil, _ context: Context) async throws -> FunctionConfiguration {
        var configuration = FunctionConfiguration(record, arn: arn)
        if record.sealedVariables != nil { configuration.Environment = try await environment(of: record, context) }
        return configuration
    }

    /// The same of several versions, for a list. KMS is asked once for those that share their variables.
    func shown(versions: some Sequence<FunctionRecord>, _ context: Context) async throws -> [FunctionConfiguration] {
        var opened: [SealedVariables: FunctionConfiguration.VariablesOutput?] = [:]
        var shown: [FunctionConfiguration] = []
        for record in versions {
            var configuration = FunctionConfiguration(record, arn: "\(record.arn):\(record.versionName)")
            if let sealed = record.sealedVariables {
                if opened[sealed] == nil { opened[sealed] = try await environment(of: record, context) }
                configuration.Environment = opened[sealed] ?? nil
            }
            shown.append(configuration.listed)
        }
        return shown
    }

    private func environment(
        of record: FunctionRecord, _ context: Context
    ) async throws -> FunctionConfiguration.VariablesOutput? {
        do {
            let variables = try await variables(of: record, context)
            return variables.isEmpty ? nil : .init(Variables: variables)
        } catch let error as AWSError where error.isSenders {
            return .init(
                Error: .init(
                    ErrorCode: error.code,
                    Message: "Lambda was unable to decrypt your environment variables because the KMS access was denied. Please "
                        + "check your KMS permissions. KMS Exception: \(error.code)KMS Message: \(error.message)"))
        }
    }

    /// What a function's variables become by an update.
    struct VariableChange: Sendable {
        var key: String?
        var open: [String: String]
        var sealed: SealedVariables?

        func apply(to record: inout FunctionRecord) {
            (record.kmsKey, record.variables, record.sealedVariables) = (key, open, sealed)
        }
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

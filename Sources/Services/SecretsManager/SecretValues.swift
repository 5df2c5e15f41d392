import Documents
import Kernel
import Store

/// GetSecretValue, BatchGetSecretValue, PutSecretValue.
extension SecretsManagerService {
    struct GetInput: Decodable, Sendable {
        var SecretId: String
        var VersionId: String?
        var VersionStage: String?
    }

    struct ValueOutput: Codable, Sendable {
        var ARN: String
        var Name: String
        var VersionId: String
        var SecretBinary: [UInt8]?
        var SecretString: String?
        var VersionStages: [String]?
        var CreatedDate: Timestamp
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    func getValue(_ input: GetInput, _ context: Context) async throws -> ValueOutput {
        let (secret, version, sealed) = try await context.store.read { snapshot in
            let secret = try snapshot.secret(input.SecretId, context)
            let stage = input.VersionStage ?? Stage.current
            if let id = input.VersionId {
                guard let version = try snapshot.record(VersionRecord.self, secret.versionKey(id)), let value = version.value
                else {
                    throw SecretsFault.noValue("VersionId: \(id)")
                }
                if input.VersionStage != nil, secret.stages[stage] != id {
                    throw SecretsFault.invalidRequest(
                        "You provided a VersionStage that is not associated to the provided VersionId.")
                }
                return (secret, version, value)
            }
            guard let id = secret.stages[stage], let version = try snapshot.record(VersionRecord.self, secret.versionKey(id)),
                let value = version.value
            else { throw SecretsFault.noValue("staging label: \(stage)") }
            return (secret, version, value)
        }
        let vault = Vault(context, account: secret.account)
        let value = try await vault.open(
            sealed, arn: secret.arn, version: version.id, key: version.keyID, region: secret.region)
        try await noteAccess(secret, version, context)
        let stages = secret.stages(of: version.id)
        return ValueOutput(
            ARN: secret.arn, Name: secret.name, VersionId: version.id, SecretBinary: value.binary, SecretString: value.text,
            VersionStages: stages.isEmpty ? nil : stages, CreatedDate: version.created)
    }

    /// The last access is known to the day, so most reads write nothing.
    private func noteAccess(_ secret: SecretRecord, _ version: VersionRecord, _ context: Context) async throws {
        let day = Timestamp(seconds: context.now.seconds / 86_400 * 86_400)
        guard secret.accessed != day || version.accessed != day else { return }
        try await context.store.write { transaction in
            guard var kept = try transaction.record(SecretRecord.self, secret.key), kept.suffix == secret.suffix,
                var read = try transaction.record(VersionRecord.self, kept.versionKey(version.id))
            else { return }
            (kept.accessed, read.accessed) = (day, day)
            try transaction.put(kept.key, kept)
            try transaction.put(kept.versionKey(version.id), read)
        }
    }

    struct BatchInput: Decodable, Sendable {
        var SecretIdList: [String]?
        var Filters: [SecretFilter]?
        var MaxResults: Int?
        var NextToken: String?
    }

    struct BatchOutput: Codable, Sendable {
        struct Failure: Codable, Sendable {
            var SecretId: String
            var ErrorCode: String
            var Message: String
        }
        var SecretValues: [ValueOutput]
        var NextToken: String?
        var Errors: [Failure]
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
    ///
    /// Each secret is a call of its own, so that each is authorized and recorded.
    func batchGetValues(_ input: BatchInput, _ context: Context) async throws -> BatchOutput {
        var ids: [String]
        var next: String?
        switch (input.SecretIdList, input.Filters) {
        case (let list?, nil):
            if input.MaxResults != nil || input.NextToken != nil {
                throw SecretsFault.invalidParameter(
                    "'Filters' not specified. 'Filters' must also be specified when "
                        + "'\(input.MaxResults != nil ? "MaxResults" : "NextToken")' is provided.")
            }
            ids = list
        case (nil, let filters?):
            let list = ListInput(
                MaxResults: input.MaxResults ?? SecretsLimit.batch, NextToken: input.NextToken, Filters: filters)
            let page = try await listSecrets(list, context)
            ids = page.SecretList.map(\.ARN)
            next = page.NextToken
        default:
            throw SecretsFault.invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
        }
        var output = BatchOutput(SecretValues: [], NextToken: next, Errors: [])
        for id in ids {
            let call = Call(
                Self.id, "GetSecretValue", ["SecretId": .string(id)], caller: context.caller, region: context.region,
                http: context.http)
            do {
                let reply = try await context.platform.call(call)
                output.SecretValues.append(try DocumentDecoder().decode(ValueOutput.self, from: reply.output))
            } catch let error as AWSError where error.isSenders {
                output.Errors.append(.init(SecretId: id, ErrorCode: error.code, Message: error.message))
            }
        }
        return output
    }

    struct PutInput: Decodable, Sendable {
        var SecretId: String
        var ClientRequestToken: String?
        var SecretBinary: [UInt8]?
        var SecretString: String?
        var VersionStages: [String]?
        /// Sent back by rotation functions that work in another role; the caller's own rights decide here.
        var RotationToken: String?
    }

    struct PutOutput: Codable, Sendable {
        var ARN: String
        var Name: String
        var VersionId: String
        var VersionStages: [String]
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
    func putValue(_ input: PutInput, _ context: Context) async throws -> PutOutput {
        guard let value = try SecretValue(input.SecretString, input.SecretBinary) else {
            throw SecretsFault.invalidRequest("You must provide either SecretString or SecretBinary.")
        }
        let token = input.ClientRequestToken ?? Identifier.uuid()
        let secret = try await putVersion(
            value, token: token, stages: input.VersionStages ?? [Stage.current], of: input.SecretId, context
        ) { _ in }
        return PutOutput(ARN: secret.arn, Name: secret.name, VersionId: token, VersionStages: secret.stages(of: token))
    }

    /// Adds a version with a value, or leaves everything as it is when this token brought the same value before.
    func putVersion(
        _ value: SecretValue, token: String, stages: [String], of id: String, _ context: Context,
        also edit: @escaping @Sendable (inout SecretRecord) -> Void
    ) async throws -> SecretRecord {
        let (found, version) = try await context.store.read { snapshot in
            let secret = try snapshot.secret(id, context)
            return (secret, try snapshot.record(VersionRecord.self, secret.versionKey(token)))
        }
        try found.mayChange(context)
        if let version, let sealed = version.value {
            let vault = Vault(context, account: found.account)
            let old = try await vault.open(sealed, arn: found.arn, version: token, key: version.keyID, region: found.region)
            guard old == value else { throw SecretsFault.tokenInUse(token: token, arn: found.arn) }
            return found
        }
        var target = found
        edit(&target)
        let sealed = try await seal(value, as: token, for: target, context)
        return try await context.store.write { transaction in
            var secret = try transaction.secret(found.arn, context)
            // Another request may have brought this token meanwhile, or changed the replicas that were sealed for.
            if try transaction.record(VersionRecord.self, secret.versionKey(token))?.value != nil {
                throw SecretsFault.tokenInUse(token: token, arn: secret.arn)
            }
            edit(&secret)
            let pending = secret.stages[Stage.pending].flatMap { $0 == secret.current ? nil : $0 }
            try add(sealed, stages: stages, to: &secret, transaction, now: context.now)
            // A value that is put by hand ends the rotation under way, so that later ones can begin.
            if let pending, pending != token, secret.current == token, secret.stages[Stage.pending] == pending {
                secret.stages[Stage.pending] = nil
                try transaction.note(.rotationAbandoned, secret, on: context.platform)
            }
            try keep(secret, transaction)
            return secret
        }
    }
}

import Documents
import Kernel
import Store

/// UpdateSecret and UpdateSecretVersionStage.
extension SecretsManagerService {
    struct UpdateInput: Decodable, Sendable {
        var SecretId: String
        var ClientRequestToken: String?
        var Description: String?
        var KmsKeyId: String?
        var SecretBinary: [UInt8]?
        var SecretString: String?
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
    func updateSecret(_ input: UpdateInput, _ context: Context) async throws -> SecretVersionOutput {
        let value = try SecretValue(input.SecretString, input.SecretBinary)
        let found = try await context.store.read { try $0.secret(input.SecretId, context) }
        try found.mayChange(context)
        let moves = input.KmsKeyId.map { key in (key.isEmpty ? nil : key) != found.keyID } ?? false
        let resealed = moves ? try await reseal(found, key: input.KmsKeyId, context) : [:]
        let edit: @Sendable (inout SecretRecord) -> Void = { secret in
            if let text = input.Description { secret.description = text }
            if let key = input.KmsKeyId { secret.keyID = key.isEmpty ? nil : key }
            secret.changed = context.now
        }
        var version: String?
        if let value {
            // First, because it may still refuse the token.
            let token = input.ClientRequestToken ?? Identifier.uuid()
            _ = try await putVersion(value, token: token, stages: [Stage.current], of: found.arn, context, also: edit)
            version = token
        }
        if !resealed.isEmpty || value == nil {
            try await change(found.arn, context) { secret, transaction in
                edit(&secret)
                for (id, version) in resealed where try transaction.contains(secret.versionKey(id)) {
                    try transaction.put(secret.versionKey(id), version)
                }
            }
        }
        return SecretVersionOutput(ARN: found.arn, Name: found.name, VersionId: version)
    }

    /// The labelled versions under another key.
    private func reseal(_ secret: SecretRecord, key: String?, _ context: Context) async throws -> [String: VersionRecord] {
        let key = key.flatMap { $0.isEmpty ? nil : $0 }
        let ids = [Stage.current, Stage.previous, Stage.pending].compactMap { secret.stages[$0] }
        let versions = try await context.store.read { snapshot in
            try Set(ids).compactMap { try snapshot.record(VersionRecord.self, secret.versionKey($0)) }
        }
        let vault = Vault(context, account: secret.account)
        var resealed: [String: VersionRecord] = [:]
        for var version in versions {
            guard let sealed = version.value else { continue }
            let value = try await vault.open(
                sealed, arn: secret.arn, version: version.id, key: version.keyID, region: secret.region)
            version.value = try await vault.seal(
                value, arn: secret.arn, version: version.id, key: key, region: secret.region)
            version.keyID = key
            resealed[version.id] = version
        }
        return resealed
    }

    struct StageInput: Decodable, Sendable {
        var SecretId: String
        var VersionStage: String
        var RemoveFromVersionId: String?
        var MoveToVersionId: String?
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
    func updateStage(_ input: StageInput, _ context: Context) async throws -> SecretNameOutput {
        let stage = input.VersionStage
        let secret = try await change(input.SecretId, context) { secret, transaction in
            try secret.mayChange(context)
            for id in [input.RemoveFromVersionId, input.MoveToVersionId].compactMap({ $0 }) {
                guard try transaction.contains(secret.versionKey(id)) else { throw SecretsFault.noValue("VersionId: \(id)") }
            }
            let holder = secret.stages[stage]
            if let from = input.RemoveFromVersionId, holder != from {
                throw SecretsFault.invalidParameter(
                    "The parameter RemoveFromVersionId is invalid: staging label \(stage) is not attached to version \(from).")
            }
            guard let target = input.MoveToVersionId else {
                guard input.RemoveFromVersionId != nil else {
                    throw SecretsFault.invalidParameter("You must specify RemoveFromVersionId or MoveToVersionId.")
                }
                guard stage != Stage.current else {
                    throw SecretsFault.invalidParameter(
                        "You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed."
                    )
                }
                secret.stages[stage] = nil
                return
            }
            if let holder, holder != target, input.RemoveFromVersionId == nil {
                throw SecretsFault.invalidParameter(
                    "The parameter RemoveFromVersionId can't be empty. Staging label \(stage) is currently attached to version "
                        + "\(holder), so you must explicitly reference that version in RemoveFromVersionId.")
            }
            secret.attach(stage, to: target)
            guard secret.stages.count <= SecretsLimit.stages else { throw SecretsFault.tooManyStages }
            secret.changed = context.now
        }
        return SecretNameOutput(ARN: secret.arn, Name: secret.name)
    }
}

import Documents
import Kernel
import Store

/// DeleteSecret and RestoreSecret: marked first, gone when the recovery window ends.
extension SecretsManagerService {
    struct DeleteInput: Decodable, Sendable {
        var SecretId: String
        var RecoveryWindowInDays: Int64?
        var ForceDeleteWithoutRecovery: Bool?
    }

    struct DeleteOutput: Codable, Sendable {
        var ARN: String
        var Name: String
        var DeletionDate: Timestamp
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    func deleteSecret(_ input: DeleteInput, _ context: Context) async throws -> DeleteOutput {
        let force = input.ForceDeleteWithoutRecovery ?? false
        if force, input.RecoveryWindowInDays != nil {
            throw SecretsFault.invalidParameter(
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
        }
        let days = input.RecoveryWindowInDays ?? SecretsLimit.recoveryDays.upperBound
        guard SecretsLimit.recoveryDays.contains(days) else {
            throw SecretsFault.invalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
        }
        let platform = context.platform
        return try await context.store.write { transaction in
            var secret: SecretRecord
            do { secret = try transaction.secret(input.SecretId, context, evenDeleted: true) } catch SecretsFault.notFound
                where force
            {
                // A secret that is gone already counts as deleted.
                let id = SecretID(input.SecretId, context)
                return DeleteOutput(ARN: id.arn, Name: id.text, DeletionDate: context.now)
            }
            try secret.mayChange(context)
            guard secret.replicas.isEmpty else {
                let regions = secret.replicas.map(\.region).sorted().joined(separator: ", ")
                throw SecretsFault.invalidParameter(
                    "You can't delete secret \(secret.name) that still has replica regions [\(regions)]")
            }
            if force {
                try remove(secret, transaction)
                try transaction.note(.deletionStarted, secret, on: platform)
                try transaction.note(.deletionEnded, secret, on: platform)
                return DeleteOutput(ARN: secret.arn, Name: secret.name, DeletionDate: context.now)
            }
            guard secret.deletion == nil else {
                throw SecretsFault.invalidRequest(
                    "You can't perform this operation on the secret because it was already scheduled for deletion.")
            }
            let due = context.now + .seconds(days * 86_400)
            (secret.deletion, secret.changed) = (due, context.now)
            try transaction.put(secret.key, secret)
            try transaction.cancelTimer(Self.id, id: secret.rotationTimer)
            try transaction.schedule(
                TimerRecord(
                    id: secret.deletionTimer, service: Self.id, name: "deletion", due: due, payload: secret.address), on: platform
            )
            try transaction.note(.deletionStarted, secret, on: platform)
            return DeleteOutput(ARN: secret.arn, Name: secret.name, DeletionDate: due)
        }
    }

    func remove(_ secret: SecretRecord, _ transaction: any Transaction) throws {
        try transaction.deleteRange(from: secret.versions, to: secret.versions.rangeEnd)
        try transaction.delete(secret.key)
        try transaction.cancelTimer(Self.id, id: secret.deletionTimer)
        try transaction.cancelTimer(Self.id, id: secret.rotationTimer)
    }

    /// The recovery window has ended.
    func endRecovery(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let key = Self.key(timer.payload) else { return }
        try await platform.store.write { transaction in
            guard let secret = try transaction.record(SecretRecord.self, key), secret.arn == timer.payload["arn"]?.string,
                let deletion = secret.deletion, deletion <= timer.due
            else { return }
            try transaction.deleteRange(from: secret.versions, to: secret.versions.rangeEnd)
            try transaction.delete(secret.key)
            try transaction.note(.deletionEnded, secret, on: platform)
        }
    }

    static func key(_ address: Document) -> Key? {
        guard let account = address["account"]?.string, let region = address["region"]?.string,
            let name = address["name"]?.string
        else { return nil }
        return SecretRecord.key(account, region, name)
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html
    func restoreSecret(_ input: SecretIdInput, _ context: Context) async throws -> SecretNameOutput {
        let platform = context.platform
        let secret = try await change(input.SecretId, context, evenDeleted: true) { secret, transaction in
            try secret.mayChange(context)
            if secret.deletion != nil { try transaction.note(.deletionCancelled, secret, on: platform) }
            secret.deletion = nil
            try transaction.cancelTimer(Self.id, id: secret.deletionTimer)
            try planRotation(&secret, after: context.now, transaction, platform)
        }
        return SecretNameOutput(ARN: secret.arn, Name: secret.name)
    }
}

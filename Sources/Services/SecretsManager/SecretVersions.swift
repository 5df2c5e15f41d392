import Documents
import Kernel
import Store

/// Adding versions, and keeping replicas in step: shared by all operations that change a secret.
extension SecretsManagerService {
    /// A value sealed for every Region that holds the secret.
    struct SealedVersion: Sendable {
        var version: VersionRecord
        var replicas: [String: VersionRecord] = [:]
        /// Region to why its copy could not be made.
        var failures: [String: String] = [:]
    }

    /// Encrypts a value for the secret and for its replicas. A replica's failure is the replica's status, not an error.
    func seal(_ value: SecretValue, as id: String, for secret: SecretRecord, _ context: Context) async throws -> SealedVersion {
        let vault = Vault(context, account: secret.account)
        let own = try await vault.seal(value, arn: secret.arn, version: id, key: secret.keyID, region: secret.region)
        var sealed = SealedVersion(
            version: VersionRecord(id: id, created: context.now, keyID: secret.keyID, value: own))
        for replica in secret.replicas {
            do {
                let copy = try await vault.seal(
                    value, arn: secret.arn(in: replica.region), version: id, key: replica.keyID, region: replica.region)
                sealed.replicas[replica.region] = VersionRecord(
                    id: id, created: context.now, keyID: replica.keyID, value: copy)
            } catch let fault as SecretsFault {
                sealed.failures[replica.region] = fault.wire.message
            }
        }
        return sealed
    }

    /// Puts a version and its labels in place. `secret` is changed, not yet stored.
    func add(
        _ sealed: SealedVersion, stages: [String], to secret: inout SecretRecord, _ transaction: any Transaction, now: Timestamp
    ) throws {
        let id = sealed.version.id
        for stage in stages { secret.attach(stage, to: id) }
        if secret.current == nil { secret.attach(Stage.current, to: id) }
        guard secret.stages.count <= SecretsLimit.stages else { throw SecretsFault.tooManyStages }
        try transaction.put(secret.versionKey(id), sealed.version)
        for index in secret.replicas.indices {
            let region = secret.replicas[index].region
            // Where another secret holds the name there is no copy, and that failure stays.
            let place = SecretRecord.key(secret.account, region, secret.name)
            guard try transaction.record(SecretRecord.self, place)?.isReplica(of: secret) == true else { continue }
            secret.replicas[index].failure = sealed.failures[region]
            guard let copy = sealed.replicas[region] else { continue }
            try transaction.put(Key(.secretVersion, .text(secret.arn(in: region)), .text(id)), copy)
        }
        secret.changed = now
        try prune(secret, transaction, now: now)
    }

    /// Versions without a label go when there are too many, but not within their first day.
    private func prune(_ secret: SecretRecord, _ transaction: any Transaction, now: Timestamp) throws {
        let versions = try transaction.all(VersionRecord.self, secret.versions)
        var surplus = versions.count - SecretsLimit.versions
        guard surplus > 0 else { return }
        let labelled = Set(secret.stages.values)
        for version in versions.sorted(by: { $0.created < $1.created }) where surplus > 0 && !labelled.contains(version.id) {
            guard version.created + SecretsLimit.versionAge < now else { break }
            try remove(version.id, of: secret, transaction)
            surplus -= 1
        }
        if surplus > 0 { throw SecretsFault.tooManyVersions }
    }

    func remove(_ version: String, of secret: SecretRecord, _ transaction: any Transaction) throws {
        try transaction.delete(secret.versionKey(version))
        for replica in secret.replicas {
            let place = SecretRecord.key(secret.account, replica.region, secret.name)
            guard try transaction.record(SecretRecord.self, place)?.isReplica(of: secret) == true else { continue }
            try transaction.delete(Key(.secretVersion, .text(secret.arn(in: replica.region)), .text(version)))
        }
    }

    /// Stores a secret, and lets its replicas follow.
    func keep(_ secret: SecretRecord, _ transaction: any Transaction) throws {
        try transaction.put(secret.key, secret)
        for replica in secret.replicas {
            let key = SecretRecord.key(secret.account, replica.region, secret.name)
            guard var copy = try transaction.record(SecretRecord.self, key), copy.isReplica(of: secret) else { continue }
            (copy.description, copy.tags, copy.policy) = (secret.description, secret.tags, secret.policy)
            (copy.changed, copy.rotation) = (secret.changed, secret.rotation)
            copy.stages = try secret.stages.filter { try transaction.contains(copy.versionKey($0.value)) }
            try transaction.put(key, copy)
        }
    }

    /// Reads, changes and stores a secret in one transaction.
    @discardableResult
    func change(
        _ id: String, _ context: Context, evenDeleted: Bool = false,
        _ body: @escaping @Sendable (inout SecretRecord, any Transaction) throws -> Void
    ) async throws -> SecretRecord {
        try await context.store.write { transaction in
            var secret = try transaction.secret(id, context, evenDeleted: evenDeleted)
            // The secret "was modified in any way" (API Reference, "DescribeSecret", LastChangedDate).
            secret.changed = context.now
            try body(&secret, transaction)
            try keep(secret, transaction)
            return secret
        }
    }
}

/// What several operations answer with.
struct SecretNameOutput: Codable, Sendable {
    var ARN: String
    var Name: String
}

struct SecretVersionOutput: Codable, Sendable {
    var ARN: String
    var Name: String
    var VersionId: String?
}

struct SecretIdInput: Decodable, Sendable { var SecretId: String }

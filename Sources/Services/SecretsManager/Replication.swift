import Documents
import Kernel
import Store

/// Secrets in several Regions
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html).
///
/// A replica is a secret of its own Region, with its own key, that follows the primary within the same transaction.
struct ReplicaStatus: Codable, Sendable {
    var Region: String
    var KmsKeyId: String?
    var Status: String
    var StatusMessage: String?
}

extension SecretRecord {
    var replicaStatus: [ReplicaStatus] {
        replicas.map {
            ReplicaStatus(
                Region: $0.region, KmsKeyId: $0.keyID ?? Vault.defaultAlias, Status: $0.failure == nil ? "InSync" : "Failed",
                StatusMessage: $0.failure ?? "Replication succeeded")
        }
    }

    /// Whether this is the copy of `primary` in another Region. A replica that was promoted keeps its name and its ARN, and is
    /// none any more.
    func isReplica(of primary: SecretRecord) -> Bool {
        isReplica && primaryRegion == primary.region && suffix == primary.suffix
    }

    /// The record of its replica in `region`.
    func replica(in region: String, keyID: String?) -> SecretRecord {
        var copy = self
        (copy.region, copy.keyID, copy.replicas, copy.primaryRegion) = (region, keyID, [], self.region)
        (copy.accessed, copy.stages) = (nil, [:])
        return copy
    }
}

extension SecretsManagerService {
    /// - Throws: for the primary's own Region, a Region twice and too many.
    static func replicas(_ regions: [ReplicaRegion], of secret: SecretRecord) throws -> [SecretRecord.Replica] {
        var seen = Set([secret.region] + secret.replicas.filter { $0.failure == nil }.map(\.region))
        var replicas: [SecretRecord.Replica] = []
        for wanted in regions {
            guard let region = wanted.Region else { throw SecretsFault.invalidParameter("A replica must have a Region.") }
            guard RegionName.isWellFormed(region) else {
                throw SecretsFault.invalidParameter("Invalid replica region: \(region)")
            }
            guard seen.insert(region).inserted else {
                throw SecretsFault.invalidParameter("Invalid replica region: \(region) holds the secret already.")
            }
            let key = wanted.KmsKeyId.flatMap { $0.isEmpty ? nil : $0 }
            replicas.append(.init(region: region, keyID: key))
        }
        guard secret.replicas.count + replicas.count <= SecretsLimit.replicas else { throw SecretsFault.tooManyReplicas }
        return replicas
    }

    /// Makes the replica's record, unless another secret holds the name there.
    func openReplica(
        _ index: Int, of secret: inout SecretRecord, overwrite: Bool, _ transaction: any Transaction
    ) throws {
        let replica = secret.replicas[index]
        let copy = secret.replica(in: replica.region, keyID: replica.keyID)
        if let other = try transaction.record(SecretRecord.self, copy.key), !other.isReplica(of: secret) {
            guard overwrite, !(other.primaryRegion == other.region && !other.replicas.isEmpty) else {
                secret.replicas[index].failure =
                    "Replication failed: Secret name \(secret.name) already exists in region \(replica.region)."
                return
            }
            try remove(other, transaction)
        }
        secret.replicas[index].failure = nil
        try transaction.put(copy.key, copy)
    }

    struct ReplicateInput: Decodable, Sendable {
        var SecretId: String
        var AddReplicaRegions: [ReplicaRegion]
        var ForceOverwriteReplicaSecret: Bool?
    }

    struct ReplicationOutput: Codable, Sendable {
        var ARN: String
        var ReplicationStatus: [ReplicaStatus]
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html
    func replicate(_ input: ReplicateInput, _ context: Context) async throws -> ReplicationOutput {
        let (found, versions) = try await context.store.read { snapshot in
            let secret = try snapshot.secret(input.SecretId, context)
            let ids = Set(secret.stages.values)
            return (secret, try ids.compactMap { try snapshot.record(VersionRecord.self, secret.versionKey($0)) })
        }
        try found.mayChange(context)
        let added = try Self.replicas(input.AddReplicaRegions, of: found)
        let regions = Set(added.map(\.region))
        let vault = Vault(context, account: found.account)
        var copies: [(region: String, version: VersionRecord)] = []
        var failures: [String: String] = [:]
        for version in versions {
            guard let sealed = version.value else { continue }
            let value = try await vault.open(
                sealed, arn: found.arn, version: version.id, key: version.keyID, region: found.region)
            for replica in added {
                var copy = version
                (copy.keyID, copy.accessed) = (replica.keyID, nil)
                // A replica's failure is the replica's status, not an error.
                do {
                    copy.value = try await vault.seal(
                        value, arn: found.arn(in: replica.region), version: version.id, key: replica.keyID,
                        region: replica.region)
                    copies.append((replica.region, copy))
                } catch let fault as SecretsFault { failures[replica.region] = fault.wire.message }
            }
        }
        let (sealed, failed) = (copies, failures)
        let secret = try await change(found.arn, context) { secret, transaction in
            guard secret.stages == found.stages else {
                throw SecretsFault.invalidRequest("The secret was changed by another request. Try again.")
            }
            secret.replicas.removeAll { regions.contains($0.region) }
            secret.primaryRegion = secret.region
            for replica in added {
                secret.replicas.append(replica)
                try openReplica(
                    secret.replicas.count - 1, of: &secret, overwrite: input.ForceOverwriteReplicaSecret ?? false, transaction)
                let index = secret.replicas.count - 1
                guard secret.replicas[index].failure == nil else { continue }
                secret.replicas[index].failure = failed[replica.region]
                let arn = secret.arn(in: replica.region)
                for copy in sealed where copy.region == replica.region {
                    try transaction.put(Key(.secretVersion, .text(arn), .text(copy.version.id)), copy.version)
                }
            }
        }
        return ReplicationOutput(ARN: secret.arn, ReplicationStatus: secret.replicaStatus)
    }

    struct RemoveRegionsInput: Decodable, Sendable {
        var SecretId: String
        var RemoveReplicaRegions: [String]
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RemoveRegionsFromReplication.html
    func removeRegions(_ input: RemoveRegionsInput, _ context: Context) async throws -> ReplicationOutput {
        let secret = try await change(input.SecretId, context) { secret, transaction in
            try secret.mayChange(context)
            for region in input.RemoveReplicaRegions {
                guard let index = secret.replicas.firstIndex(where: { $0.region == region }) else {
                    throw SecretsFault.invalidParameter("The secret has no replica in the Region \(region).")
                }
                let place = SecretRecord.key(secret.account, region, secret.name)
                if let copy = try transaction.record(SecretRecord.self, place), copy.isReplica(of: secret) {
                    try remove(copy, transaction)
                }
                secret.replicas.remove(at: index)
            }
            if secret.replicas.isEmpty { secret.primaryRegion = nil }
        }
        return ReplicationOutput(ARN: secret.arn, ReplicationStatus: secret.replicaStatus)
    }

    struct ARNOutput: Codable, Sendable { var ARN: String }

    /// Makes a replica a secret of its own.
    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_StopReplicationToReplica.html
    func stopReplication(_ input: SecretIdInput, _ context: Context) async throws -> ARNOutput {
        let secret = try await change(input.SecretId, context) { secret, transaction in
            guard secret.isReplica, let region = secret.primaryRegion else {
                throw SecretsFault.invalidRequest("The secret is not a replica. Call must be made in the replica's region.")
            }
            try secret.mayManage(context)
            let place = SecretRecord.key(secret.account, region, secret.name)
            if var primary = try transaction.record(SecretRecord.self, place), primary.suffix == secret.suffix {
                primary.replicas.removeAll { $0.region == secret.region }
                if primary.replicas.isEmpty { primary.primaryRegion = nil }
                try transaction.put(primary.key, primary)
            }
            (secret.primaryRegion, secret.rotation) = (nil, nil)
        }
        return ARNOutput(ARN: secret.arn)
    }
}

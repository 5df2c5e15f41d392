import Documents
import Kernel
import Store

/// CreateSecret (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html).
extension SecretsManagerService {
    struct ReplicaRegion: Codable, Sendable {
        var Region: String?
        var KmsKeyId: String?
    }

    struct CreateInput: Decodable, Sendable {
        var Name: String
        var ClientRequestToken: String?
        var Description: String?
        var KmsKeyId: String?
        var SecretBinary: [UInt8]?
        var SecretString: String?
        var Tags: [SecretRecord.Tag]?
        var AddReplicaRegions: [ReplicaRegion]?
        var ForceOverwriteReplicaSecret: Bool?
    }

    struct CreateOutput: Codable, Sendable {
        var ARN: String
        var Name: String
        var VersionId: String?
        var ReplicationStatus: [ReplicaStatus]?
    }

    func createSecret(_ input: CreateInput, _ context: Context) async throws -> CreateOutput {
        let owner = try Self.checkName(input.Name, context)
        let value = try SecretValue(input.SecretString, input.SecretBinary)
        let tags = try [SecretRecord.Tag](checking: input.Tags, isService: owner != nil)
        let key = input.KmsKeyId.flatMap { $0.isEmpty ? nil : $0 }
        let place = SecretRecord.key(context.account, context.region, input.Name)
        let existing = try await context.store.read { try $0.record(SecretRecord.self, place) }
        if let existing {
            return try await repeated(input, value, existing, context)
        }
        var secret = SecretRecord(
            account: context.account, region: context.region, name: input.Name, suffix: Self.randomSuffix(),
            description: input.Description, keyID: key, created: context.now, changed: context.now, tags: tags,
            owningService: owner)
        if let regions = input.AddReplicaRegions {
            secret.replicas = try Self.replicas(regions, of: secret)
            secret.primaryRegion = secret.region
        }
        let token = input.ClientRequestToken ?? Identifier.uuid()
        var sealed: SealedVersion?
        if let value { sealed = try await seal(value, as: token, for: secret, context) }
        let (made, version, force) = (secret, sealed, input.ForceOverwriteReplicaSecret ?? false)
        let kept = try await context.store.write { transaction in
            guard try !transaction.contains(place) else { throw SecretsFault.exists(name: input.Name) }
            var secret = made
            for index in secret.replicas.indices { try openReplica(index, of: &secret, overwrite: force, transaction) }
            if let version { try add(version, stages: [Stage.current], to: &secret, transaction, now: context.now) }
            try keep(secret, transaction)
            return secret
        }
        return CreateOutput(
            ARN: kept.arn, Name: kept.name, VersionId: value == nil ? nil : token,
            ReplicationStatus: input.AddReplicaRegions == nil ? nil : kept.replicaStatus)
    }

    /// The same request once more is answered as before; anything else finds the name taken.
    private func repeated(
        _ input: CreateInput, _ value: SecretValue?, _ secret: SecretRecord, _ context: Context
    ) async throws -> CreateOutput {
        if secret.deletion != nil { throw SecretsFault.nameScheduledForDeletion }
        guard let token = input.ClientRequestToken, let value,
            let version = try await context.store.read({
                try $0.record(VersionRecord.self, secret.versionKey(token))
            }), let sealed = version.value
        else { throw SecretsFault.exists(name: input.Name) }
        let vault = Vault(context, account: secret.account)
        let old = try await vault.open(sealed, arn: secret.arn, version: token, key: version.keyID, region: secret.region)
        guard old == value else { throw SecretsFault.exists(name: input.Name) }
        return CreateOutput(
            ARN: secret.arn, Name: secret.name, VersionId: token,
            ReplicationStatus: input.AddReplicaRegions == nil ? nil : secret.replicaStatus)
    }

    /// - Returns: the service that manages a secret of this name: `rds` for `rds!cluster-...`.
    private static func checkName(_ name: String, _ context: Context) throws -> String? {
        let isValid = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-/_+=.@!".utf8.contains(byte)
            }
        }
        guard isValid, name.count <= SecretsLimit.nameCharacters else {
            throw SecretsFault.validation(
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
        }
        guard let mark = name.firstIndex(of: "!") else { return nil }
        let owner = String(name[..<mark])
        guard !owner.isEmpty, context.actingService == owner else {
            throw SecretsFault.invalidParameter("Invalid name. A name with ! is for secrets that an AWS service manages.")
        }
        return owner
    }

    private static func randomSuffix() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<6).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }
}

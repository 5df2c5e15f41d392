import Documents
import Kernel
import Store

/// AWS Secrets Manager: values with versions and staging labels, encrypted by KMS, rotated by functions.
public struct SecretsManagerService: Service {
    public static let id = "secretsmanager"

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("CreateSecret", createSecret)
        operations.on("GetSecretValue", getValue)
        operations.on("BatchGetSecretValue", batchGetValues)
        operations.on("PutSecretValue", putValue)
        operations.on("UpdateSecret", updateSecret)
        operations.on("UpdateSecretVersionStage", updateStage)
        operations.on("DescribeSecret", describeSecret)
        operations.on("ListSecrets", listSecrets)
        operations.on("ListSecretVersionIds", listVersions)
        operations.on("DeleteSecret", deleteSecret)
        operations.on("RestoreSecret", restoreSecret)
        operations.timer("deletion", endRecovery)
        operations.on("GetRandomPassword", randomPassword)
        operations.on("RotateSecret", rotateSecret)
        operations.on("CancelRotateSecret", cancelRotation)
        operations.timer("rotation", beginRotation)
        operations.delivery("rotation", rotate)
        operations.on("PutResourcePolicy", putPolicy)
        operations.on("GetResourcePolicy", getPolicy)
        operations.on("DeleteResourcePolicy", deletePolicy)
        operations.on("ListResourcePolicies", listPolicies)
        operations.on("ValidateResourcePolicy", validatePolicy)
        operations.on("ReplicateSecretToRegions", replicate)
        operations.on("RemoveRegionsFromReplication", removeRegions)
        operations.on("StopReplicationToReplica", stopReplication)
        operations.on("TagResource", tag)
        operations.on("UntagResource", untag)
        refuseUnbuilt(in: &operations)
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let parts = ARN(arn), parts.service == "secretsmanager", parts.resource.hasPrefix("secret:") else { return nil }
        let id = SecretID(account: parts.account, region: parts.region, text: String(parts.resource.dropFirst("secret:".count)))
        guard let secret = try await platform.store.read({ try id.find(in: $0) }) else { return nil }
        return ResourceFacts(account: secret.account, policy: secret.policy, tags: secret.tags.byKey)
    }
}

import Documents
import Kernel

/// AWS Key Management Service: keys whose material never leaves it, and who may use them.
public struct KMSService: Service {
    public static let id = "kms"
    let entries = KeyEntries()

    public init() {}

    public func register(in operations: inout Operations) {
        registerKeys(in: &operations)
        registerUse(in: &operations)
        registerLifecycle(in: &operations)
        registerGrants(in: &operations)
        registerStores(in: &operations)
        refuseUnbuilt(in: &operations)
    }

    private func registerKeys(in operations: inout Operations) {
        operations.on("CreateKey", createKey)
        operations.on("DescribeKey", describeKey)
        operations.on("GetKeyLastUsage", lastUsage)
        operations.on("ListKeys", listKeys)
        operations.on("UpdateKeyDescription", updateDescription)
        operations.on("GetKeyPolicy", getPolicy)
        operations.on("PutKeyPolicy", putPolicy)
        operations.on("ListKeyPolicies", listPolicies)
        operations.on("TagResource", tag)
        operations.on("UntagResource", untag)
        operations.on("ListResourceTags", listTags)
        operations.on("CreateAlias", createAlias)
        operations.on("UpdateAlias", updateAlias)
        operations.on("DeleteAlias", deleteAlias)
        operations.on("ListAliases", listAliases)
    }

    private func registerUse(in operations: inout Operations) {
        operations.on("Encrypt", encrypt)
        operations.on("Decrypt", decrypt)
        operations.on("ReEncrypt", reEncrypt)
        operations.on("GenerateDataKey", generateDataKey)
        operations.on("GenerateDataKeyWithoutPlaintext", generateSealedDataKey)
        operations.on("GenerateRandom", generateRandom)
        operations.on("GenerateDataKeyPair", generatePair)
        operations.on("GenerateDataKeyPairWithoutPlaintext", generateSealedPair)
        operations.on("DeriveSharedSecret", deriveSecret)
        operations.on("GetPublicKey", publicKey)
        operations.on("Sign", sign)
        operations.on("Verify", verify)
        operations.on("GenerateMac", generateMac)
        operations.on("VerifyMac", verifyMac)
    }

    private func registerLifecycle(in operations: inout Operations) {
        operations.on("EnableKey", enableKey)
        operations.on("DisableKey", disableKey)
        operations.on("ScheduleKeyDeletion", scheduleDeletion)
        operations.on("CancelKeyDeletion", cancelDeletion)
        operations.timer("delete", deleteDue)
        operations.on("EnableKeyRotation", enableRotation)
        operations.on("DisableKeyRotation", disableRotation)
        operations.on("GetKeyRotationStatus", rotationStatus)
        operations.on("RotateKeyOnDemand", rotateOnDemand)
        operations.on("ListKeyRotations", listRotations)
        operations.timer("rotate", rotateDue)
        operations.on("GetParametersForImport", importParameters)
        operations.on("ImportKeyMaterial", importMaterial)
        operations.on("DeleteImportedKeyMaterial", deleteMaterial)
        operations.timer("expire", expireDue)
        operations.on("ReplicateKey", replicate)
        operations.on("UpdatePrimaryRegion", updatePrimary)
    }

    private func registerGrants(in operations: inout Operations) {
        operations.on("CreateGrant", createGrant)
        operations.on("ListGrants", listGrants)
        operations.on("ListRetirableGrants", listRetirable)
        operations.on("RetireGrant", retireGrant)
        operations.on("RevokeGrant", revokeGrant)
    }

    /// A key's policy and grants decide over it, also for its own account
    /// (https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html).
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let parts = ARN(arn), parts.service == Self.id, parts.resource.hasPrefix("key/") else { return nil }
        let id = String(parts.resource.dropFirst("key/".count))
        let entry = try await platform.store.read { try entries.entry(parts.region, id, $0) }
        guard let entry, entry.key.account == parts.account else { return nil }
        return entry.facts
    }
}

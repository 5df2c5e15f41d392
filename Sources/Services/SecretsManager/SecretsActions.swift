import Documents
import Kernel
import Store

/// Permissions of each operation
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html).
extension SecretsManagerService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in [
            "CancelRotateSecret", "DeleteResourcePolicy", "DeleteSecret", "DescribeSecret",
            "GetResourcePolicy", "GetSecretValue", "ListResourcePolicies", "ListSecretVersionIds", "PutResourcePolicy",
            "PutSecretValue",
            "RemoveRegionsFromReplication", "ReplicateSecretToRegions", "RestoreSecret", "RotateSecret",
            "StopReplicationToReplica", "TagResource", "UntagResource", "UpdateSecret", "UpdateSecretVersionStage",
            "ValidateResourcePolicy",
        ] {
            map[name] = { input, context in
                [try await Self.permission("secretsmanager:\(name)", input["SecretId"]?.string, input, context)]
            }
        }
        map["CreateSecret"] = { input, context in
            let name = input["Name"]?.string ?? ""
            let arn = context.arn("secret:\(name)")
            var keys = Self.conditions(input, context)
            keys["secretsmanager:Name"] = [name]
            var wanted = [
                Permission(
                    "secretsmanager:CreateSecret", on: arn, spelledAlso: [arn + "-??????"], conditions: keys, isCreation: true)
            ]
            if input["Tags"] != nil {
                wanted.append(
                    Permission(
                        "secretsmanager:TagResource", on: arn, spelledAlso: [arn + "-??????"], conditions: keys,
                        isCreation: true))
            }
            return wanted
        }
        map["BatchGetSecretValue"] = { input, _ in
            let own = Permission("secretsmanager:BatchGetSecretValue", on: "*")
            return input["Filters"] == nil ? [own] : [own, Permission("secretsmanager:ListSecrets", on: "*")]
        }
        for name in ["ListSecrets", "GetRandomPassword"] {
            map[name] = { _, _ in [Permission("secretsmanager:\(name)", on: "*")] }
        }
        return map
    }

    /// The secret by its whole ARN, however it was named.
    private static func permission(
        _ action: String, _ id: String?, _ input: Document, _ context: Context
    ) async throws -> Permission {
        guard let id else { return Permission(action, on: "*", conditions: conditions(input, context)) }
        let place = SecretID(id, context)
        let secret = try await context.store.read { try place.find(in: $0) }
        var keys = conditions(input, context)
        keys["secretsmanager:SecretId"] = [secret?.arn ?? id]
        guard let secret else {
            return Permission(action, on: place.arn, spelledAlso: place.isARN ? [] : [place.arn + "-??????"], conditions: keys)
        }
        for (name, value) in secret.tags.byKey { keys["secretsmanager:ResourceTag/\(name)"] = [value] }
        if let region = secret.primaryRegion { keys["secretsmanager:SecretPrimaryRegion"] = [region] }
        if let function = secret.rotation?.function { keys["secretsmanager:resource/AllowRotationLambdaArn"] = [function] }
        return Permission(action, on: secret.arn, conditions: keys)
    }

    /// The condition keys that come from the request.
    private static func conditions(_ input: Document, _ context: Context) -> [String: [String]] {
        var keys: [String: [String]] = [:]
        func set(_ name: String, _ value: String?) { if let value { keys["secretsmanager:\(name)"] = [value] } }
        func flag(_ name: String) { set(name, input[name]?.bool.map { $0 ? "true" : "false" }) }
        set("Description", input["Description"]?.string)
        set("VersionId", input["VersionId"]?.string)
        set("RotationLambdaARN", input["RotationLambdaARN"]?.string)
        set("RecoveryWindowInDays", input["RecoveryWindowInDays"]?.integer.map(String.init))
        flag("ForceDeleteWithoutRecovery")
        flag("ForceOverwriteReplicaSecret")
        flag("BlockPublicPolicy")
        flag("RotateImmediately")
        if context.operation == "RotateSecret" { set("ModifyRotationRules", input["RotationRules"] == nil ? "false" : "true") }
        if let key = input["KmsKeyId"]?.string, !key.isEmpty {
            set("KmsKeyId", key)
            set("KmsKeyArn", Vault(context, account: context.account).keyARN(key, context.region))
        }
        let stage = input["VersionStage"]?.string ?? (context.operation == "GetSecretValue" ? Stage.current : nil)
        set("VersionStage", stage)
        let regions = (input["AddReplicaRegions"]?.list ?? []).compactMap { $0["Region"]?.string }
        if !regions.isEmpty { keys["secretsmanager:AddReplicaRegions"] = regions }
        let tags = input["Tags"]?.list ?? []
        for tag in tags {
            if let key = tag["Key"]?.string { keys["aws:RequestTag/\(key)"] = [tag["Value"]?.string ?? ""] }
        }
        let names = tags.compactMap { $0["Key"]?.string } + (input["TagKeys"]?.list ?? []).compactMap(\.string)
        if !names.isEmpty { keys["aws:TagKeys"] = names }
        return keys
    }
}

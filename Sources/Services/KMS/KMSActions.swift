import Documents
import Kernel

/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
extension KMSService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in ["ListKeys", "ListAliases", "GenerateRandom", "ListRetirableGrants", "DescribeCustomKeyStores"]
            + Self.storeOperations
        {
            map[name] = { _, context in [Permission("kms:\(name)", on: "*", conditions: Self.conditions(context))] }
        }
        for name in [
            "DescribeKey", "GetKeyLastUsage", "GetKeyPolicy", "ListKeyPolicies", "ListResourceTags", "UpdateKeyDescription",
            "GetPublicKey",
            "EnableKey", "DisableKey", "DisableKeyRotation", "GetKeyRotationStatus", "ListKeyRotations", "RotateKeyOnDemand",
            "CancelKeyDeletion", "ListGrants", "DeleteImportedKeyMaterial",
        ] {
            map[name] = key()
        }
        map["PutKeyPolicy"] = key { input, _ in ["kms:BypassPolicyLockoutSafetyCheck": [Self.bypass(input)]] }
        map["ScheduleKeyDeletion"] = key { input, _ in
            ["kms:ScheduleKeyDeletionPendingWindowInDays": [String(input["PendingWindowInDays"]?.integer ?? 30)]]
        }
        map["EnableKeyRotation"] = key { input, _ in
            let days = input["RotationPeriodInDays"]?.integer ?? Int64(KMSLimit.defaultRotationDays)
            return ["kms:RotationPeriodInDays": [String(days)]]
        }
        map["TagResource"] = key { input, _ in Self.requestTags(input) }
        map["UntagResource"] = key { input, _ in
            ["aws:TagKeys": (input["TagKeys"]?.list ?? []).compactMap(\.string)]
        }
        map["CreateKey"] = { input, context in
            var conditions = Self.conditions(context)
            conditions.merge(Self.requestTags(input)) { $1 }
            let spec = input["KeySpec"]?.string ?? input["CustomerMasterKeySpec"]?.string ?? "SYMMETRIC_DEFAULT"
            conditions["kms:KeySpec"] = [spec]
            conditions["kms:KeyUsage"] = [input["KeyUsage"]?.string ?? "ENCRYPT_DECRYPT"]
            conditions["kms:KeyOrigin"] = [input["Origin"]?.string ?? "AWS_KMS"]
            conditions["kms:MultiRegion"] = [input["MultiRegion"]?.bool == true ? "true" : "false"]
            conditions["kms:BypassPolicyLockoutSafetyCheck"] = [Self.bypass(input)]
            var needed = [Permission("kms:CreateKey", on: "*", conditions: conditions, isCreation: true)]
            if input["Tags"]?.list?.isEmpty == false {
                needed.append(
                    Permission(
                        "kms:TagResource", on: context.arn("key/*"), spelledAlso: ["*"], conditions: conditions, isCreation: true)
                )
            }
            return needed
        }
        aliases(&map)
        uses(&map)
        signatures(&map)
        grants(&map)
        lifecycle(&map)
        return map
    }

    /// Both the alias and its key must allow (both its keys, when it moves).
    private func aliases(_ map: inout ActionMap) {
        for name in ["CreateAlias", "UpdateAlias", "DeleteAlias"] {
            map[name] = { input, context in
                let alias = input["AliasName"]?.string ?? ""
                var needed = [Permission("kms:\(name)", on: context.arn(alias), conditions: Self.conditions(context))]
                if name != "CreateAlias", let old = try await self.known(alias, context) {
                    needed.append(self.permission("kms:\(name)", alias, old, context))
                }
                if let target = input["TargetKeyId"]?.string {
                    needed.append(self.permission("kms:\(name)", target, try await self.located(target, context), context))
                }
                return needed
            }
        }
    }

    /// The key of an alias; nil for one that is not there, of which the handler tells.
    private func known(_ alias: String, _ context: Context) async throws -> (arn: String, entry: KeyEntry?)? {
        do { return try await located(alias, context) } catch is KMSFault { return nil }
    }

    private func uses(_ map: inout ActionMap) {
        for name in ["Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"] {
            map[name] = key { input, _ in
                var conditions = EncryptionContext(input["EncryptionContext"]).conditions
                if name == "Encrypt" {
                    conditions["kms:EncryptionAlgorithm"] = [input["EncryptionAlgorithm"]?.string ?? "SYMMETRIC_DEFAULT"]
                }
                return conditions
            }
        }
        map["Decrypt"] = { input, context in
            let algorithm = input["EncryptionAlgorithm"]?.string ?? "SYMMETRIC_DEFAULT"
            var conditions = EncryptionContext(input["EncryptionContext"]).conditions
            conditions["kms:EncryptionAlgorithm"] = [algorithm]
            let named = input["KeyId"]?.string
            let place = try await self.source(for: input, named: named, algorithm, context)
            return [self.permission("kms:Decrypt", named, place, context, conditions)]
        }
        map["ReEncrypt"] = { input, context in
            let algorithm = input["SourceEncryptionAlgorithm"]?.string ?? "SYMMETRIC_DEFAULT"
            let (named, target) = (input["SourceKeyId"]?.string, input["DestinationKeyId"]?.string ?? "")
            let from = try await self.source(for: input, named: named, algorithm, context)
            let to = try await self.located(target, context)
            let same = ["kms:ReEncryptOnSameKey": [from.arn == to.arn ? "true" : "false"]]
            var old = EncryptionContext(input["SourceEncryptionContext"]).conditions
            var new = EncryptionContext(input["DestinationEncryptionContext"]).conditions
            old["kms:EncryptionAlgorithm"] = [algorithm]
            new["kms:EncryptionAlgorithm"] = [input["DestinationEncryptionAlgorithm"]?.string ?? "SYMMETRIC_DEFAULT"]
            return [
                self.permission("kms:ReEncryptFrom", named, from, context, old.merging(same) { $1 }),
                self.permission("kms:ReEncryptTo", target, to, context, new.merging(same) { $1 }),
            ]
        }
    }

    /// The key that a ciphertext is opened with, for authorization.
    private func source(
        for input: Document, named: String?, _ algorithm: String, _ context: Context
    ) async throws -> (arn: String, entry: KeyEntry?) {
        if let named { return try await located(named, context) }
        let entry = try await source(nil, input["CiphertextBlob"]?.blob, algorithm, context)
        return (entry.key.arn, entry)
    }

    /// One permission on the key that `KeyId` names, of the operation's own name.
    func key(
        _ extra: @escaping @Sendable (Document, Context) -> [String: [String]] = { _, _ in [:] }
    ) -> @Sendable (Document, Context) async throws -> [Permission] {
        { input, context in
            let text = input["KeyId"]?.string ?? ""
            let place = try await self.located(text, context)
            return [self.permission("kms:\(context.operation)", text, place, context, extra(input, context))]
        }
    }

    /// With what KMS tells of the key and of the request.
    func permission(
        _ action: String, _ named: String?, _ place: (arn: String, entry: KeyEntry?), _ context: Context,
        _ extra: [String: [String]] = [:]
    ) -> Permission {
        var conditions = Self.conditions(context)
        if let entry = place.entry {
            conditions["kms:KeySpec"] = [entry.key.spec.rawValue]
            conditions["kms:CustomerMasterKeySpec"] = [entry.key.spec.rawValue]
            conditions["kms:KeyUsage"] = [entry.key.usage.rawValue]
            conditions["kms:CustomerMasterKeyUsage"] = [entry.key.usage.rawValue]
            conditions["kms:KeyOrigin"] = [entry.key.origin.rawValue]
            conditions["kms:ResourceAliases"] = entry.aliases
            conditions["kms:MultiRegion"] = [entry.key.multiRegion == nil ? "false" : "true"]
            if let regions = entry.key.multiRegion {
                conditions["kms:MultiRegionKeyType"] = [regions.primary == entry.key.region ? "PRIMARY" : "REPLICA"]
                conditions["kms:PrimaryRegion"] = [regions.primary]
            }
        }
        if let named, let reference = try? KeyReference(named, context), case .alias(_, _, let name) = reference {
            conditions["kms:RequestAlias"] = [name]
        }
        var permission = Permission(action, on: place.arn, conditions: conditions.merging(extra) { $1 })
        // What was just read decides; nobody need read the key again.
        permission.facts = place.entry?.facts
        return permission
    }

    /// `kms:CallerAccount`, and `kms:ViaService` when a service asks, in its own name or in its caller's.
    static func conditions(_ context: Context) -> [String: [String]] {
        var conditions = ["kms:CallerAccount": [context.caller.account]]
        let via = context.caller.calledVia?.last ?? context.caller.serviceName
        if let name = via?.prefix(while: { $0 != "." }) {
            conditions["kms:ViaService"] = ["\(name).\(context.region).amazonaws.com"]
        }
        return conditions
    }

    private static func bypass(_ input: Document) -> String {
        input["BypassPolicyLockoutSafetyCheck"]?.bool == true ? "true" : "false"
    }

    static func requestTags(_ input: Document) -> [String: [String]] {
        let tags = input["Tags"]?.list ?? []
        guard !tags.isEmpty else { return [:] }
        var conditions = ["aws:TagKeys": tags.compactMap { $0["TagKey"]?.string }]
        for tag in tags {
            if let name = tag["TagKey"]?.string { conditions["aws:RequestTag/\(name)"] = [tag["TagValue"]?.string ?? ""] }
        }
        return conditions
    }
}

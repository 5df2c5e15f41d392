import Documents
import Kernel

/// The action map's further families.
extension KMSService {
    func signatures(_ map: inout ActionMap) {
        for name in ["Sign", "Verify"] {
            map[name] = key { input, _ in
                [
                    "kms:SigningAlgorithm": [input["SigningAlgorithm"]?.string ?? ""],
                    "kms:MessageType": [input["MessageType"]?.string ?? "RAW"],
                ]
            }
        }
        for name in ["GenerateMac", "VerifyMac"] {
            map[name] = key { input, _ in ["kms:MacAlgorithm": [input["MacAlgorithm"]?.string ?? ""]] }
        }
        for name in ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"] {
            map[name] = key { input, _ in
                var conditions = EncryptionContext(input["EncryptionContext"]).conditions
                conditions["kms:DataKeyPairSpec"] = [input["KeyPairSpec"]?.string ?? ""]
                return conditions
            }
        }
        map["DeriveSharedSecret"] = key { input, _ in
            ["kms:KeyAgreementAlgorithm": [input["KeyAgreementAlgorithm"]?.string ?? ""]]
        }
    }

    /// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    func grants(_ map: inout ActionMap) {
        map["CreateGrant"] = key { input, context in
            let constraints = input["Constraints"]
            let equal = constraints?["EncryptionContextEquals"]
            let subset = constraints?["EncryptionContextSubset"]
            // A policy that asks for a context is satisfied by a grant that is bound to it.
            var conditions = EncryptionContext(equal ?? subset).conditions
            // A subset leaves room for other names, which a policy that lists all names does not allow.
            if equal == nil { conditions["kms:EncryptionContextKeys"] = nil }
            if equal != nil { conditions["kms:GrantConstraintType"] = ["EncryptionContextEquals"] }
            if subset != nil { conditions["kms:GrantConstraintType"] = ["EncryptionContextSubset"] }
            conditions["kms:GrantOperations"] = (input["Operations"]?.list ?? []).compactMap(\.string)
            conditions["kms:GranteePrincipal"] = input["GranteePrincipal"]?.string.map { [$0] }
            conditions["kms:RetiringPrincipal"] = input["RetiringPrincipal"]?.string.map { [$0] }
            conditions["kms:GrantIsForAWSResource"] = [Self.isForResource(context) ? "true" : "false"]
            return conditions
        }
        for name in ["ListGrants", "RevokeGrant"] {
            map[name] = key { _, context in ["kms:GrantIsForAWSResource": [Self.isForResource(context) ? "true" : "false"]] }
        }
        map["RetireGrant"] = { input, context in
            let (text, id) = try self.retired(
                input["GrantToken"]?.string, input["KeyId"]?.string, input["GrantId"]?.string, context)
            let place = try await self.located(text, context)
            // The grant's own policy lets its retiring principal retire it, and no other.
            return [self.permission("kms:RetireGrant", text, place, context, ["tarn:GrantId": [id]])]
        }
    }

    /// A service makes the grant for a resource that it keeps for its caller.
    private static func isForResource(_ context: Context) -> Bool {
        context.caller.kind == .service || context.caller.calledVia?.isEmpty == false
    }

    func lifecycle(_ map: inout ActionMap) {
        map["GetParametersForImport"] = key { input, _ in
            [
                "kms:WrappingAlgorithm": [input["WrappingAlgorithm"]?.string ?? ""],
                "kms:WrappingKeySpec": [input["WrappingKeySpec"]?.string ?? ""],
            ]
        }
        map["ImportKeyMaterial"] = key { input, _ in
            var conditions = ["kms:ExpirationModel": [input["ExpirationModel"]?.string ?? "KEY_MATERIAL_EXPIRES"]]
            if let date = input["ValidTo"]?.timestamp { conditions["kms:ValidTo"] = [date.iso8601()] }
            return conditions
        }
        // The replica is a key that is made in another Region.
        map["ReplicateKey"] = { input, context in
            let (text, region) = (input["KeyId"]?.string ?? "", input["ReplicaRegion"]?.string ?? "")
            let place = try await self.located(text, context)
            let replica = self.permission("kms:ReplicateKey", text, place, context, ["kms:ReplicaRegion": [region]])
            var conditions = Self.conditions(context)
            conditions.merge(Self.requestTags(input)) { $1 }
            var needed = [replica, Permission("kms:CreateKey", on: "*", conditions: conditions, isCreation: true)]
            if input["Tags"]?.list?.isEmpty == false {
                let all = ARN(Self.id, region: region, account: context.account, "key/*").description
                needed.append(
                    Permission("kms:TagResource", on: all, spelledAlso: ["*"], conditions: conditions, isCreation: true))
            }
            return needed
        }
        map["UpdatePrimaryRegion"] = { input, context in
            let (text, region) = (input["KeyId"]?.string ?? "", input["PrimaryRegion"]?.string ?? "")
            let place = try await self.located(text, context)
            let conditions = ["kms:PrimaryRegion": [region]]
            var needed = [self.permission("kms:UpdatePrimaryRegion", text, place, context, conditions)]
            if let key = place.entry?.key {
                needed.append(
                    Permission(
                        "kms:UpdatePrimaryRegion", on: KeyRecord.arn(key.account, region, key.id),
                        conditions: Self.conditions(context).merging(conditions) { $1 }))
            }
            return needed
        }
    }
}

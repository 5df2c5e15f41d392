import Documents
import Kernel
import Policy
import Store

/// The catalogue's resource policy: who else may use an account's databases, tables and functions in a Region
/// (https://docs.aws.amazon.com/glue/latest/dg/security_iam_resource-based-policy-examples.html).
enum ResourcePolicies {
    struct PutInput: Codable, Sendable {
        var PolicyInJson: String
        var ResourceArn: String?
        var PolicyHashCondition: String?
        var PolicyExistsCondition: String?
        /// About grants of Lake Formation, of which there are none here: either answer is right.
        var EnableHybrid: String?
    }
    struct PutOutput: Codable, Sendable { var PolicyHash: String }
    struct GetInput: Codable, Sendable { var ResourceArn: String? }
    struct Shown: Codable, Sendable {
        var PolicyInJson: String
        var PolicyHash: String
        var CreateTime: Timestamp
        var UpdateTime: Timestamp
    }
    struct DeleteInput: Codable, Sendable {
        var PolicyHashCondition: String?
        var ResourceArn: String?
    }
    struct ListInput: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ListOutput: Codable, Sendable { var GetResourcePoliciesResponseList: [Shown] }

    static func put(_ input: PutInput, _ context: Context) async throws -> PutOutput {
        let catalog = Catalog(nil, context)
        guard input.ResourceArn.map({ $0 == catalog.arn("catalog") }) ?? true else {
            throw GlueFault.invalid("A resource policy can be put on the catalog only")
        }
        do throws(MalformedPolicy) {
            _ = try PolicyDocument(json: input.PolicyInJson, kind: .resource, bytesMax: GlueLimit.policyBytes)
        } catch { throw GlueFault.invalid("Policy is not valid: \(error.message)") }
        return try await context.store.write { transaction in
            let known = try transaction.record(ResourcePolicyRecord.self, catalog.resourcePolicy)
            if let hash = input.PolicyHashCondition, hash != known?.hash { throw GlueFault.policyCondition }
            switch input.PolicyExistsCondition {
            case "MUST_EXIST" where known == nil, "NOT_EXIST" where known != nil: throw GlueFault.policyCondition
            default: break
            }
            let policy = try NamedPrincipals.bound(input.PolicyInJson, in: transaction) {
                GlueFault.invalid("Policy is not valid: invalid principal \($0.name)")
            }
            let record = ResourcePolicyRecord(
                policy: policy, hash: hash(input.PolicyInJson), created: known?.created ?? context.now, updated: context.now)
            try transaction.put(catalog.resourcePolicy, record)
            return PutOutput(PolicyHash: record.hash)
        }
    }

    private static func hash(_ policy: String) -> String {
        var hash = XXHash3()
        Array(policy.utf8).withUnsafeBytes { hash.update($0) }
        let wide = hash.finishWide()
        return Base64.string(
            [wide.high, wide.low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } })
    }

    static func get(_ input: GetInput, _ context: Context) async throws -> Shown {
        let catalog = Catalog(nil, context)
        guard input.ResourceArn.map({ $0 == catalog.arn("catalog") }) ?? true,
            let shown = try await context.store.read({ try $0.shownPolicy(of: catalog) })
        else { throw GlueFault.policyNotFound }
        return shown
    }

    /// Other accounts' grants through Resource Access Manager would be here too; there are none.
    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        guard input.NextToken?.isEmpty ?? true else { throw GlueFault.invalid("Invalid NextToken provided") }
        let catalog = Catalog(nil, context)
        let shown = try await context.store.read { try $0.shownPolicy(of: catalog) }
        return ListOutput(GetResourcePoliciesResponseList: shown.map { [$0] } ?? [])
    }

    static func delete(_ input: DeleteInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(nil, context)
        try await context.store.write { transaction in
            guard input.ResourceArn.map({ $0 == catalog.arn("catalog") }) ?? true,
                let known = try transaction.record(ResourcePolicyRecord.self, catalog.resourcePolicy)
            else { throw GlueFault.policyNotFound }
            if let hash = input.PolicyHashCondition, hash != known.hash { throw GlueFault.policyCondition }
            try transaction.delete(catalog.resourcePolicy)
        }
        return Nothing()
    }

    /// The catalogue that a policy of its own speaks about, from the ARN of something in it.
    static func catalog(of arn: String) -> Catalog? {
        guard let arn = ARN(arn), arn.service == "glue", !arn.account.isEmpty, !arn.region.isEmpty else { return nil }
        let kind = String(arn.resource.prefix { $0 != "/" })
        guard ["catalog", "database", "table", "userDefinedFunction"].contains(kind) else { return nil }
        return Catalog(account: arn.account, region: arn.region)
    }
}

struct ResourcePolicyRecord: Stored {
    static let tag: UInt8 = 1
    /// With unique ids in the place of ARNs; see `NamedPrincipals`.
    var policy: String
    var hash: String
    var created: Timestamp
    var updated: Timestamp
}

extension Catalog {
    var resourcePolicy: Key { Key(.glueResourcePolicy, .text(account), .text(region)) }
}

extension Snapshot {
    fileprivate func shownPolicy(of catalog: Catalog) throws -> ResourcePolicies.Shown? {
        try record(ResourcePolicyRecord.self, catalog.resourcePolicy).map { record in
            ResourcePolicies.Shown(
                PolicyInJson: try NamedPrincipals.shown(record.policy, in: self), PolicyHash: record.hash,
                CreateTime: record.created, UpdateTime: record.updated)
        }
    }
}

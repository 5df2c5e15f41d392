import Documents
import Kernel
import Store

struct PolicyArnInput: Codable, Sendable { var PolicyArn: String }

struct PolicyShape: Codable, Sendable {
    var PolicyName: String
    var PolicyId: String
    var Arn: String
    var Path: String
    var DefaultVersionId: String
    var AttachmentCount: Int
    var PermissionsBoundaryUsageCount: Int
    var IsAttachable: Bool
    var Description: String?
    var CreateDate: Timestamp
    var UpdateDate: Timestamp
    var Tags: [Tag]?

    /// - Parameter account: the account that looks, whose uses are counted.
    init(_ policy: ManagedPolicyRecord, seenFrom account: String, _ snapshot: Snapshot, inList: Bool = false) throws {
        (PolicyName, PolicyId, Arn, Path) = (policy.name, policy.id, policy.arn, policy.path)
        (DefaultVersionId, CreateDate, UpdateDate, IsAttachable) = (policy.defaultVersion, policy.created, policy.updated, true)
        AttachmentCount = try PolicyUse.attached.count(policy.arn, in: account, snapshot)
        PermissionsBoundaryUsageCount = try PolicyUse.boundary.count(policy.arn, in: account, snapshot)
        guard !inList else { return }
        Description = policy.description
        Tags = policy.tags.isEmpty ? nil : Tag.list(policy.tags)
    }
}

extension Snapshot {
    /// The policy of an ARN: the account's own, or AWS's.
    /// - Throws: ``IAMFault/policyNotFound(arn:)``, ``IAMFault/invalidARN(_:)``
    func policy(_ text: String, in account: String) throws -> ManagedPolicyRecord {
        guard let arn = ARN(text), arn.service == "iam", arn.resource.hasPrefix("policy/"),
            let name = arn.resource.split(separator: "/").last.map(String.init)
        else { throw IAMFault.invalidARN(text) }
        if arn.account == "aws" {
            guard let policy = AWSPolicies.record(text) else { throw IAMFault.policyNotFound(arn: text) }
            return policy
        }
        guard arn.account == account, let policy = try record(ManagedPolicyRecord.self, ManagedPolicyRecord.key(account, name)),
            policy.arn == text
        else { throw IAMFault.policyNotFound(arn: text) }
        return policy
    }

    /// A policy that may be changed.
    func ownPolicy(_ arn: String, in account: String) throws -> ManagedPolicyRecord {
        let policy = try policy(arn, in: account)
        guard policy.account == account else { throw IAMFault.awsManaged(arn: arn) }
        return policy
    }
}

/// AWS's policies in the form of the customer's.
enum AWSPolicies {
    static func record(_ arn: String) -> ManagedPolicyRecord? {
        guard let json = AWSManagedPolicies.json(arn), let resource = ARN(arn)?.resource,
            let slash = resource.lastIndex(of: "/")
        else { return nil }
        let name = String(resource[resource.index(after: slash)...])
        let path = String(resource[..<resource.index(after: slash)].dropFirst("policy".count))
        // Their ids and dates are not published as a list: the id is made of the name, the date is the service's first.
        let letters = name.uppercased().unicodeScalars.filter { ("A"..."Z").contains($0) }.map(String.init).joined()
        let id = "ANPA" + String((letters + String(repeating: "A", count: 17)).prefix(17))
        return ManagedPolicyRecord(
            account: "aws", name: name, path: path, id: id, created: Timestamp(seconds: 1_423_180_800), json: json)
    }

    static var all: [ManagedPolicyRecord] { AWSManagedPolicies.arns.compactMap(record) }
}

/// CreatePolicy, GetPolicy, ListPolicies, DeletePolicy.
enum ManagedPolicies {
    struct Create: Codable, Sendable {
        var PolicyName: String
        var PolicyDocument: String
        var Path: String?
        var Description: String?
        var Tags: [Tag]?
    }
    struct Output: Codable, Sendable { var Policy: PolicyShape }
    struct ListInput: Codable, Sendable {
        var Scope: String?
        var OnlyAttached: Bool?
        var PathPrefix: String?
        var PolicyUsageFilter: String?
        var Marker: String?
        var MaxItems: Int?
    }
    struct List: Codable, Sendable {
        var Policies: [PolicyShape]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("CreatePolicy") { (input: Create, context) in try await create(input, context) }
        operations.on("GetPolicy") { (input: PolicyArnInput, context) in
            try await context.store.read { snapshot in
                let policy = try snapshot.policy(input.PolicyArn, in: context.account)
                return Output(Policy: try PolicyShape(policy, seenFrom: context.account, snapshot))
            }
        }
        operations.on("ListPolicies") { (input: ListInput, context) in try await list(input, context) }
        operations.on("DeletePolicy") { (input: PolicyArnInput, context) in
            try await context.store.write { txn in
                let policy = try txn.ownPolicy(input.PolicyArn, in: context.account)
                for use in [PolicyUse.attached, .boundary] where try use.count(policy.arn, in: policy.account, txn) > 0 {
                    throw IAMFault.conflict(.policyInUse)
                }
                guard policy.versions.count == 1 else { throw IAMFault.conflict(.versions) }
                try txn.count(\.policies, -1, in: policy.account)
                try txn.remove(policy)
                return Nothing()
            }
        }
    }

    private static func create(_ input: Create, _ context: Context) async throws -> Output {
        try PolicyCheck.managed(input.PolicyDocument)
        let id = "ANPA" + Identifier.code(17)
        return try await context.store.write { txn in
            guard try !txn.contains(ManagedPolicyRecord.key(context.account, input.PolicyName)) else {
                throw IAMFault.policyExists(input.PolicyName)
            }
            var policy = ManagedPolicyRecord(
                account: context.account, name: input.PolicyName, path: input.Path ?? "/", id: id, created: context.now,
                json: input.PolicyDocument)
            policy.description = input.Description
            try policy.tags.add(input.Tags ?? [])
            try txn.count(\.policies, 1, in: policy.account, quota: "PoliciesPerAccount", limit: Limit.policies)
            try txn.save(policy)
            return Output(Policy: try PolicyShape(policy, seenFrom: policy.account, txn))
        }
    }

    private static func list(_ input: ListInput, _ context: Context) async throws -> List {
        let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.Scope))
        return try await context.store.read { snapshot in
            var all = input.Scope == "Local" ? [] : AWSPolicies.all
            if input.Scope != "AWS" {
                all += try snapshot.all(ManagedPolicyRecord.self, ManagedPolicyRecord.all(in: context.account))
            }
            let account = context.account
            let wanted = try all.filter { policy in
                guard policy.path.hasPrefix(input.PathPrefix ?? "/") else { return false }
                let attached = { try PolicyUse.attached.count(policy.arn, in: account, snapshot) > 0 }
                let bounds = { try PolicyUse.boundary.count(policy.arn, in: account, snapshot) > 0 }
                if input.OnlyAttached ?? false, try !attached() { return false }
                switch input.PolicyUsageFilter {
                case "PermissionsPolicy": return try attached()
                case "PermissionsBoundary": return try bounds()
                default: return true
                }
            }
            let page = Page(of: wanted, request, name: \.arn)
            let shapes = try page.items.map { try PolicyShape($0, seenFrom: account, snapshot, inList: true) }
            return List(Policies: shapes, IsTruncated: page.isTruncated, Marker: page.marker)
        }
    }
}

import Documents
import Kernel
import Store

/// CreatePolicy, UpdatePolicy, DescribePolicy, DeletePolicy, ListPolicies.
enum Policies {
    struct Create: Codable, Sendable {
        var Content: String
        var Description: String
        var Name: String
        var `Type`: String
        var Tags: [Tag]?
    }
    struct Update: Codable, Sendable {
        var PolicyId: String
        var Name: String?
        var Description: String?
        var Content: String?
    }
    struct Input: Codable, Sendable { var PolicyId: String }
    struct List: Codable, Sendable {
        var Filter: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Summary: Codable, Sendable {
        var Id: String
        var Arn: String
        var Name: String
        var Description: String
        var `Type`: String
        var AwsManaged: Bool

        init(_ policy: OrganizationPolicyRecord, in organization: OrganizationRecord) {
            (Id, Name, Description, Type) = (policy.id, policy.name, policy.description, policy.type)
            AwsManaged = OrganizationDefaultPolicy(rawValue: policy.id) != nil
            let kind = policy.type.lowercased()
            Arn =
                AwsManaged
                ? "arn:aws:organizations::aws:policy/\(kind)/\(policy.id)" : organization.arn("policy/\(kind)/\(policy.id)")
        }
    }
    struct Shape: Codable, Sendable {
        var PolicySummary: Summary
        var Content: String
    }
    struct Output: Codable, Sendable { var Policy: Shape }
    struct Listed: Codable, Sendable {
        var Policies: [Summary]
        var NextToken: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("CreatePolicy") { (input: Create, context) in try await create(input, context) }
        operations.on("UpdatePolicy") { (input: Update, context) in try await update(input, context) }
        operations.on("DescribePolicy") { (input: Input, context) in
            try await context.reading { snapshot, membership in
                output(try snapshot.policy(input.PolicyId, in: membership.id), membership)
            }
        }
        operations.on("DeletePolicy") { (input: Input, context) in
            try await context.changing { transaction, membership in
                let policy = try transaction.ownPolicy(input.PolicyId, in: membership.id)
                guard try transaction.targets(of: policy.id, in: membership.id).isEmpty else {
                    throw OrganizationsFault.plain(.policyInUse)
                }
                try transaction.delete(OrganizationPolicyRecord.key(membership.id, policy.id))
                return Nothing()
            }
        }
        operations.on("ListPolicies") { (input: List, context) in
            try await context.reading { snapshot, membership in
                let all = try snapshot.policies(input.Filter, in: membership.id)
                let page = try Page(all, after: input.NextToken, max: input.MaxResults, of: context.list(input.Filter), id: \.id)
                return Listed(
                    Policies: page.items.map { Summary($0, in: membership.organization) }, NextToken: page.token)
            }
        }
    }

    private static func output(_ policy: OrganizationPolicyRecord, _ membership: Membership) -> Output {
        Output(Policy: Shape(PolicySummary: Summary(policy, in: membership.organization), Content: policy.content))
    }

    private static func mustBeFree(_ name: String, _ type: String, _ membership: Membership, _ snapshot: Snapshot) throws {
        guard try !snapshot.policies(type, in: membership.id).contains(where: { $0.name == name }) else {
            throw OrganizationsFault.plain(.duplicatePolicy)
        }
    }

    private static func create(_ input: Create, _ context: Context) async throws -> Output {
        let tags = try TagList(input.Tags)
        return try await context.changing { transaction, membership in
            guard membership.organization.hasAllFeatures else { throw OrganizationsFault.plain(.typeNotAvailable) }
            try PolicyContent.check(input.Content, input.Type)
            try mustBeFree(input.Name, input.Type, membership, transaction)
            guard try transaction.policies(input.Type, in: membership.id).count < PolicyContent.countMax(input.Type) else {
                throw OrganizationsFault.violation(.policyNumber)
            }
            let policy = OrganizationPolicyRecord(
                id: NewID.policy(), organization: membership.id, type: input.Type, name: input.Name,
                description: input.Description, content: input.Content, tags: tags)
            try transaction.save(policy)
            return output(policy, membership)
        }
    }

    private static func update(_ input: Update, _ context: Context) async throws -> Output {
        try await context.changing { transaction, membership in
            var policy = try transaction.ownPolicy(input.PolicyId, in: membership.id)
            if let name = input.Name, name != policy.name {
                try mustBeFree(name, policy.type, membership, transaction)
                policy.name = name
            }
            policy.description = input.Description ?? policy.description
            if let content = input.Content {
                try PolicyContent.check(content, policy.type)
                policy.content = content
            }
            try transaction.save(policy)
            return output(policy, membership)
        }
    }
}

extension Snapshot {
    /// A policy, the customer's or AWS's.
    func policy(_ id: String, in organization: String) throws -> OrganizationPolicyRecord {
        if let known = OrganizationDefaultPolicy(rawValue: id) { return known.record(in: organization) }
        let key = OrganizationPolicyRecord.key(organization, id)
        guard let policy = try record(OrganizationPolicyRecord.self, key) else {
            throw OrganizationsFault.plain(.policyNotFound)
        }
        return policy
    }

    /// A policy that may be changed.
    func ownPolicy(_ id: String, in organization: String) throws -> OrganizationPolicyRecord {
        guard OrganizationDefaultPolicy(rawValue: id) == nil else {
            throw OrganizationsFault.invalid(.immutablePolicy, "You can't modify or delete a policy that AWS manages.")
        }
        return try policy(id, in: organization)
    }

    /// The policies of a type, sorted by id.
    func policies(_ type: String, in organization: String) throws -> [OrganizationPolicyRecord] {
        let standard = OrganizationDefaultPolicy.of(type: type).map { [$0.record(in: organization)] } ?? []
        let own = try all(OrganizationPolicyRecord.self, OrganizationPolicyRecord.all(in: organization)) { $0.type == type }
        return (standard + own).sorted { $0.id < $1.id }
    }
}

extension OrganizationDefaultPolicy {
    func record(in organization: String) -> OrganizationPolicyRecord {
        OrganizationPolicyRecord(
            id: rawValue, organization: organization, type: type, name: name, description: description, content: json, tags: [:])
    }
}

import Documents
import Kernel
import Policy
import Store

/// PutResourcePolicy, DescribeResourcePolicy, DeleteResourcePolicy: the policy of the organization itself, by which the
/// management account lets members do what only it may.
enum ResourcePolicies {
    struct Put: Codable, Sendable {
        var Content: String
        var Tags: [Tag]?
    }
    struct Summary: Codable, Sendable {
        var Id: String
        var Arn: String
    }
    struct Shape: Codable, Sendable {
        var ResourcePolicySummary: Summary
        var Content: String

        init(_ policy: OrganizationRecord.ResourcePolicy, in organization: OrganizationRecord) {
            ResourcePolicySummary = Summary(Id: policy.id, Arn: organization.arn("resourcepolicy/\(policy.id)"))
            Content = policy.json
        }
    }
    struct Output: Codable, Sendable { var ResourcePolicy: Shape }

    static func register(in operations: inout Operations) {
        operations.on("PutResourcePolicy") { (input: Put, context) in
            let tags = try TagList(input.Tags)
            guard (try? PolicyDocument(json: input.Content, kind: .resource, bytesMax: Limit.resourcePolicySize)) != nil else {
                throw OrganizationsFault.invalid(.resourcePolicy, "You provided a resource policy with invalid JSON or syntax.")
            }
            return try await context.changing { transaction, membership in
                var organization = membership.organization
                var policy = organization.resourcePolicy
                if policy == nil {
                    policy = OrganizationRecord.ResourcePolicy(id: NewID.resourcePolicy(), json: input.Content)
                    policy?.tags = tags
                } else if !tags.isEmpty {
                    throw OrganizationsFault.invalid(
                        .unsupportedTarget, "You can't tag a resource policy while you update it. Use TagResource.")
                }
                policy?.json = input.Content
                organization.resourcePolicy = policy
                try transaction.save(organization)
                return try output(organization)
            }
        }
        operations.on("DescribeResourcePolicy") { (_: Nothing, context) in
            try await context.reading { _, membership in try output(membership.organization) }
        }
        operations.on("DeleteResourcePolicy") { (_: Nothing, context) in
            try await context.changing { transaction, membership in
                var organization = membership.organization
                guard organization.resourcePolicy != nil else { throw OrganizationsFault.plain(.resourcePolicyNotFound) }
                organization.resourcePolicy = nil
                try transaction.save(organization)
                return Nothing()
            }
        }
    }

    private static func output(_ organization: OrganizationRecord) throws -> Output {
        guard let policy = organization.resourcePolicy else { throw OrganizationsFault.plain(.resourcePolicyNotFound) }
        return Output(ResourcePolicy: Shape(policy, in: organization))
    }
}

import Documents
import Kernel
import Store

/// DescribeEffectivePolicy: what the management policies of a type come to for one account.
enum EffectivePolicies {
    struct Input: Codable, Sendable {
        var PolicyType: String
        var TargetId: String?
    }
    struct Shape: Codable, Sendable {
        var PolicyContent: String
        var LastUpdatedTimestamp: Timestamp
        var TargetId: String
        var PolicyType: String
    }
    struct Output: Codable, Sendable { var EffectivePolicy: Shape }

    static func register(in operations: inout Operations) {
        operations.on("DescribeEffectivePolicy") { (input: Input, context) in
            guard PolicyContent.management[input.PolicyType] != nil else {
                throw OrganizationsFault.notBuilt("policies of type \(input.PolicyType)")
            }
            // Every account may see its own.
            let isOwn = input.TargetId == nil || input.TargetId == context.account
            return try await context.reading(.member) { snapshot, membership in
                guard isOwn || !membership.needsResourcePolicy(for: .reader) else {
                    throw OrganizationsFault.plain(.accessDenied)
                }
                let account = input.TargetId ?? context.account
                guard let member = try snapshot.member(account, in: membership.id) else {
                    throw OrganizationsFault.plain(.targetNotFound)
                }
                guard let merged = try merged(input.PolicyType, for: member, membership.organization, snapshot) else {
                    throw OrganizationsFault.plain(.effectiveNotFound)
                }
                // Computed anew on each call, so it is never older than the call.
                let shape = Shape(
                    PolicyContent: JSON.text(merged), LastUpdatedTimestamp: context.now, TargetId: account,
                    PolicyType: input.PolicyType)
                return Output(EffectivePolicy: shape)
            }
        }
    }

    /// - Throws: `MalformedPolicyDocumentException`.
    static func check(_ document: Document) throws {
        guard PolicyMerge.isWellFormed(document) else { throw OrganizationsFault.plain(.malformedPolicy) }
    }

    private static func merged(
        _ type: String, for member: OrganizationMemberRecord, _ organization: OrganizationRecord, _ snapshot: Snapshot
    ) throws -> Document? {
        var merge = PolicyMerge()
        let units = try snapshot.units(to: member.parent, in: organization).map(\.id)
        for target in [organization.root] + units + [member.account] {
            let policies = try snapshot.attached(type, to: target, in: organization.id)
            merge.add(level: try policies.map { try JSON.parse(try snapshot.policy($0, in: organization.id).content) })
        }
        return merge.document
    }
}

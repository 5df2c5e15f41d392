import Documents
import Kernel
import Store

/// ListRoots, EnablePolicyType, DisablePolicyType.
enum Roots {
    struct List: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Shape: Codable, Sendable {
        var Id: String
        var Arn: String
        var Name = "Root"
        var PolicyTypes: [Organizations.TypeSummary]

        init(_ organization: OrganizationRecord) {
            (Id, Arn) = (organization.root, organization.arn("root/\(organization.root)"))
            PolicyTypes = organization.policyTypes.map { Organizations.TypeSummary(Type: $0) }
        }
    }
    struct Listed: Codable, Sendable {
        var Roots: [Shape]
        var NextToken: String?
    }
    struct Change: Codable, Sendable {
        var RootId: String
        var PolicyType: String
    }
    struct Output: Codable, Sendable { var Root: Shape }

    static func register(in operations: inout Operations) {
        operations.on("ListRoots") { (input: List, context) in
            try await context.reading { _, membership in
                let page = try Page(
                    [Shape(membership.organization)], after: input.NextToken, max: input.MaxResults, of: context.list(), id: \.Id)
                return Listed(Roots: page.items, NextToken: page.token)
            }
        }
        operations.on("EnablePolicyType") { (input: Change, context) in
            try await change(input, context) { organization, transaction in
                guard organization.hasAllFeatures else { throw OrganizationsFault.plain(.typeNotAvailable) }
                guard !organization.policyTypes.contains(input.PolicyType) else {
                    throw OrganizationsFault.plain(.typeEnabled)
                }
                organization.policyTypes.append(input.PolicyType)
                guard let policy = OrganizationDefaultPolicy.of(type: input.PolicyType) else { return }
                for target in try targets(organization, transaction) {
                    try transaction.attach(policy.rawValue, input.PolicyType, to: target, in: organization.id)
                }
            }
        }
        // What was attached of the type is gone; enabling it again begins with the default.
        operations.on("DisablePolicyType") { (input: Change, context) in
            try await change(input, context) { organization, transaction in
                guard organization.policyTypes.contains(input.PolicyType) else {
                    throw OrganizationsFault.plain(.typeNotEnabled)
                }
                organization.policyTypes.removeAll { $0 == input.PolicyType }
                for target in try targets(organization, transaction) {
                    try transaction.detachAll(input.PolicyType, from: target, in: organization.id)
                }
            }
        }
    }

    private static func change(
        _ input: Change, _ context: Context,
        _ body: @escaping @Sendable (inout OrganizationRecord, Transaction) throws -> Void
    ) async throws -> Output {
        guard PolicyContent.isKnown(input.PolicyType) else {
            throw OrganizationsFault.notBuilt("policies of type \(input.PolicyType)")
        }
        return try await context.changing { transaction, membership in
            var organization = membership.organization
            guard input.RootId == organization.root else { throw OrganizationsFault.plain(.rootNotFound) }
            try body(&organization, transaction)
            try transaction.save(organization)
            return Output(Root: Shape(organization))
        }
    }

    private static func targets(_ organization: OrganizationRecord, _ snapshot: Snapshot) throws -> [String] {
        try [organization.root] + snapshot.everything(.unit, in: organization.id)
            + snapshot.everything(.account, in: organization.id)
    }
}

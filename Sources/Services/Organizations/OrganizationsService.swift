import Documents
import Kernel
import Store

/// AWS Organizations (https://docs.aws.amazon.com/organizations/latest/APIReference/): the tree of accounts and what is
/// laid on them. The kernel's authorizer reads the same records on every call.
public struct OrganizationsService: Service {
    public static let id = "organizations"

    public init() {}

    public func register(in operations: inout Operations) {
        Organizations.register(in: &operations)
        Roots.register(in: &operations)
        Units.register(in: &operations)
        Hierarchy.register(in: &operations)
        Accounts.register(in: &operations)
        Departures.register(in: &operations)
        AccountCreation.register(in: &operations)
        Invitations.register(in: &operations)
        Handshakes.register(in: &operations)
        Policies.register(in: &operations)
        PolicyAttachments.register(in: &operations)
        EffectivePolicies.register(in: &operations)
        Validity.register(in: &operations)
        Delegation.register(in: &operations)
        TrustedAccess.register(in: &operations)
        ResourcePolicies.register(in: &operations)
        ResourceTags.register(in: &operations)
    }

    public var actions: ActionMap { OrganizationsActions.map }

    /// Everything in an organization belongs to its management account; its resource policy opens it to others.
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let parsed = ARN(arn), parsed.service == Self.id else { return nil }
        let parts = parsed.resource.split(separator: "/")
        guard parts.count > 1 else { return nil }
        let id = String(parts[1])
        return try await platform.store.read { snapshot in
            guard let organization = try snapshot.record(OrganizationRecord.self, OrganizationRecord.key(id)),
                organization.managementAccount == parsed.account
            else { return nil }
            let tags = parts.count > 2 ? try snapshot.tags(of: String(parts[parts.count - 1]), in: organization) : nil
            return ResourceFacts(
                account: organization.managementAccount, policy: organization.resourcePolicy?.json, tags: tags?.byKey ?? [:])
        }
    }
}

/// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
enum Limit {
    static let depth = 5
    static let units = 2_000
    static let accounts = 10_000
    /// Policies of one type.
    static let serviceControlPolicies = 10_000
    static let policies = 1_000
    /// Characters of a policy, as they were sent.
    static let policySize = 5_120
    static let managementPolicySize = 10_000
    static let optOutPolicySize = 2_500
    static let attached = 5
    static let managementAttached = 10
    static let page = 20
    static let tags = 50
    static let resourcePolicySize = 40_000
    static let services = 200
    static let openHandshakes = 20
    static let creating = 5
    static let requestLife = Duration.seconds(90 * 86_400)
    static let handshakeLife = Duration.seconds(15 * 86_400)
    /// How long a handshake that is over can still be seen.
    static let handshakeMemory = Duration.seconds(30 * 86_400)
    static let delivery = Duration.seconds(86_400)
    /// How long a closed account stays in its organization.
    static let closure = Duration.seconds(90 * 86_400)
}

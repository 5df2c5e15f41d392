/// A policy with the name that explanations give: an ARN, or an inline policy's name.
public struct NamedPolicy: Sendable {
    public var name: String
    public var document: PolicyDocument

    public init(_ name: String, _ document: PolicyDocument) { (self.name, self.document) = (name, document) }
}

/// Policies of one kind that are asked together, such as all of an identity's.
public struct PolicyList: Sendable, ExpressibleByArrayLiteral {
    public let policies: [NamedPolicy]
    /// Over the statements of all of them, so that conditions which several policies have are decided once.
    let screen: StatementScreen

    public init(_ policies: [NamedPolicy]) {
        self.policies = policies
        screen =
            policies.count == 1
            ? policies[0].document.screen : StatementScreen(policies.lazy.flatMap(\.document.statements))
    }

    public init(arrayLiteral policies: NamedPolicy...) { self.init(policies) }

    /// - Parameter number: of a statement, counted over all policies.
    func statement(_ number: Int) -> (policy: NamedPolicy, index: Int) {
        var (place, index) = (0, number)
        while index >= policies[place].document.statements.count {
            index -= policies[place].document.statements.count
            place += 1
        }
        return (policies[place], index)
    }
}

/// Every policy that speaks about one request
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
public struct PolicySet: Sendable {
    /// The user's with its groups', or the role's. A request of a session has its user's or role's.
    public var identity: PolicyList
    /// The resource's own policy; a role's trust policy for `sts:AssumeRole`.
    public var resource: NamedPolicy?
    /// What else the resource gives, as a KMS key's grants: further policies, any of which may allow.
    public var grants: [NamedPolicy] = []
    /// Whether the resource's policy must allow even in its own account, as KMS key and role trust policies must.
    public var resourcePolicyRequired: Bool
    public var boundary: NamedPolicy?
    /// The session's policies, of which one must allow; empty if the session was made without.
    public var session: [NamedPolicy]
    /// The policies of the root, each organizational unit and the account: each level must allow. Empty without an
    /// organization, in its management account and for service-linked roles.
    public var serviceControl: [[NamedPolicy]]
    /// The same for the resource's account.
    public var resourceControl: [[NamedPolicy]]
    /// The policy of the VPC endpoint that the request came through.
    public var endpoint: NamedPolicy?

    public init(
        identity: PolicyList = [], resource: NamedPolicy? = nil, resourcePolicyRequired: Bool = false,
        boundary: NamedPolicy? = nil, session: [NamedPolicy] = [], serviceControl: [[NamedPolicy]] = [],
        resourceControl: [[NamedPolicy]] = [], endpoint: NamedPolicy? = nil
    ) {
        (self.identity, self.resource, self.resourcePolicyRequired) = (identity, resource, resourcePolicyRequired)
        (self.boundary, self.session, self.serviceControl) = (boundary, session, serviceControl)
        (self.resourceControl, self.endpoint) = (resourceControl, endpoint)
    }

    /// The kind that the resource's policy goes by in explanations. A missing one goes by what was needed.
    func resourceKind(action: String) -> PolicyKind {
        if let resource { return resource.document.grammar == .trust ? .trust : .resource }
        return action.lowercased().hasPrefix("sts:assumerole") ? .trust : .resource
    }
}

/// AWS's decision logic over compiled policies: pure, without state
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
public enum Evaluator {
    /// - Parameter resourceAccount: the 12-digit account that owns the resource.
    public static func evaluate(_ request: EvaluationRequest, _ policies: PolicySet, resourceAccount: String) -> Decision {
        let evaluation = Evaluation(request, policies, resourceAccount: resourceAccount)
        return Decision(evaluation.outcome())
    }

    /// Every statement that speaks about the request, for policy simulation and long explanations.
    public static func matches(_ request: EvaluationRequest, _ policies: PolicySet) -> [StatementReference] {
        let prepared = PreparedRequest(request)
        var found: [StatementReference] = []
        func add(_ policies: [NamedPolicy], _ kind: PolicyKind) {
            for policy in policies {
                for (index, statement) in policy.document.statements.enumerated() where statement.match(prepared) != nil {
                    found.append(reference(kind, policy, index))
                }
            }
        }
        let kinds: [PolicyKind] = [
            .resourceControl, .serviceControl, .endpoint, policies.resourceKind(action: request.action), .identity, .boundary,
            .session,
        ]
        for kind in kinds { add(policies.named(kind), kind) }
        return found
    }

    static func reference(_ kind: PolicyKind, _ policy: NamedPolicy, _ index: Int) -> StatementReference {
        let statement = policy.document.statements[index]
        return StatementReference(
            kind: kind, policy: policy.name, statement: index, sid: statement.sid, effect: statement.effect)
    }
}

/// An Allow that was found, before anything is made of it.
private struct Grant {
    var kind: PolicyKind
    var policy: NamedPolicy
    var index: Int
    var match: PrincipalMatch

    var reference: StatementReference { Evaluator.reference(kind, policy, index) }
}

/// What one kind of policies says.
private enum Verdict {
    case silent
    case grant(Grant)
    case deny(StatementReference)

    var grant: Grant? { if case .grant(let grant) = self { grant } else { nil } }
}

/// One run of the logic.
private struct Evaluation {
    let request: PreparedRequest
    let policies: PolicySet
    let isSameAccount: Bool
    let resourceKind: PolicyKind

    init(_ request: EvaluationRequest, _ policies: PolicySet, resourceAccount: String) {
        self.request = PreparedRequest(request)
        self.policies = policies
        isSameAccount = request.principal.hasIdentity && request.principal.account == resourceAccount
        resourceKind = policies.resourceKind(action: request.action)
    }

    /// Every policy is asked before anything is allowed: one explicit deny anywhere decides.
    func outcome() -> Decision.Outcome {
        let hasIdentity = request.principal.hasIdentity
        var grants: [StatementReference] = []
        var missing: PolicyKind?

        func guardrail(_ levels: [[NamedPolicy]], _ kind: PolicyKind) -> StatementReference? {
            for level in levels {
                switch ask(level, kind) {
                case .deny(let statement): return statement
                case .grant(let grant): grants.append(grant.reference)
                case .silent: missing = missing ?? kind
                }
            }
            return nil
        }
        if let denied = guardrail(policies.resourceControl, .resourceControl) { return .explicitDeny(denied) }
        // Service control policies bind an account's own principals only.
        if hasIdentity, let denied = guardrail(policies.serviceControl, .serviceControl) { return .explicitDeny(denied) }
        if let endpoint = policies.endpoint, let denied = guardrail([[endpoint]], .endpoint) { return .explicitDeny(denied) }

        let resource = ask((policies.resource.map { [$0] } ?? []) + policies.grants, resourceKind)
        if case .deny(let statement) = resource { return .explicitDeny(statement) }
        guard hasIdentity else {
            // Services, providers and anonymous callers hold nothing but what a resource gives them.
            if let missing { return .implicitDeny(missing: missing) }
            guard let grant = resource.grant else { return .implicitDeny(missing: resourceKind) }
            return .allowed(by: grants + [grant.reference])
        }
        let identity = ask(policies.identity, .identity)
        if case .deny(let statement) = identity { return .explicitDeny(statement) }
        let boundary = policies.boundary.map { ask([$0], .boundary) } ?? .silent
        if case .deny(let statement) = boundary { return .explicitDeny(statement) }
        let session = ask(policies.session, .session)
        if case .deny(let statement) = session { return .explicitDeny(statement) }
        if let missing { return .implicitDeny(missing: missing) }

        let sides = Sides(resource: resource.grant, identity: identity.grant, boundary: boundary.grant, session: session.grant)
        switch combine(sides) {
        case .allowed(let by): return .allowed(by: grants + by)
        case let denied: return denied
        }
    }

    private struct Sides {
        var resource, identity, boundary, session: Grant?
    }

    /// No explicit deny and every guardrail allows: which of the remaining kinds must allow?
    private func combine(_ sides: Sides) -> Decision.Outcome {
        var by: [StatementReference] = []
        if !isSameAccount || policies.resourcePolicyRequired {
            // Across accounts both sides must allow; key and trust policies must always.
            guard let grant = sides.resource else { return .implicitDeny(missing: resourceKind) }
            by.append(grant.reference)
        }
        if isSameAccount, let grant = sides.resource, grant.match == .itself { return .allowed(by: [grant.reference]) }

        if request.principal.kind != .root {
            if isSameAccount, let grant = sides.resource, grant.match == .identity {
                by = [grant.reference]
            } else if let grant = sides.identity {
                by.append(grant.reference)
            } else {
                return .implicitDeny(missing: .identity)
            }
            if policies.boundary != nil {
                guard let grant = sides.boundary else { return .implicitDeny(missing: .boundary) }
                by.append(grant.reference)
            }
        }
        if needsSessionPolicy {
            guard let grant = sides.session else { return .implicitDeny(missing: .session) }
            by.append(grant.reference)
        }
        return .allowed(by: by)
    }

    /// A federated user without a session policy can do nothing (STS API Reference, "GetFederationToken").
    private var needsSessionPolicy: Bool {
        if case .federatedUser = request.principal.kind { return true }
        return !policies.session.isEmpty
    }

    /// The first Deny, else the Allow that names the caller most closely.
    private func ask(_ named: [NamedPolicy], _ kind: PolicyKind) -> Verdict {
        var best: Grant?
        for policy in named {
            let denied = ask(policy.document.screen, kind, &best) { (policy, $0) }
            if let denied { return .deny(denied) }
        }
        return best.map { .grant($0) } ?? .silent
    }

    private func ask(_ list: PolicyList, _ kind: PolicyKind) -> Verdict {
        var best: Grant?
        if let denied = ask(list.screen, kind, &best, list.statement) { return .deny(denied) }
        return best.map { .grant($0) } ?? .silent
    }

    /// - Parameters:
    ///   - best: the closest Allow so far; a closer one takes its place.
    ///   - place: where a statement of the screen stands.
    /// - Returns: the first Deny.
    private func ask(
        _ screen: StatementScreen, _ kind: PolicyKind, _ best: inout Grant?, _ place: (Int) -> (policy: NamedPolicy, index: Int)
    ) -> StatementReference? {
        var denied: StatementReference?
        screen.candidates(request) { number, mayDeny in
            // An Allow that can add nothing need not be matched.
            if !mayDeny, best?.match == .itself { return true }
            let (policy, index) = place(number)
            let statement = policy.document.statements[index]
            guard let match = statement.match(request, conditionsHold: true) else { return true }
            if statement.effect == .deny {
                denied = Evaluator.reference(kind, policy, index)
                return false
            }
            if best.map({ $0.match < match }) ?? true {
                best = Grant(kind: kind, policy: policy, index: index, match: match)
            }
            return true
        }
        return denied
    }
}

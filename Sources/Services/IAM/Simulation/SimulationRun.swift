import Kernel
import Policy

/// One simulation: the same policies for each action and resource.
struct SimulationRun: Sendable {
    private let subject: SimulationSubject
    private let policies: PolicySet
    private let principal: RequestPrincipal
    private let context: ConditionContext
    private let owner: String
    /// The keys that the policies read and nobody gave.
    private let missing: [String]

    /// - Throws: ``IAMFault/simulation(_:)``, ``IAMFault/malformed(_:)``
    init(_ request: Simulation.Request, _ subject: SimulationSubject) throws {
        self.subject = subject
        var resource: NamedPolicy?
        if let json = request.ResourcePolicy {
            guard subject.caller != nil else {
                throw IAMFault.simulation("CallerArn is required when a ResourcePolicy is given.")
            }
            do { resource = NamedPolicy("ResourcePolicy", try PolicyDocument(json: json, kind: .resource)) } catch {
                throw IAMFault.malformed(error)
            }
        }
        policies = PolicySet(
            identity: PolicyList(subject.identity), resource: resource, boundary: subject.boundary.first,
            serviceControl: subject.serviceControl)
        let caller = try Self.principal(subject.caller, subject.account)
        principal = caller
        owner = try Self.account(request.ResourceOwner) ?? caller.account
        context = try Self.context(request.ContextEntries ?? [], caller, subject)
        missing = Self.missing(context, policies)
    }

    func result(action: String, resource: String, isSpecific: Bool) -> Simulation.Result {
        let request = EvaluationRequest(action: action, resource: resource, principal: principal, context: context)
        let decision = Evaluator.evaluate(request, policies, resourceAccount: owner)
        let name = Self.name(decision)
        // As AWS has it: the statements that decided, so for a denial by statement not those that would have allowed.
        let matches = Evaluator.matches(request, policies).filter { reference in
            guard case .explicitDeny = decision.outcome else { return true }
            return reference.effect == .deny
        }
        let matched = matches.compactMap(matched)
        let boundary = policies.boundary.map { boundary in
            let alone = Evaluator.evaluate(request, PolicySet(identity: [boundary]), resourceAccount: principal.account)
            return Simulation.Result.Boundary(AllowedByPermissionsBoundary: alone.isAllowed)
        }
        return Simulation.Result(
            EvalActionName: action, EvalResourceName: resource, EvalDecision: name, MatchedStatements: matched,
            MissingContextValues: missing, OrganizationsDecisionDetail: organizations(request),
            PermissionsBoundaryDecisionDetail: boundary, EvalDecisionDetails: details(request),
            ResourceSpecificResults: isSpecific
                ? [
                    Simulation.Result.OfResource(
                        EvalResourceName: resource, EvalResourceDecision: name, MatchedStatements: matched,
                        MissingContextValues: missing, PermissionsBoundaryDecisionDetail: boundary)
                ] : nil)
    }

    private func organizations(_ request: EvaluationRequest) -> Simulation.Result.Organizations? {
        guard !policies.serviceControl.isEmpty else { return nil }
        let allows = policies.serviceControl.allSatisfy { level in
            Evaluator.evaluate(request, PolicySet(identity: PolicyList(level)), resourceAccount: principal.account).isAllowed
        }
        return Simulation.Result.Organizations(AllowedByOrganizations: allows)
    }

    /// What each side says by itself, when the resource is of another account.
    private func details(_ request: EvaluationRequest) -> [String: String]? {
        guard policies.resource != nil, owner != principal.account else { return nil }
        var identity = policies
        identity.resource = nil
        let resource = PolicySet(resource: policies.resource)
        let alone = Evaluator.evaluate(request, resource, resourceAccount: owner)
        // Whom the policy names, it allows; what the caller's own account says is the other answer.
        let isAllowed = Evaluator.matches(request, resource).contains { $0.effect == .allow }
        return [
            "IAM Policy": Self.name(Evaluator.evaluate(request, identity, resourceAccount: principal.account)),
            "Resource Policy": isAllowed && Self.name(alone) != "explicitDeny" ? "allowed" : Self.name(alone),
        ]
    }

    private func matched(_ reference: StatementReference) -> Simulation.Matched? {
        guard let policy = policies.named(reference.kind).first(where: { $0.name == reference.policy }) else { return nil }
        let positions = policy.document.statementPositions
        guard positions.indices.contains(reference.statement) else { return nil }
        let (start, end) = positions[reference.statement]
        return Simulation.Matched(
            SourcePolicyId: reference.policy,
            SourcePolicyType: reference.kind == .resource ? "Resource Policy" : "IAM Policy",
            StartPosition: Simulation.Matched.Position(Line: start.line, Column: start.column),
            EndPosition: Simulation.Matched.Position(Line: end.line, Column: end.column))
    }

    private static func name(_ decision: Decision) -> String {
        switch decision.outcome {
        case .allowed: "allowed"
        case .explicitDeny: "explicitDeny"
        case .implicitDeny: "implicitDeny"
        }
    }

    private static func principal(_ arn: String?, _ account: String) throws -> RequestPrincipal {
        guard let arn else { return RequestPrincipal(.user, account: account, arn: "arn:aws:iam::\(account):user/simulated") }
        guard let parsed = ARN(arn), parsed.account.utf8.count == 12 else { throw IAMFault.invalidARN(arn) }
        if parsed.service == "iam", parsed.resource.hasPrefix("user/") {
            return RequestPrincipal(.user, account: parsed.account, arn: arn)
        }
        let name = parsed.resource.split(separator: "/").last.map(String.init) ?? ""
        if parsed.service == "iam", parsed.resource.hasPrefix("role/") {
            let session = ARN("sts", account: parsed.account, "assumed-role/\(name)/simulation").description
            return RequestPrincipal(.assumedRole(roleARN: arn), account: parsed.account, arn: session)
        }
        throw IAMFault.invalidARN(arn)
    }

    /// An account's number or the ARN of its root user.
    private static func account(_ owner: String?) throws -> String? {
        guard let owner else { return nil }
        let account = ARN(owner)?.account ?? owner
        guard account.utf8.count == 12, account.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw IAMFault.invalidARN(owner)
        }
        return account
    }

    /// The given keys over those that follow from who calls.
    private static func context(
        _ entries: [Simulation.Request.Entry], _ principal: RequestPrincipal, _ subject: SimulationSubject
    ) throws -> ConditionContext {
        var context = ConditionContext()
        if subject.caller != nil {
            if case .assumedRole(let role) = principal.kind {
                context.set("aws:PrincipalArn", role)
            } else {
                context.set("aws:PrincipalArn", principal.arn)
                context.set("aws:username", principal.arn.split(separator: "/").last.map(String.init))
            }
            context.set("aws:PrincipalAccount", principal.account)
        }
        for (name, value) in subject.tags { context.set("aws:PrincipalTag/\(name)", value) }
        for entry in entries {
            guard let name = entry.ContextKeyName, name.contains(":") else {
                throw IAMFault.simulation("Invalid context key name: \(entry.ContextKeyName ?? "")")
            }
            context[name] = entry.ContextKeyValues ?? []
        }
        return context
    }

    private static func missing(_ context: ConditionContext, _ policies: PolicySet) -> [String] {
        var keys: [String] = []
        for kind in [PolicyKind.identity, .boundary, .resource] {
            for policy in policies.named(kind) {
                for key in policy.document.contextKeys where context[key].isEmpty && !keys.contains(key) { keys.append(key) }
            }
        }
        return keys
    }
}

import Documents
import Policy

/// May this caller do this? Decided in one place for every call, before its handler runs.
extension Platform {
    /// What the call needs leave for.
    /// - Returns: nil for an operation that its service's action map does not name.
    func permissions(of call: Call, _ context: Context) async throws -> [Permission]? {
        try await actions[call.service]?[call.operation]?(call.input, context)
    }

    /// Every permission that the operation needs must be granted. An operation that its service's action map does not
    /// name is for root alone.
    /// - Parameter permissions: the call's own; nil for such an operation.
    /// - Throws: the service's own denial, with the kind of policy that decided.
    func authorize(_ call: Call, _ permissions: [Permission]?, on service: any Service, _ context: Context) async throws {
        guard let permissions else {
            guard call.caller.kind != .root else { return }
            let action = "\(call.service):\(call.operation)"
            let denial = Denial(unmapped: action, context)
            await decisions.add(denial.record)
            throw service.denied(denial)
        }
        for permission in permissions {
            keyUses.note(permission.action, context)
            guard let judgement = try await judge(permission, call.input, on: service, context) else { continue }
            if judgement.decision.isAllowed {
                decisions.note(judgement, context)
                continue
            }
            let denial = Denial(judgement, context)
            await decisions.add(denial.record)
            throw service.denied(denial)
        }
    }

    /// Whether the caller has a permission beyond those of its call: S3 tells that a key is missing only to those who
    /// may list.
    public func isAllowed(_ permission: Permission, in context: Context) async throws -> Bool {
        guard let service = services[context.service] else { return false }
        return try await judge(permission, .null, on: service, context)?.decision.isAllowed ?? true
    }

    /// The same for what must be granted: the denial is recorded and explained as a call's own is. For permissions that
    /// only a handler can name, as those on each of many resources.
    /// - Throws: the service's denial.
    public func demand(_ permission: Permission, in context: Context) async throws {
        guard let service = services[context.service] else {
            throw AWSError.notImplemented(context.service, context.operation)
        }
        guard let judgement = try await judge(permission, .null, on: service, context), !judgement.decision.isAllowed else {
            return
        }
        let denial = Denial(judgement, context)
        await decisions.add(denial.record)
        throw service.denied(denial)
    }

    /// - Returns: nil where nothing has to be asked: an account's root in its own account.
    private func judge(
        _ permission: Permission, _ input: Document, on service: any Service, _ context: Context
    ) async throws -> Judgement? {
        let caller = context.caller
        var found = permission.facts
        if found == nil, !permission.isCreation { found = try await self.facts(permission, on: service) }
        let facts = found
        let account = facts?.account ?? Self.account(of: permission.resource) ?? caller.account
        let organization = caller.hasAccount ? try await self.identity.organization(of: caller.account) : OrganizationControls()
        let owner: OrganizationControls
        if account == caller.account, caller.hasAccount {
            owner = organization
        } else if account.utf8.count == 12 {
            owner = try await self.identity.organization(of: account)
        } else {
            owner = OrganizationControls()
        }
        let isBound = !caller.isServiceLinked && !organization.serviceControl.isEmpty
        let isGuarded = !caller.isServiceLinked && !owner.resourceControl.isEmpty && Self.isResourceControlled(permission.action)
        // An account's root may do everything there, unless its organization or the resource itself says no.
        if caller.kind == .root, caller.sessionPolicyARNs == nil, account == caller.account, !isBound, !isGuarded,
            facts?.policy == nil, !(facts?.isPolicyRequired ?? false)
        {
            return nil
        }
        let isPlainRoot = caller.kind == .root && caller.sessionPolicyARNs == nil
        let identity = isPlainRoot ? IdentityPolicies() : try await self.identity.policies(of: caller)
        var source = OrganizationControls()
        if let account = caller.sourceAccount, account.utf8.count == 12 {
            source = try await self.identity.organization(of: account)
        }
        let keys = RequestKeys(
            permission, input: input, context, principalTags: identity.tags,
            RequestKeys.ResourceSide(
                account: account, tags: facts?.tags ?? [:], organization: owner, callersOrganization: organization,
                sourceOrganization: source))
        var policies = try policies(identity, caller, facts)
        // Nobody locks out the owner: its root takes the lock off whatever the lock says.
        if caller.kind == .root, account == caller.account, Self.unlocking.contains(permission.action) { policies.resource = nil }
        if isBound { policies.serviceControl = try levels(organization.serviceControl, .identity) }
        if isGuarded { policies.resourceControl = try levels(owner.resourceControl, .resource) }
        var request = EvaluationRequest(
            action: permission.action, resource: permission.resource, principal: caller.principal,
            context: ConditionContext(keys))
        var best = Evaluator.evaluate(request, policies, resourceAccount: account)
        for spelling in permission.spellings {
            if case .explicitDeny = best.outcome { break }
            var other = request
            other.resource = spelling
            let decision = Evaluator.evaluate(other, policies, resourceAccount: account)
            if case .implicitDeny = decision.outcome { continue }
            (best, request) = (decision, other)
        }
        return Judgement(
            permission: permission, decision: best, basis: Judgement.Basis(request, policies, account: account, keys))
    }

    /// A resource's facts from the service that the action belongs to: `iam:PassRole` asks IAM about the role, whoever was
    /// called. The called service is asked when that one does not know the resource.
    private func facts(_ permission: Permission, on service: any Service) async throws -> ResourceFacts? {
        let vendor = permission.action.prefix { $0 != ":" }
        if vendor != type(of: service).id, let owner = services[String(vendor)],
            let facts = try await owner.resource(permission.resource, in: self)
        {
            return facts
        }
        return try await service.resource(permission.resource, in: self)
    }

    private func policies(_ identity: IdentityPolicies, _ caller: Caller, _ facts: ResourceFacts?) throws -> PolicySet {
        let compiled = try identity.compiled ?? CompiledPolicies(identity, policyCache)
        var set = PolicySet(
            identity: compiled.attached, boundary: compiled.boundary,
            session: try (caller.sessionPolicies ?? []).map {
                try named(IdentityPolicies.Named(name: "session", json: $0), .identity)
            } + compiled.session)
        if let facts, let json = facts.policy {
            set.resource = try named(
                IdentityPolicies.Named(name: "resource", json: json), facts.isTrustPolicy ? .trust : .resource)
        }
        set.grants = try facts?.grants.map { try named($0, .resource) } ?? []
        set.resourcePolicyRequired = facts?.isPolicyRequired ?? false
        return set
    }

    private func levels(_ levels: [[IdentityPolicies.Named]], _ grammar: PolicyGrammar) throws -> [[NamedPolicy]] {
        try levels.map { try $0.map { try named($0, grammar) } }
    }

    private func named(_ policy: IdentityPolicies.Named, _ grammar: PolicyGrammar) throws -> NamedPolicy {
        NamedPolicy(policy.name, try policyCache.document(policy.json, grammar: grammar))
    }

    /// The account in an ARN; nil where it has none, as in S3's.
    private static func account(of resource: String) -> String? {
        guard let account = ARN(resource)?.account, account.utf8.count == 12 else { return nil }
        return account
    }

    /// What root may always do to its account's buckets and queues (S3 API Reference, "DeleteBucketPolicy"; IAM User Guide,
    /// "Perform a privileged task on an AWS Organizations member account").
    private static let unlocking: Set<String> = [
        "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes",
    ]

    /// The services whose resources such policies guard
    /// (Organizations User Guide, "Resource control policies", "List of AWS services that support RCPs").
    private static let resourceControlled: Set<String> = [
        "s3", "sts", "kms", "sqs", "secretsmanager", "ecr", "aoss", "cognito-identity", "cognito-idp", "logs", "dynamodb",
    ]

    private static func isResourceControlled(_ action: String) -> Bool {
        // Retiring a grant is the one action of theirs that is left out (same page).
        action != "kms:RetireGrant" && resourceControlled.contains(String(action.prefix { $0 != ":" }))
    }
}

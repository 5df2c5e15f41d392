import Documents
import Policy

extension Platform {
    /// May this caller do this? Decided in one place for every call, before its handler runs.
    ///
    /// Every permission that the operation needs must be granted. An operation that its service's action map does not
    /// name is for root alone.
    /// - Throws: the service's own denial, with the kind of policy that decided.
    func authorize(_ call: Call, on service: any Service, _ context: Context) async throws {
        let action = "\(call.service):\(call.operation)"
        guard let permissions = actions[call.service]?[call.operation] else {
            guard call.caller.kind == .root else { throw service.denied(Self.unmapped(call.caller, action)) }
            return
        }
        for permission in try await permissions(call.input, context) {
            let decision = try await decide(permission, call.caller, on: service, context)
            if decision.isAllowed { continue }
            let text = decision.denialMessage(
                principalARN: call.caller.kind == .anonymous ? "anonymous" : call.caller.arn, action: permission.action,
                resource: permission.resource)
            log.info("denied", metadata: ["request": "\(call.requestID)", "decision": "\(decision.explanation)"])
            throw service.denied(text ?? Self.unmapped(call.caller, action))
        }
    }

    /// Whether the caller has a permission beyond those of its call: S3 tells that a key is missing only to those who
    /// may list.
    public func isAllowed(_ permission: Permission, in context: Context) async throws -> Bool {
        guard let service = services[context.service] else { return false }
        return try await decide(permission, context.caller, on: service, context).isAllowed
    }

    private static func unmapped(_ caller: Caller, _ action: String) -> String {
        "User: \(caller.arn) is not authorized to perform: \(action)"
    }

    private func decide(
        _ permission: Permission, _ caller: Caller, on service: any Service, _ context: Context
    ) async throws -> Decision {
        var facts = permission.facts
        if facts == nil, !permission.isCreation { facts = try await self.facts(permission, on: service) }
        let account = facts?.account ?? Self.account(of: permission.resource) ?? caller.account
        // An account's root may do everything there, unless the resource itself says no.
        let organization = try await self.identity.organization(of: caller.account)
        let isUnbound = organization.serviceControl.isEmpty && facts?.policy == nil
        if caller.kind == .root, account == caller.account, isUnbound { return Decision(.allowed(by: [])) }
        let identity = caller.kind == .root ? IdentityPolicies() : try await self.identity.policies(of: caller)
        var keys = conditions(permission, caller, context)
        for (name, value) in identity.tags { keys.set("aws:PrincipalTag/\(name)", value) }
        for (name, value) in facts?.tags ?? [:] { keys.set("aws:ResourceTag/\(name)", value) }
        keys.set("aws:ResourceAccount", account)
        keys.set("aws:PrincipalOrgID", organization.id)
        if let path = organization.path { keys["aws:PrincipalOrgPaths"] = [path] }
        var policies = try policies(identity, caller, facts)
        policies.serviceControl = try organization.serviceControl.map { try $0.map { try named($0.name, $0.json, .identity) } }
        if account.utf8.count == 12 {
            let owner = account == caller.account ? organization : try await self.identity.organization(of: account)
            policies.resourceControl = try owner.resourceControl.map { try $0.map { try named($0.name, $0.json, .resource) } }
            keys.set("aws:ResourceOrgID", owner.id)
            if let path = owner.path { keys["aws:ResourceOrgPaths"] = [path] }
        }
        func evaluate(_ resource: String) -> Decision {
            let request = EvaluationRequest(
                action: permission.action, resource: resource, principal: caller.principal, context: keys)
            return Evaluator.evaluate(request, policies, resourceAccount: account)
        }
        var best = evaluate(permission.resource)
        for spelling in permission.spellings {
            if case .explicitDeny = best.outcome { break }
            let other = evaluate(spelling)
            if case .implicitDeny = other.outcome { continue }
            best = other
        }
        return best
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
        var set = PolicySet(
            identity: try identity.attached.map { try named($0.name, $0.json, .identity) },
            boundary: try identity.boundary.map { try named($0.name, $0.json, .identity) },
            session: try (caller.sessionPolicies ?? []).map { try named("session", $0, .identity) }
                + identity.session.map { try named($0.name, $0.json, .identity) })
        if let facts, let json = facts.policy {
            set.resource = try named("resource", json, facts.isTrustPolicy ? .trust : .resource)
        }
        set.grants = try facts?.grants.map { try named($0.name, $0.json, .resource) } ?? []
        set.resourcePolicyRequired = facts?.isPolicyRequired ?? false
        return set
    }

    private func named(_ name: String, _ json: String, _ grammar: PolicyGrammar) throws -> NamedPolicy {
        NamedPolicy(name, try policyCache.document(json, grammar: grammar))
    }

    /// The account in an ARN; nil where it has none, as in S3's.
    private static func account(of resource: String) -> String? {
        guard let account = ARN(resource)?.account, account.utf8.count == 12 else { return nil }
        return account
    }

    /// The global condition keys (IAM User Guide, "AWS global condition context keys") and the service's own.
    private func conditions(_ permission: Permission, _ caller: Caller, _ context: Context) -> ConditionContext {
        var keys = ConditionContext()
        for (key, values) in permission.conditions { keys[key] = values }
        keys.set("aws:CurrentTime", context.now.iso8601())
        keys.set("aws:EpochTime", String(context.now.seconds))
        keys.set("aws:RequestedRegion", context.region)
        keys.set("aws:SourceArn", caller.sourceARN)
        keys.set("aws:SourceAccount", caller.sourceAccount)
        if caller.kind != .service, caller.kind != .anonymous {
            keys.set("aws:PrincipalArn", caller.roleARN ?? caller.arn)
            keys.set("aws:PrincipalAccount", caller.account)
            keys.set("aws:userid", caller.principalID)
            keys.set("aws:SourceIdentity", caller.sourceIdentity)
            if caller.kind == .user { keys.set("aws:username", caller.arn.split(separator: "/").last.map(String.init)) }
        }
        keys.set("aws:PrincipalType", caller.principalType)
        keys.set("aws:PrincipalIsAWSService", caller.kind == .service ? "true" : "false")
        let via = caller.calledVia ?? []
        keys.set("aws:ViaAWSService", via.isEmpty ? "false" : "true")
        if !via.isEmpty { keys["aws:CalledVia"] = via }
        keys.set("aws:CalledViaFirst", via.first)
        keys.set("aws:CalledViaLast", via.last)
        keys.set("aws:TokenIssueTime", caller.issuedAt?.iso8601())
        keys.set("aws:FederatedProvider", caller.federatedProvider)
        for (name, values) in caller.providerKeys ?? [:] { keys[name] = values }
        // Keys that live long have no such key at all; a session has it, true or false.
        if let shown = caller.factorShownAt {
            keys.set("aws:MultiFactorAuthPresent", "true")
            keys.set("aws:MultiFactorAuthAge", String(max(0, context.now.seconds - shown.seconds)))
        } else if caller.issuedAt != nil {
            keys.set("aws:MultiFactorAuthPresent", "false")
        }
        if let http = context.http {
            keys.set("aws:SourceIp", http.sourceIP)
            keys.set("aws:SecureTransport", http.isSecure ? "true" : "false")
            keys.set("aws:UserAgent", http.headers["user-agent"])
            keys.set("aws:Referer", http.headers["referer"])
        }
        return keys
    }
}

extension Caller {
    /// This caller as policies know principals.
    public var principal: RequestPrincipal {
        let kind: RequestPrincipal.Kind =
            switch self.kind {
            case .root: .root
            case .user: .user
            case .assumedRole: .assumedRole(roleARN: roleARN ?? arn)
            case .federatedUser: .federatedUser(userARN: roleARN ?? arn)
            case .service: .service(names: [serviceName ?? arn])
            case .anonymous: .anonymous
            }
        let id = principalID.split(separator: ":").first.map(String.init)
        return RequestPrincipal(kind, account: self.kind == .service ? "" : account, arn: arn, uniqueID: id)
    }

    /// The value of `aws:PrincipalType`.
    var principalType: String {
        switch kind {
        case .root: "Account"
        case .user: "User"
        case .assumedRole: "AssumedRole"
        case .federatedUser: "FederatedUser"
        case .service: "Service"
        case .anonymous: "Anonymous"
        }
    }
}

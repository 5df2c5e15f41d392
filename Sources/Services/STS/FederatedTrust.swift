import Documents
import Kernel
import Policy

/// Whether a role trusts somebody whom only an identity provider knows. The caller has no keys and so no account; it
/// becomes known inside the operation, when its token has been verified. That is why the same evaluator is asked here and
/// not by the dispatcher.
enum FederatedTrust {
    /// - Parameter session: the session to be, with its provider, tags and source identity.
    static func allows(_ session: Caller, _ role: RoleRecord, roleSessionName: String, _ context: Context) throws -> Bool {
        guard let provider = session.federatedProvider else { return false }
        var keys = ConditionContext()
        for (name, values) in session.providerKeys ?? [:] { keys[name] = values }
        keys.set("aws:CurrentTime", context.now.iso8601())
        keys.set("aws:EpochTime", String(context.now.seconds))
        keys.set("aws:RequestedRegion", context.region)
        keys.set("aws:FederatedProvider", provider)
        keys.set("aws:ResourceAccount", role.account)
        for (name, value) in role.tags { keys.set("aws:ResourceTag/\(name)", value) }
        keys.set("sts:RoleSessionName", roleSessionName)
        keys.set("sts:SourceIdentity", session.sourceIdentity)
        for (name, value) in session.sessionTags ?? [:] { keys.set("aws:RequestTag/\(name)", value) }
        keys["aws:TagKeys"] = (session.sessionTags ?? [:]).keys.sorted()
        keys["sts:TransitiveTagKeys"] = session.transitiveTagKeys ?? []
        if let http = context.http {
            keys.set("aws:SourceIp", http.sourceIP)
            keys.set("aws:SecureTransport", http.isSecure ? "true" : "false")
            keys.set("aws:UserAgent", http.headers["user-agent"])
        }
        let principal = RequestPrincipal(.federated(provider: provider), account: "", arn: provider)
        let trust = NamedPolicy("trust", try PolicyDocument(json: role.trustPolicy, kind: .trust))
        let policies = PolicySet(resource: trust, resourcePolicyRequired: true)
        var actions = ["sts:AssumeRoleWithWebIdentity"]
        if session.sessionTags != nil { actions.append("sts:TagSession") }
        if session.sourceIdentity != nil { actions.append("sts:SetSourceIdentity") }
        return actions.allSatisfy { action in
            let request = EvaluationRequest(action: action, resource: role.arn, principal: principal, context: keys)
            return Evaluator.evaluate(request, policies, resourceAccount: role.account).isAllowed
        }
    }
}

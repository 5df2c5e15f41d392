/// What a statement does when it matches.
public enum Effect: String, Sendable, Equatable {
    case allow = "Allow"
    case deny = "Deny"
}

/// One compiled statement. A class, as a decision looks at many and copies of them would be its largest part.
final class Statement: Sendable {
    let sid: String?
    let effect: Effect
    /// Nil in identity policies: the holder is the principal.
    let principal: PrincipalElement?
    let actions: [Pattern]
    let actionsAreNegated: Bool
    /// Nil with `resourcesAreNegated` false in trust policies only: the role is the resource.
    let resources: [Pattern]?
    let resourcesAreNegated: Bool
    let conditions: [Condition]

    init(
        sid: String?, effect: Effect, principal: PrincipalElement?, actions: [Pattern], actionsAreNegated: Bool,
        resources: [Pattern]?, resourcesAreNegated: Bool, conditions: [Condition]
    ) {
        (self.sid, self.effect, self.principal) = (sid, effect, principal)
        (self.actions, self.actionsAreNegated) = (actions, actionsAreNegated)
        (self.resources, self.resourcesAreNegated, self.conditions) = (resources, resourcesAreNegated, conditions)
    }

    /// How the statement names the caller, if it speaks about the request at all. The cheapest and most selective
    /// tests come first.
    /// - Parameter conditionsHold: whether that is known already.
    func match(_ request: PreparedRequest, conditionsHold: Bool = false) -> PrincipalMatch? {
        guard actionMatches(request), resourceMatches(request) else { return nil }
        var match = PrincipalMatch.itself
        if let principal {
            guard let found = principal.match(request.principal, allows: effect == .allow) else { return nil }
            match = found
        }
        if conditionsHold { return match }
        for condition in conditions where !condition.holds(request) { return nil }
        return match
    }

    func actionMatches(_ request: PreparedRequest) -> Bool {
        for pattern in actions where pattern.matches(request.action, request.context) ?? false { return !actionsAreNegated }
        return actionsAreNegated
    }

    /// A variable without a value matches no resource. Under NotResource that would widen an Allow, so there the
    /// statement does not apply; a Deny does.
    func resourceMatches(_ request: PreparedRequest) -> Bool {
        guard let resources else { return true }
        var isUnresolved = false
        for pattern in resources {
            guard let matches = pattern.matches(request.resource, request.context) else {
                isUnresolved = true
                continue
            }
            if matches { return !resourcesAreNegated }
        }
        return resourcesAreNegated && !(isUnresolved && effect == .allow)
    }
}

/// What a statement does when it matches.
public enum Effect: String, Sendable, Equatable {
    case allow = "Allow"
    case deny = "Deny"
}

/// One compiled statement.
struct Statement: Sendable {
    var sid: String?
    var effect: Effect
    /// Nil in identity policies: the holder is the principal.
    var principal: PrincipalElement?
    var actions: [Pattern]
    var actionsAreNegated: Bool
    /// Empty with `resourcesAreNegated` false in trust policies only: the role is the resource.
    var resources: [Pattern]?
    var resourcesAreNegated: Bool
    var conditions: [Condition]

    /// How the statement names the caller, if it speaks about the request at all. The cheapest and most selective
    /// tests come first.
    func match(_ request: PreparedRequest) -> PrincipalMatch? {
        guard actionMatches(request), resourceMatches(request) else { return nil }
        var match = PrincipalMatch.itself
        if let principal {
            guard let found = principal.match(request.principal, allows: effect == .allow) else { return nil }
            match = found
        }
        for condition in conditions where !condition.holds(request.context) { return nil }
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

/// An Allow statement that names the request's action and yet does not allow it: what a person would change.
public struct NearMiss: Sendable, Equatable {
    public enum Part: Sendable, Equatable {
        case resource
        case principal
        /// A condition that does not hold; `found` is nil where the request has no such key.
        case condition(operation: String, key: String, found: [String]?)
    }
    public var statement: StatementReference
    public var part: Part
}

extension Evaluator {
    /// The Allow statements of one kind of policies that only one part keeps from allowing the request.
    public static func nearMisses(
        _ request: EvaluationRequest, _ policies: PolicySet, missing kind: PolicyKind, limit: Int = 5
    ) -> [NearMiss] {
        let prepared = PreparedRequest(request)
        var misses: [NearMiss] = []
        for policy in policies.named(kind) {
            for (index, statement) in policy.document.statements.enumerated() where statement.effect == .allow {
                guard misses.count < limit else { return misses }
                guard statement.actionMatches(prepared), let part = statement.failing(prepared) else { continue }
                misses.append(NearMiss(statement: reference(kind, policy, index), part: part))
            }
        }
        return misses
    }
}

extension Statement {
    /// The one part that does not match; nil if all do, or more than one does not.
    fileprivate func failing(_ request: PreparedRequest) -> NearMiss.Part? {
        var failing: [NearMiss.Part] = []
        if !resourceMatches(request) { failing.append(.resource) }
        if let principal, principal.match(request.principal, allows: true) == nil { failing.append(.principal) }
        for condition in conditions where !condition.holds(request) {
            let found = request.context.values(lowercased: condition.key)
            failing.append(.condition(operation: condition.name, key: condition.key, found: found))
        }
        return failing.count == 1 ? failing[0] : nil
    }
}

extension PolicySet {
    /// The policies of a kind, levels joined.
    public func named(_ kind: PolicyKind) -> [NamedPolicy] {
        switch kind {
        case .identity: identity.policies
        case .resource, .trust: (resource.map { [$0] } ?? []) + grants
        case .boundary: boundary.map { [$0] } ?? []
        case .session: session
        case .serviceControl: serviceControl.flatMap { $0 }
        case .resourceControl: resourceControl.flatMap { $0 }
        case .endpoint: endpoint.map { [$0] } ?? []
        }
    }
}

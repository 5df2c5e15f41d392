/// The kinds of policies, as denial texts name them.
public enum PolicyKind: String, Sendable, Equatable {
    case identity, resource, trust, boundary, session, serviceControl, resourceControl, endpoint

    /// As in "because no ... allows".
    public var title: String {
        switch self {
        case .identity: "identity-based policy"
        case .resource: "resource-based policy"
        case .trust: "role trust policy"
        case .boundary: "permissions boundary"
        case .session: "session policy"
        case .serviceControl: "service control policy"
        case .resourceControl: "resource control policy"
        case .endpoint: "VPC endpoint policy"
        }
    }

    /// As in "with an explicit deny in ...".
    var titleWithArticle: String {
        switch self {
        case .identity: "an \(title)"
        case .trust: "the \(title)"
        default: "a \(title)"
        }
    }
}

/// A statement that took part in a decision.
public struct StatementReference: Sendable, Equatable {
    public var kind: PolicyKind
    /// The policy's name, see ``NamedPolicy``.
    public var policy: String
    /// From 0, in the document's order.
    public var statement: Int
    public var sid: String?
    public var effect: Effect
}

/// The evaluator's answer, with what `tarn why` and denial texts need.
public struct Decision: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        /// By one Allow of each kind that had to allow; empty for the account's root user.
        case allowed(by: [StatementReference])
        case explicitDeny(StatementReference)
        /// No policy of this kind allows; it is the first kind of the evaluation's order that fails.
        case implicitDeny(missing: PolicyKind)
    }
    public var outcome: Outcome

    public init(_ outcome: Outcome) { self.outcome = outcome }

    public var isAllowed: Bool { if case .allowed = outcome { true } else { false } }

    /// The text of an AccessDenied error in AWS's form, or nil if the request is allowed
    /// (IAM User Guide, "Troubleshoot access denied error messages").
    public func denialMessage(principalARN: String, action: String, resource: String) -> String? {
        let reason: String
        switch outcome {
        case .allowed: return nil
        case .explicitDeny(let statement): reason = "with an explicit deny in \(statement.kind.titleWithArticle)"
        case .implicitDeny(let kind): reason = "because no \(kind.title) allows the \(action) action"
        }
        return "User: \(principalARN) is not authorized to perform: \(action) on resource: \(resource) \(reason)"
    }

    /// One line for people.
    public var explanation: String {
        switch outcome {
        case .allowed(let statements) where statements.isEmpty: "allowed: the account's root user"
        case .allowed(let statements): "allowed by " + statements.map(Self.describe).joined(separator: " and ")
        case .explicitDeny(let statement): "explicitly denied by " + Self.describe(statement)
        case .implicitDeny(let kind): "implicitly denied: no \(kind.title) allows it"
        }
    }

    private static func describe(_ statement: StatementReference) -> String {
        let label = statement.sid.map { " \"\($0)\"" } ?? ""
        return "statement \(statement.statement + 1)\(label) of \(statement.kind.title) \(statement.policy)"
    }
}

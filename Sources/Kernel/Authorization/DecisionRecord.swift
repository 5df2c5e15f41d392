import Documents
import Policy

/// A decision as `tarn why` tells it and as it is kept.
public struct DecisionRecord: Sendable {
    /// The members that the page `/_tarn/why` answers with; see ``init(_:_:message:)``.
    public let document: Document
    let time: Int64

    /// An operation that no action map names.
    init(unmapped action: String, _ context: Context, message: String) {
        var members = Self.members(context, message)
        members["action"] = .string(action)
        members["resource"] = "*"
        members["decision"] = "implicitDeny"
        members["needed"] = [
            .string("Tarn knows no permission for this operation, so that it is for the account's root user alone.")
        ]
        (document, time) = (.map(members), context.now.milliseconds)
    }

    init(_ judgement: Judgement, _ context: Context, message: String? = nil) {
        var members = Self.members(context, message)
        let (permission, basis) = (judgement.permission, judgement.basis)
        members["action"] = .string(permission.action)
        members["resource"] = .string(basis.request.resource)
        members["resourceAccount"] = .string(basis.account)
        switch judgement.decision.outcome {
        case .allowed(let by):
            members["decision"] = "allowed"
            members["statements"] = .list(by.map { Self.statement($0, basis) })
        case .explicitDeny(let statement):
            members["decision"] = "explicitDeny"
            members["statements"] = [Self.statement(statement, basis)]
            members["needed"] = [.string(Self.outweighed)]
        case .implicitDeny(let kind):
            members["decision"] = "implicitDeny"
            members["missing"] = .string(kind.title)
            members["needed"] = .list(Self.needed(kind, judgement, context).map { .string($0) })
        }
        members["explanation"] = .string(judgement.decision.explanation)
        members["policies"] = .list(Self.considered(basis.policies))
        var keys = Members()
        for (key, values) in basis.request.context.all {
            keys[key] = values.count == 1 ? .string(values[0]) : .list(values.map { .string($0) })
        }
        members["context"] = .map(keys)
        (document, time) = (.map(members), context.now.milliseconds)
    }

    private static let outweighed = """
        No Allow outweighs this statement: it has to be changed or taken away, or the request has to be one that it does \
        not match.
        """

    /// What every record has. `requestID` stands first: the log is searched by its first bytes.
    private static func members(_ context: Context, _ message: String?) -> Members {
        var members: Members = [
            "requestID": .string(context.requestID), "eventTime": .string(context.now.iso8601(milliseconds: true)),
            "service": .string(context.service), "operation": .string(context.operation),
            "awsRegion": .string(context.region),
        ]
        let caller = context.caller
        var principal: Members = ["type": .string(caller.principalType), "arn": .string(caller.title)]
        if !caller.account.isEmpty { principal["account"] = .string(caller.account) }
        if let role = caller.roleARN { principal["role"] = .string(role) }
        if let key = caller.accessKeyID { principal["accessKeyId"] = .string(key) }
        members["principal"] = .map(principal)
        if let message { members["message"] = .string(message) }
        return members
    }

    private static func statement(_ reference: StatementReference, _ basis: Judgement.Basis) -> Document {
        var members: Members = [
            "kind": .string(reference.kind.title), "policy": .string(reference.policy),
            "number": .integer(Int64(reference.statement + 1)),
        ]
        if let sid = reference.sid { members["sid"] = .string(sid) }
        let policies = basis.policies.named(reference.kind)
        for policy in policies where policy.name == reference.policy {
            if let text = policy.document.statement(reference.statement) { members["statement"] = text }
            break
        }
        return .map(members)
    }

    private static func considered(_ policies: PolicySet) -> [Document] {
        let kinds: [PolicyKind] = [
            .resourceControl, .serviceControl, .endpoint, .resource, .identity, .boundary, .session,
        ]
        return kinds.flatMap { kind in
            policies.named(kind).map { policy -> Document in
                ["kind": .string(kind.title), "policy": .string(policy.name)]
            }
        }
    }

    /// What a person would have to change, the nearest first.
    private static func needed(_ kind: PolicyKind, _ judgement: Judgement, _ context: Context) -> [String] {
        let (permission, basis) = (judgement.permission, judgement.basis)
        var lines = ["\(holder(kind, judgement, context)) must allow \(permission.action) on \(permission.resource)."]
        for miss in Evaluator.nearMisses(basis.request, basis.policies, missing: kind) {
            let name =
                "Statement \(miss.statement.statement + 1)"
                + (miss.statement.sid.map { " \"\($0)\"" } ?? "") + " of \(miss.statement.policy)"
            switch miss.part {
            case .resource: lines.append("\(name) allows the action, but not on this resource.")
            case .principal: lines.append("\(name) allows the action, but not to this principal.")
            case .condition(let operation, let key, let found):
                let has = found.map { "the request has \($0.joined(separator: ", "))" } ?? "the request has no such key"
                lines.append("\(name) allows the action, but its condition \(operation) on \(key) does not hold: \(has).")
            }
        }
        return lines
    }

    private static func holder(_ kind: PolicyKind, _ judgement: Judgement, _ context: Context) -> String {
        let caller = context.caller
        switch kind {
        case .identity: return "A policy of \(caller.kind == .assumedRole ? caller.roleARN ?? caller.arn : caller.title)"
        case .boundary: return "The permissions boundary \(judgement.basis.policies.boundary?.name ?? "")"
        case .session: return "A policy of the session \(caller.arn)"
        case .resource where judgement.basis.policies.resource == nil:
            return "The resource (of account \(judgement.basis.account)) has no policy; one that names \(caller.title)"
        case .resource: return "The resource's policy"
        case .trust: return "The role's trust policy"
        case .serviceControl: return "At every level of the organization a service control policy"
        case .resourceControl: return "At every level of the organization a resource control policy"
        case .endpoint: return "The VPC endpoint's policy"
        }
    }
}

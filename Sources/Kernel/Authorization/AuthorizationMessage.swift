import Documents
import Policy

/// The decision that an encoded authorization message carries, and its form while it is sealed
/// (STS API Reference, "DecodeAuthorizationMessage").
public struct AuthorizationMessage: Sendable {
    /// The account whose request was denied: its principals may read the message, given the permission.
    public let account: String
    /// What DecodeAuthorizationMessage answers.
    public let json: [UInt8]

    init(account: String, json: [UInt8]) { (self.account, self.json) = (account, json) }

    /// First the account's length and digits, then the JSON.
    var bytes: [UInt8] { [UInt8(truncatingIfNeeded: account.utf8.count)] + Array(account.utf8) + json }

    private init?(_ bytes: [UInt8]) {
        guard let count = bytes.first, bytes.count > Int(count) else { return nil }
        account = String(decoding: bytes[1...Int(count)], as: UTF8.self)
        json = Array(bytes[(Int(count) + 1)...])
    }

    /// Opens a message.
    /// - Returns: nil if it is not one that this Tarn made.
    public static func open(_ text: String, _ identity: any IdentityProvider) -> AuthorizationMessage? {
        guard let bytes = identity.unseal(text), !bytes.isEmpty else { return nil }
        return AuthorizationMessage(bytes)
    }

    static func document(_ judgement: Judgement?, action: String, resource: String, _ context: Context) -> Document {
        var isExplicit = false
        if case .explicitDeny? = judgement?.decision.outcome { isExplicit = true }
        var matched: [Document] = []
        if let basis = judgement?.basis {
            for reference in Evaluator.matches(basis.request, basis.policies) {
                guard let policy = basis.policies.named(reference.kind).first(where: { $0.name == reference.policy }),
                    let statement = policy.document.statement(reference.statement)
                else { continue }
                matched.append(describe(statement))
            }
        }
        let keys = judgement?.basis.request.context.all ?? []
        let caller = context.caller
        return [
            "allowed": .bool(judgement?.decision.isAllowed ?? false), "explicitDeny": .bool(isExplicit),
            "matchedStatements": items(matched), "failures": items([]),
            "context": [
                "principal": [
                    "id": .string(caller.principalID),
                    "name": .string(caller.arn.split(separator: "/").last.map(String.init) ?? caller.arn),
                    "arn": .string(caller.arn),
                ],
                "action": .string(action), "resource": .string(resource),
                "conditions": items(keys.map { ["key": .string($0.key), "values": values($0.values)] }),
            ],
        ]
    }

    private static func describe(_ statement: Document) -> Document {
        var principals: [String] = []
        if let all = statement["Principal"]?.string { principals = [all] }
        for (_, value) in statement["Principal"]?.members ?? [:] { principals += texts(value) }
        var conditions: [Document] = []
        for (_, block) in statement["Condition"]?.members ?? [:] {
            for (key, value) in block.members ?? [:] { conditions.append(["key": .string(key), "values": values(texts(value))]) }
        }
        return [
            "statementId": .string(statement["Sid"]?.string ?? ""),
            "effect": .string((statement["Effect"]?.string ?? "").uppercased()), "principals": values(principals),
            "principalGroups": items([]), "actions": values(texts(statement["Action"])),
            "resources": values(texts(statement["Resource"])), "conditions": items(conditions),
        ]
    }

    private static func texts(_ value: Document?) -> [String] {
        (value?.list ?? [value].compactMap { $0 }).compactMap { $0.string ?? $0.bool.map { $0 ? "true" : "false" } }
    }

    private static func items(_ list: [Document]) -> Document { ["items": .list(list)] }
    private static func values(_ texts: [String]) -> Document { items(texts.map { ["value": .string($0)] }) }
}

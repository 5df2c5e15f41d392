import Documents
import Policy

/// A refused call, with what each service needs to say so in its own words.
public struct Denial: Sendable {
    public let action: String
    public let resource: String
    /// `User: ... is not authorized to perform: ... on resource: ... because no ... allows the ... action`
    /// (IAM User Guide, "Troubleshoot access denied error messages").
    public let message: String
    /// The caller is of the resource's account, or of its organization. S3 explains itself to them only.
    public let isWithinOrganization: Bool
    /// The explanation, with which `tarn why` answers.
    let record: DecisionRecord
    private let judgement: Judgement?
    private let context: Context

    init(_ judgement: Judgement, _ context: Context) {
        let caller = context.caller
        (action, resource) = (judgement.permission.action, judgement.permission.resource)
        message =
            judgement.decision.denialMessage(principalARN: caller.title, action: action, resource: resource)
            ?? Self.plain(caller, action)
        if caller.hasAccount {
            let basis = judgement.basis
            let own = basis.request.context["aws:PrincipalOrgID"]
            isWithinOrganization =
                basis.account == caller.account || (!own.isEmpty && own == basis.request.context["aws:ResourceOrgID"])
        } else {
            isWithinOrganization = false
        }
        record = DecisionRecord(judgement, context, message: message)
        (self.judgement, self.context) = (judgement, context)
    }

    /// An operation for which no permission is known, so that nobody but root may call it.
    init(unmapped action: String, _ context: Context) {
        (self.action, resource, isWithinOrganization) = (action, "*", false)
        message = Self.plain(context.caller, action)
        record = DecisionRecord(unmapped: action, context, message: message)
        (judgement, self.context) = (nil, context)
    }

    /// The text of services that have their resource in quotation marks, and say nothing more to strangers (S3 User Guide,
    /// "Troubleshoot access denied (403 Forbidden) errors").
    public var quotedMessage: String {
        guard isWithinOrganization, let range = message.firstRange(of: "on resource: \(resource)") else { return "Access Denied" }
        return message.replacingCharacters(in: range, with: "on resource: \"\(resource)\"")
    }

    /// The sealed decision that EC2 and others put into their denials, for `sts:DecodeAuthorizationMessage`.
    /// - Throws: what the sealer throws.
    public func encodedMessage() throws -> String {
        let bytes = JSON.write(AuthorizationMessage.document(judgement, action: action, resource: resource, context))
        return try context.platform.identity.seal(AuthorizationMessage(account: context.caller.account, json: bytes).bytes)
    }

    /// EC2's whole text: what is refused, and the sealed decision.
    /// - Throws: what the sealer throws.
    public func encodedText() throws -> String {
        "You are not authorized to perform this operation. \(message) Encoded authorization failure message: \(try encodedMessage())"
    }

    private static func plain(_ caller: Caller, _ action: String) -> String {
        "User: \(caller.title) is not authorized to perform: \(action)"
    }
}

extension String {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            index = self.index(after: index)
        }
        return nil
    }

    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}

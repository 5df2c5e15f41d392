import Documents

/// How closely a Principal element names a caller. In one account this decides which other policies still count
/// (IAM User Guide, "How AWS enforcement code logic evaluates requests", resource-based policies).
enum PrincipalMatch: Int, Comparable, Sendable {
    /// By its account: the account may pass the right on, so identity policies decide.
    case account
    /// By `*`, or by the role or user behind a session: no identity policy is needed; boundary and session limit.
    case identity
    /// The caller itself: nothing else is needed.
    case itself

    static func < (left: PrincipalMatch, right: PrincipalMatch) -> Bool { left.rawValue < right.rawValue }
}

/// One entry of a Principal or NotPrincipal element.
enum PrincipalEntry: Sendable, Equatable {
    case anyone
    case account(String)
    case arn(String)
    case uniqueID(String)
    case service(String)
    case anyService
    case federated(String)
    case anyFederated
    case canonicalUser(String)

    func match(_ principal: RequestPrincipal) -> PrincipalMatch? {
        switch self {
        case .anyone: return .identity
        case .account(let account):
            guard principal.account == account else { return nil }
            return principal.kind == .root ? .itself : .account
        case .arn(let arn):
            if principal.arn == arn { return .itself }
            switch principal.kind {
            case .assumedRole(let role): return role == arn ? .identity : nil
            case .federatedUser(let user): return user == arn ? .identity : nil
            default: return nil
            }
        case .uniqueID(let id):
            guard principal.uniqueID == id else { return nil }
            return principal.kind == .user ? .itself : .identity
        case .service(let name):
            if case .service(let names) = principal.kind, names.contains(name) { return .itself }
            return nil
        case .anyService:
            if case .service = principal.kind { return .itself }
            return nil
        case .federated(let name):
            if case .federated(let provider) = principal.kind, provider == name { return .itself }
            return nil
        case .anyFederated:
            if case .federated = principal.kind { return .itself }
            return nil
        case .canonicalUser(let id):
            guard let own = principal.canonicalID, own == id else { return nil }
            return .account
        }
    }
}

/// Principal or NotPrincipal (IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal").
struct PrincipalElement: Sendable {
    var entries: [PrincipalEntry]
    var isNegated: Bool

    /// - Parameter allows: whether the statement's effect is Allow; a negated element leans to the safe side.
    func match(_ principal: RequestPrincipal, allows: Bool) -> PrincipalMatch? {
        guard isNegated else { return best(principal) }
        if allows { return best(principal) == nil ? .identity : nil }
        return exempts(principal) ? nil : .itself
    }

    private func best(_ principal: RequestPrincipal) -> PrincipalMatch? {
        var best: PrincipalMatch?
        for entry in entries {
            guard let match = entry.match(principal) else { continue }
            if match == .itself { return match }
            if best.map({ $0 < match }) ?? true { best = match }
        }
        return best
    }

    /// A Deny with NotPrincipal spares a caller only if its account, its role and the caller itself are all listed, as
    /// the NotPrincipal page demands.
    private func exempts(_ principal: RequestPrincipal) -> Bool {
        if entries.contains(.anyone) { return true }
        func lists(_ arn: String) -> Bool { entries.contains(.arn(arn)) }
        let listsID = principal.uniqueID.map { entries.contains(.uniqueID($0)) } ?? false
        let account = entries.contains(.account(principal.account))
        switch principal.kind {
        case .root: return account
        case .user: return account && (listsID || lists(principal.arn))
        case .assumedRole(let role): return account && (listsID || lists(role)) && lists(principal.arn)
        case .federatedUser(let user): return account && (listsID || lists(user)) && lists(principal.arn)
        case .federated, .service: return best(principal) != nil
        case .anonymous: return false
        }
    }

    /// - Throws: ``MalformedPolicy``.
    init(_ document: Document, isNegated: Bool, field: String) throws(MalformedPolicy) {
        self.isNegated = isNegated
        if case .string(let text) = document {
            guard text == "*" else { throw .invalidPrincipal(text) }
            entries = [.anyone]
            return
        }
        guard let members = document.members, !members.isEmpty else { throw .syntax(element: field) }
        var entries: [PrincipalEntry] = []
        for (type, value) in members {
            for text in try strings(value, field) { entries.append(try Self.entry(type, text)) }
        }
        guard !entries.isEmpty else { throw .syntax(element: field) }
        self.entries = entries
    }

    private static func entry(_ type: String, _ text: String) throws(MalformedPolicy) -> PrincipalEntry {
        switch type {
        case "AWS":
            if text == "*" { return .anyone }
            if isAccount(text) { return .account(text) }
            let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            if parts.count == 6, parts[0] == "arn" {
                guard parts[2] == "iam" || parts[2] == "sts", isAccount(String(parts[4])), !text.contains("*"),
                    !text.contains("?"), !parts[5].isEmpty
                else { throw .invalidPrincipal("\"AWS\":\"\(text)\"") }
                return parts[5] == "root" ? .account(String(parts[4])) : .arn(text)
            }
            guard text.hasPrefix("AIDA") || text.hasPrefix("AROA"), text.utf8.count >= 16 else {
                throw .invalidPrincipal("\"AWS\":\"\(text)\"")
            }
            return .uniqueID(text)
        case "Service":
            if text == "*" { return .anyService }
            guard isService(text) else { throw .invalidPrincipal("\"SERVICE\":\"\(text)\"") }
            return .service(text)
        case "Federated":
            guard isProvider(text) else { throw .invalidFederated(text) }
            return text == "*" ? .anyFederated : .federated(text)
        case "CanonicalUser":
            guard !text.isEmpty, !text.contains("*") else { throw .invalidPrincipal("\"CanonicalUser\":\"\(text)\"") }
            return .canonicalUser(text)
        default: throw .invalidPrincipal(type)
        }
    }

    /// Whether a text has the form of an identity provider: a domain (`accounts.google.com`), or an ARN of one.
    private static func isProvider(_ text: String) -> Bool {
        if text == "*" { return true }
        if text.hasPrefix("arn:") { return text.contains(":saml-provider/") || text.contains(":oidc-provider/") }
        return text.contains(".") && !text.hasPrefix(".") && !text.contains(" ") && !text.contains("*")
    }

    /// Whether a name has the form of a service's (`lambda.amazonaws.com`, `alexa-appkit.amazon.com`).
    private static func isService(_ text: String) -> Bool {
        guard !text.contains("*"), !text.hasPrefix(".") else { return false }
        return [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".amazon.com", ".aws.internal", ".aws.dev"].contains {
            text.lowercased().hasSuffix($0)
        }
    }

    private static func isAccount(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (48...57).contains($0) }
    }
}

/// A string or a list of strings.
func strings(_ document: Document, _ element: String) throws(MalformedPolicy) -> [String] {
    switch document {
    case .string(let text): return [text]
    case .list(let list):
        guard list.count <= PolicyLimit.valuesMax else { throw .tooManyValues(element: element) }
        var texts: [String] = []
        texts.reserveCapacity(list.count)
        for value in list {
            guard case .string(let text) = value else { throw .syntax(element: element) }
            texts.append(text)
        }
        return texts
    default: throw .syntax(element: element)
    }
}

import Documents

/// The `userIdentity` element of an event
/// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html).
public enum AuditIdentity {
    /// - Parameter account: in whose history the event stands. Of a caller from another account it shows the id alone.
    public static func element(_ caller: Caller, seenBy account: String) -> Document {
        switch caller.kind {
        case .service: return ["type": "AWSService", "invokedBy": .string(caller.serviceName ?? caller.arn)]
        case .anonymous: return ["type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"]
        case .root, .user, .assumedRole, .federatedUser: break
        }
        guard caller.account == account else {
            var identity: Members = [
                "type": "AWSAccount", "principalId": .string(caller.principalID), "accountId": .string(caller.account),
            ]
            if let via = caller.calledVia?.last { identity["invokedBy"] = .string(via) }
            return .map(identity)
        }
        var identity: Members = [
            "type": .string(type(caller)), "principalId": .string(caller.principalID), "arn": .string(caller.arn),
            "accountId": .string(caller.account),
        ]
        if let key = caller.accessKeyID { identity["accessKeyId"] = .string(key) }
        if caller.kind == .user { identity["userName"] = .string(userName(caller) ?? "") }
        if let session = session(caller) { identity["sessionContext"] = session }
        if let via = caller.calledVia?.last { identity["invokedBy"] = .string(via) }
        return .map(identity)
    }

    /// What LookupEvents finds an event by: the user's name, the session's name of a role, `root`.
    static func userName(_ caller: Caller) -> String? {
        switch caller.kind {
        case .user: caller.arn.split(separator: "/").last.map(String.init)
        case .assumedRole: caller.sessionName ?? caller.arn.split(separator: "/").last.map(String.init)
        case .federatedUser: caller.arn.split(separator: "/").last.map(String.init)
        case .root: "root"
        case .service, .anonymous: nil
        }
    }

    private static func type(_ caller: Caller) -> String {
        switch caller.kind {
        case .root: "Root"
        case .user: "IAMUser"
        case .assumedRole: "AssumedRole"
        case .federatedUser: "FederatedUser"
        case .service: "AWSService"
        case .anonymous: "AWSAccount"
        }
    }

    /// Of callers with temporary keys; nil for others.
    private static func session(_ caller: Caller) -> Document? {
        let isSession = caller.kind == .assumedRole || caller.kind == .federatedUser || caller.issuedAt != nil
        guard isSession else { return nil }
        var context: Members = [:]
        if let issuer = issuer(caller) { context["sessionIssuer"] = issuer }
        var web: Members = [:]
        if let provider = caller.federatedProvider {
            web["federatedProvider"] = .string(provider)
            let attributes = (caller.providerKeys ?? [:]).sorted { $0.key < $1.key }
            web["attributes"] = .map(
                Members(
                    attributes.map { ($0.key, .string($0.value.joined(separator: ","))) }, uniquingKeysWith: { $1 }))
        }
        context["webIdFederationData"] = .map(web)
        var attributes: Members = [:]
        if let issued = caller.issuedAt { attributes["creationDate"] = .string(issued.iso8601()) }
        attributes["mfaAuthenticated"] = caller.factorShownAt == nil ? "false" : "true"
        context["attributes"] = .map(attributes)
        if let source = caller.sourceIdentity { context["sourceIdentity"] = .string(source) }
        return .map(context)
    }

    private static func issuer(_ caller: Caller) -> Document? {
        guard let role = caller.roleARN, let arn = ARN(role) else { return nil }
        let id = caller.principalID.split(separator: ":").first.map(String.init) ?? ""
        if arn.resource == "root" {
            return ["type": "Root", "principalId": .string(arn.account), "arn": .string(role), "accountId": .string(arn.account)]
        }
        let name = role.split(separator: "/").last.map(String.init) ?? ""
        return [
            "type": caller.kind == .federatedUser ? "IAMUser" : "Role", "principalId": .string(id), "arn": .string(role),
            "accountId": .string(arn.account), "userName": .string(name),
        ]
    }
}

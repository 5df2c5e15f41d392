/// Who makes a request.
public struct RequestPrincipal: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case root
        case user
        /// A role session; `arn` is `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, `roleARN` the role's with its path.
        case assumedRole(roleARN: String)
        /// A session of GetFederationToken; `arn` is `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        case federatedUser(userARN: String)
        /// Somebody known to an identity provider only (AssumeRoleWithSAML, AssumeRoleWithWebIdentity).
        case federated(provider: String)
        /// An AWS service by all its names, such as `logs.amazonaws.com` and `logs.eu-west-1.amazonaws.com`.
        case service(names: [String])
        case anonymous
    }
    public var kind: Kind
    /// The 12-digit account; empty for services, providers and anonymous callers.
    public var account: String
    /// The ARN that denial texts name and policies match.
    public var arn: String
    /// The user's or role's unique id (`AIDA...`, `AROA...`), which stands in policies for deleted principals.
    public var uniqueID: String?
    /// The account's canonical user id (S3).
    public var canonicalID: String?

    public init(_ kind: Kind, account: String, arn: String, uniqueID: String? = nil, canonicalID: String? = nil) {
        (self.kind, self.account, self.arn) = (kind, account, arn)
        (self.uniqueID, self.canonicalID) = (uniqueID, canonicalID)
    }

    public static func root(_ account: String) -> RequestPrincipal {
        RequestPrincipal(.root, account: account, arn: "arn:aws:iam::\(account):root")
    }

    public static func user(_ account: String, _ pathAndName: String) -> RequestPrincipal {
        RequestPrincipal(.user, account: account, arn: "arn:aws:iam::\(account):user/\(pathAndName)")
    }

    /// A session of the role `pathAndName`; a session's ARN has the role's name without its path.
    public static func session(_ account: String, role pathAndName: String, name: String) -> RequestPrincipal {
        let role = pathAndName.split(separator: "/").last.map(String.init) ?? pathAndName
        return RequestPrincipal(
            .assumedRole(roleARN: "arn:aws:iam::\(account):role/\(pathAndName)"), account: account,
            arn: "arn:aws:sts::\(account):assumed-role/\(role)/\(name)")
    }

    public static func service(_ names: String...) -> RequestPrincipal {
        RequestPrincipal(.service(names: names), account: "", arn: names.first ?? "")
    }

    public static let anonymous = RequestPrincipal(.anonymous, account: "", arn: "")

    /// Whether the caller belongs to an account, and so can have identity policies.
    var hasIdentity: Bool {
        switch kind {
        case .root, .user, .assumedRole, .federatedUser: true
        case .federated, .service, .anonymous: false
        }
    }
}

/// One question to the evaluator: may this principal do this action on this resource?
public struct EvaluationRequest: Sendable {
    /// `service:Operation`, such as `s3:GetObject`.
    public var action: String
    /// The resource's ARN, or `*` for actions without a resource.
    public var resource: String
    public var principal: RequestPrincipal
    public var context: ConditionContext

    public init(action: String, resource: String, principal: RequestPrincipal, context: ConditionContext = [:]) {
        (self.action, self.resource, self.principal, self.context) = (action, resource, principal, context)
    }
}

/// A request with what every statement would compute again.
struct PreparedRequest {
    let action: [UInt8]
    let resource: [UInt8]
    let principal: RequestPrincipal
    let context: ConditionContext
    let inputs = ConditionInputs()

    init(_ request: EvaluationRequest) {
        action = request.action.utf8.map(Self.lower)
        resource = Array(request.resource.utf8)
        (principal, context) = (request.principal, request.context)
    }

    /// Action names are ASCII.
    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }
}

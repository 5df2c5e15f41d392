import Documents

/// Who makes a call: the outcome of authentication, and all that authorization and audit need to know about it.
public struct Caller: Codable, Sendable, Hashable {
    public enum Kind: String, Codable, Sendable { case root, user, assumedRole, federatedUser, service, anonymous }

    /// All of it in one place, so that handing a caller on costs one reference.
    private struct Facts: Codable, Sendable, Hashable {
        var kind: Kind
        var account: String
        var arn: String
        var principalID: String
        var accessKeyID: String?
        var roleARN: String?
        var sessionName: String?
        var sessionPolicies: [String]?
        var sessionPolicyARNs: [String]?
        var sessionTags: [String: String]?
        var transitiveTagKeys: [String]?
        var sourceIdentity: String?
        var serviceName: String?
        var sourceARN: String?
        var sourceAccount: String?
        var calledVia: [String]?
        var issuedAt: Timestamp?
        var factorShownAt: Timestamp?
        var federatedProvider: String?
        var providerKeys: [String: [String]]?
        var issuerID: String?
    }

    private final class Storage: Sendable {
        let facts: Facts
        init(_ facts: Facts) { self.facts = facts }
    }

    private var storage: Storage
    private var facts: Facts {
        get { storage.facts }
        set { storage = Storage(newValue) }
    }

    public var kind: Kind {
        get { storage.facts.kind }
        set { facts.kind = newValue }
    }
    /// Twelve digits; empty for an anonymous caller.
    public var account: String {
        get { storage.facts.account }
        set { facts.account = newValue }
    }
    /// `arn:aws:iam::ACCOUNT:root`, `...:user/NAME`, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`; empty for anonymous.
    public var arn: String {
        get { storage.facts.arn }
        set { facts.arn = newValue }
    }
    /// The unique id (`AIDA...`, `AROA...:SESSION`, the account id for root), CloudTrail's `principalId`.
    public var principalID: String {
        get { storage.facts.principalID }
        set { facts.principalID = newValue }
    }
    public var accessKeyID: String? {
        get { storage.facts.accessKeyID }
        set { facts.accessKeyID = newValue }
    }
    /// The role behind an assumed-role session.
    public var roleARN: String? {
        get { storage.facts.roleARN }
        set { facts.roleARN = newValue }
    }
    public var sessionName: String? {
        get { storage.facts.sessionName }
        set { facts.sessionName = newValue }
    }
    /// Session policies, as JSON texts: they narrow what the identity may do.
    public var sessionPolicies: [String]? {
        get { storage.facts.sessionPolicies }
        set { facts.sessionPolicies = newValue }
    }
    /// Managed policies that serve as session policies, by ARN.
    public var sessionPolicyARNs: [String]? {
        get { storage.facts.sessionPolicyARNs }
        set { facts.sessionPolicyARNs = newValue }
    }
    /// Session tags, `aws:PrincipalTag/...`; they win over the identity's own.
    public var sessionTags: [String: String]? {
        get { storage.facts.sessionTags }
        set { facts.sessionTags = newValue }
    }
    /// The session tags that go on to the next session of a role chain.
    public var transitiveTagKeys: [String]? {
        get { storage.facts.transitiveTagKeys }
        set { facts.transitiveTagKeys = newValue }
    }
    /// Who first took on the role (`aws:SourceIdentity`); it can't be changed along a chain.
    public var sourceIdentity: String? {
        get { storage.facts.sourceIdentity }
        set { facts.sourceIdentity = newValue }
    }
    /// `s3.amazonaws.com` and the like, for ``Kind/service``.
    public var serviceName: String? {
        get { storage.facts.serviceName }
        set { facts.serviceName = newValue }
    }
    /// The resource on whose behalf a service calls (`aws:SourceArn`, `aws:SourceAccount`).
    public var sourceARN: String? {
        get { storage.facts.sourceARN }
        set { facts.sourceARN = newValue }
    }
    public var sourceAccount: String? {
        get { storage.facts.sourceAccount }
        set { facts.sourceAccount = newValue }
    }
    /// The services that a request went through in this caller's name, the first one first: `aws:CalledVia`.
    public var calledVia: [String]? {
        get { storage.facts.calledVia }
        set { facts.calledVia = newValue }
    }
    /// When the session's keys were made (`aws:TokenIssueTime`).
    public var issuedAt: Timestamp? {
        get { storage.facts.issuedAt }
        set { facts.issuedAt = newValue }
    }
    /// When the session's owner showed a second factor (`aws:MultiFactorAuthPresent`, `aws:MultiFactorAuthAge`).
    public var factorShownAt: Timestamp? {
        get { storage.facts.factorShownAt }
        set { facts.factorShownAt = newValue }
    }
    /// The identity provider of a web or SAML session (`aws:FederatedProvider`).
    public var federatedProvider: String? {
        get { storage.facts.federatedProvider }
        set { facts.federatedProvider = newValue }
    }
    /// Condition keys that the identity provider's token filled, `accounts.example.com:aud`.
    public var providerKeys: [String: [String]]? {
        get { storage.facts.providerKeys }
        set { facts.providerKeys = newValue }
    }

    /// The unique id of the user who stands behind a federated user.
    public var issuerID: String? {
        get { storage.facts.issuerID }
        set { facts.issuerID = newValue }
    }

    public init(_ kind: Kind, account: String, arn: String, principalID: String, accessKeyID: String? = nil) {
        storage = Storage(
            Facts(kind: kind, account: account, arn: arn, principalID: principalID, accessKeyID: accessKeyID))
    }

    public static func root(of account: String, accessKeyID: String? = nil) -> Caller {
        Caller(
            .root, account: account, arn: "arn:aws:iam::\(account):root", principalID: account, accessKeyID: accessKeyID)
    }

    /// A service acting for a customer's resource, as S3 does when it invokes a function for a bucket's notification.
    /// - Parameters:
    ///   - name: the service principal, `s3.amazonaws.com`.
    ///   - account: the account that owns the source.
    public static func service(_ name: String, account: String, sourceARN: String? = nil) -> Caller {
        var caller = Caller(.service, account: account, arn: name, principalID: name)
        caller.serviceName = name
        caller.sourceARN = sourceARN
        caller.sourceAccount = account
        return caller
    }

    public init(from decoder: any Decoder) throws { storage = Storage(try Facts(from: decoder)) }

    public func encode(to encoder: any Encoder) throws { try facts.encode(to: encoder) }

    public static func == (one: Caller, other: Caller) -> Bool {
        one.storage === other.storage || one.storage.facts == other.storage.facts
    }

    public func hash(into hasher: inout Hasher) { facts.hash(into: &hasher) }

    public static let anonymous = Caller(.anonymous, account: "", arn: "", principalID: "ANONYMOUS")
}

/// Keys that a caller signs with.
public struct Credentials: Sendable, Hashable {
    public var accessKeyID: String
    public var secretAccessKey: String
    public var sessionToken: String?

    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        (self.accessKeyID, self.secretAccessKey, self.sessionToken) = (accessKeyID, secretAccessKey, sessionToken)
    }
}

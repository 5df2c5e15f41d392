import Documents

/// Who makes a call: the outcome of authentication, and all that authorization and audit need to know about it.
public struct Caller: Codable, Sendable, Hashable {
    public enum Kind: String, Codable, Sendable { case root, user, assumedRole, federatedUser, service, anonymous }

    public var kind: Kind
    /// Twelve digits; empty for an anonymous caller.
    public var account: String
    /// `arn:aws:iam::ACCOUNT:root`, `...:user/NAME`, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`; empty for anonymous.
    public var arn: String
    /// The unique id (`AIDA...`, `AROA...:SESSION`, the account id for root), CloudTrail's `principalId`.
    public var principalID: String
    public var accessKeyID: String?
    /// The role behind an assumed-role session.
    public var roleARN: String?
    public var sessionName: String?
    /// Session policies, as JSON texts: they narrow what the identity may do.
    public var sessionPolicies: [String]?
    /// Managed policies that serve as session policies, by ARN.
    public var sessionPolicyARNs: [String]?
    /// Session tags, `aws:PrincipalTag/...`; they win over the identity's own.
    public var sessionTags: [String: String]?
    /// The session tags that go on to the next session of a role chain.
    public var transitiveTagKeys: [String]?
    /// Who first took on the role (`aws:SourceIdentity`); it can't be changed along a chain.
    public var sourceIdentity: String?
    /// `s3.amazonaws.com` and the like, for ``Kind/service``.
    public var serviceName: String?
    /// The resource on whose behalf a service calls (`aws:SourceArn`, `aws:SourceAccount`).
    public var sourceARN: String?
    public var sourceAccount: String?
    /// The services that a request went through in this caller's name, the first one first: `aws:CalledVia`.
    public var calledVia: [String]?
    /// When the session's keys were made (`aws:TokenIssueTime`).
    public var issuedAt: Timestamp?
    /// When the session's owner showed a second factor (`aws:MultiFactorAuthPresent`, `aws:MultiFactorAuthAge`).
    public var factorShownAt: Timestamp?
    /// The identity provider of a web or SAML session (`aws:FederatedProvider`).
    public var federatedProvider: String?
    /// Condition keys that the identity provider's token filled, `accounts.example.com:aud`.
    public var providerKeys: [String: [String]]?

    public init(_ kind: Kind, account: String, arn: String, principalID: String) {
        (self.kind, self.account, self.arn, self.principalID) = (kind, account, arn, principalID)
    }

    public static func root(of account: String, accessKeyID: String? = nil) -> Caller {
        var caller = Caller(.root, account: account, arn: "arn:aws:iam::\(account):root", principalID: account)
        caller.accessKeyID = accessKeyID
        return caller
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

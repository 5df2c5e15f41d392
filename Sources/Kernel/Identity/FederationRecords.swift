import Documents
import Store

/// An OpenID Connect provider whose tokens roles may trust.
public struct OpenIDProviderRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var account: String
    /// `https` or `http`.
    public var scheme: String
    /// Host, port and path of its address; the prefix of its condition keys.
    public var issuer: String
    public var clientIDs: [String]
    public var thumbprints: [String]
    public var created: Timestamp
    public var tags: TagList

    public init(account: String, scheme: String, issuer: String, created: Timestamp) {
        (self.account, self.scheme, self.issuer, self.created) = (account, scheme, issuer, created)
        (clientIDs, thumbprints, tags) = ([], [], [:])
    }

    public var arn: String { ARN("iam", account: account, "oidc-provider/\(issuer)").description }
    public static func key(_ account: String, _ issuer: String) -> Key {
        Key(.identityFederation, .text(account), .text("oidc"), .text(issuer))
    }
    public static func all(in account: String) -> Key { Key(.identityFederation, .text(account), .text("oidc")) }
}

/// A SAML 2.0 provider.
public struct SAMLProviderRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var account: String
    public var name: String
    public var uuid: String
    /// Its metadata document, XML.
    public var metadata: String
    public var created: Timestamp
    public var validUntil: Timestamp
    public var tags: TagList

    public init(
        account: String, name: String, uuid: String, metadata: String, created: Timestamp, validUntil: Timestamp
    ) {
        (self.account, self.name, self.uuid, self.metadata) = (account, name, uuid, metadata)
        (self.created, self.validUntil, tags) = (created, validUntil, [:])
    }

    public var arn: String { ARN("iam", account: account, "saml-provider/\(name)").description }
    public static func key(_ account: String, _ name: String) -> Key {
        Key(.identityFederation, .text(account), .text("saml"), .text(name))
    }
    public static func all(in account: String) -> Key { Key(.identityFederation, .text(account), .text("saml")) }
}

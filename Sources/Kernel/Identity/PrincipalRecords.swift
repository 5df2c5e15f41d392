import Documents
import Store

/// The identities of an account as the store keeps them. IAM writes them; authentication, authorization and STS read them.
///
/// Names are kept as they were given, but two that differ in case only are the same name (IAM User Guide, "IAM and AWS STS
/// quotas", IAM name requirements), so keys are in lower case.
public struct UserRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var account: String
    public var name: String
    public var path: String
    /// `AIDA...`
    public var id: String
    public var created: Timestamp
    /// Inline policies, name to JSON.
    public var inlinePolicies: [String: String]
    /// ARNs of managed policies, in the order of attachment.
    public var attachedPolicies: [String]
    public var groups: [String]
    public var boundary: String?
    public var tags: TagList

    public init(account: String, name: String, path: String, id: String, created: Timestamp) {
        (self.account, self.name, self.path, self.id, self.created) = (account, name, path, id, created)
        (inlinePolicies, attachedPolicies, groups, tags) = ([:], [], [], [:])
    }

    public var arn: String { ARN("iam", account: account, "user\(path)\(name)").description }
    public static func key(_ account: String, _ name: String) -> Key { Key(.user, .text(account), .text(name.lowercased())) }
    public static func all(in account: String) -> Key { Key(.user, .text(account)) }
}

public struct RoleRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var account: String
    public var name: String
    public var path: String
    /// `AROA...`
    public var id: String
    public var created: Timestamp
    /// Who may assume it, as JSON.
    public var trustPolicy: String
    public var description: String?
    /// Seconds.
    public var maxSessionDuration: Int
    public var inlinePolicies: [String: String]
    public var attachedPolicies: [String]
    public var boundary: String?
    public var tags: TagList

    public init(account: String, name: String, path: String, id: String, created: Timestamp, trustPolicy: String) {
        (self.account, self.name, self.path, self.id, self.created) = (account, name, path, id, created)
        (self.trustPolicy, maxSessionDuration) = (trustPolicy, 3_600)
        (inlinePolicies, attachedPolicies, tags) = ([:], [], [:])
    }

    public var arn: String { ARN("iam", account: account, "role\(path)\(name)").description }
    public static func key(_ account: String, _ name: String) -> Key { Key(.role, .text(account), .text(name.lowercased())) }
    public static func all(in account: String) -> Key { Key(.role, .text(account)) }
}

public struct GroupRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var account: String
    public var name: String
    public var path: String
    /// `AGPA...`
    public var id: String
    public var created: Timestamp
    public var inlinePolicies: [String: String]
    public var attachedPolicies: [String]

    public init(account: String, name: String, path: String, id: String, created: Timestamp) {
        (self.account, self.name, self.path, self.id, self.created) = (account, name, path, id, created)
        (inlinePolicies, attachedPolicies) = ([:], [])
    }

    public var arn: String { ARN("iam", account: account, "group\(path)\(name)").description }
    public static func key(_ account: String, _ name: String) -> Key { Key(.group, .text(account), .text(name.lowercased())) }
    public static func all(in account: String) -> Key { Key(.group, .text(account)) }
}

/// A customer managed policy with its versions.
public struct ManagedPolicyRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public struct Version: Codable, Sendable, Hashable {
        /// `v1`, `v2` ...
        public var id: String
        public var json: String
        public var created: Timestamp
        public init(id: String, json: String, created: Timestamp) { (self.id, self.json, self.created) = (id, json, created) }
    }
    public var account: String
    public var name: String
    public var path: String
    /// `ANPA...`
    public var id: String
    public var created: Timestamp
    public var updated: Timestamp
    public var description: String?
    public var versions: [Version]
    public var defaultVersion: String
    /// The number of the next version; numbers are not used twice.
    public var nextVersion: Int
    public var tags: TagList

    public init(account: String, name: String, path: String, id: String, created: Timestamp, json: String) {
        (self.account, self.name, self.path, self.id) = (account, name, path, id)
        (self.created, updated, defaultVersion, nextVersion, tags) = (created, created, "v1", 2, [:])
        versions = [Version(id: "v1", json: json, created: created)]
    }

    public var arn: String { ARN("iam", account: account, "policy\(path)\(name)").description }
    public var defaultJSON: String? { versions.first { $0.id == defaultVersion }?.json }
    public static func key(_ account: String, _ name: String) -> Key {
        Key(.managedPolicy, .text(account), .text(name.lowercased()))
    }
    public static func all(in account: String) -> Key { Key(.managedPolicy, .text(account)) }
}

/// A user's long-term access key.
public struct AccessKeyRecord: Stored, Hashable {
    /// 1 kept the secret open.
    public static let tag: UInt8 = 2
    /// `AKIA...`
    public var id: String
    /// The secret as ``IdentityProvider/sealedSecret(_:of:)`` makes it.
    public var sealed: [UInt8]?
    /// The secret of a key that was made when secrets were kept open.
    var secret: String?
    public var account: String
    public var user: String
    public var isActive: Bool
    public var created: Timestamp

    public init(id: String, sealed: [UInt8], account: String, user: String, created: Timestamp) {
        (self.id, self.sealed, self.account, self.user, self.created) = (id, sealed, account, user, created)
        isActive = true
    }

    public static func key(_ id: String) -> Key { Key(.accessKey, .text(id)) }
    /// The ids of a user's keys.
    public static func ofUser(_ account: String, _ user: String) -> Key {
        Key(.accessKeyByUser, .text(account), .text(user.lowercased()))
    }
}

import Documents
import Store

/// An organization as the store keeps it. The Organizations service writes these records; authorization reads them.
public struct OrganizationRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    /// What the organization's management account keeps for all of it: who may read it beside that account.
    public struct ResourcePolicy: Codable, Sendable, Hashable {
        /// `rp-...`
        public var id: String
        public var json: String
        public var tags: TagList
        public init(id: String, json: String) { (self.id, self.json, tags) = (id, json, [:]) }
    }
    /// `o-...`
    public var id: String
    public var managementAccount: String
    public var managementEmail: String
    /// `r-...`
    public var root: String
    public var rootTags: TagList
    /// All features, or consolidated billing only.
    public var hasAllFeatures: Bool
    /// The policy types that are enabled in the root, in the order of enabling.
    public var policyTypes: [String]
    /// Trusted access: service principals and when they got it.
    public var services: [String: Timestamp]
    public var resourcePolicy: ResourcePolicy?
    /// What of root access to member accounts is central: `RootCredentialsManagement`, `RootSessions`.
    public var rootAccess: [String]?
    public var created: Timestamp

    public init(
        id: String, managementAccount: String, managementEmail: String, root: String, hasAllFeatures: Bool, created: Timestamp
    ) {
        (self.id, self.managementAccount, self.managementEmail) = (id, managementAccount, managementEmail)
        (self.root, self.hasAllFeatures, self.created) = (root, hasAllFeatures, created)
        (rootTags, policyTypes, services) = ([:], [], [:])
    }

    public static let all = Key(.organization)
    public static func key(_ id: String) -> Key { Key(.organization, .text(id)) }
}

/// An account's place in an organization, the management account's too.
public struct OrganizationMemberRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public enum Status: String, Codable, Sendable { case active = "ACTIVE", suspended = "SUSPENDED" }
    public enum Method: String, Codable, Sendable { case invited = "INVITED", created = "CREATED" }
    public var account: String
    public var organization: String
    /// The root's or an organizational unit's id.
    public var parent: String
    public var name: String
    public var email: String
    public var status: Status
    public var method: Method
    public var joined: Timestamp
    public var tags: TagList
    /// The services that this account administers for the organization, and since when.
    public var delegations: [String: Timestamp]

    public init(
        account: String, organization: String, parent: String, name: String, email: String, method: Method, joined: Timestamp
    ) {
        (self.account, self.organization, self.parent) = (account, organization, parent)
        (self.name, self.email, self.method, self.joined) = (name, email, method, joined)
        (status, tags, delegations) = (.active, [:], [:])
    }

    public static func key(_ account: String) -> Key { Key(.organizationMember, .text(account)) }
}

/// An organizational unit.
public struct OrganizationUnitRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    /// `ou-ROOT-...`
    public var id: String
    public var organization: String
    public var parent: String
    public var name: String
    public var tags: TagList

    public init(id: String, organization: String, parent: String, name: String, tags: TagList) {
        (self.id, self.organization, self.parent) = (id, organization, parent)
        (self.name, self.tags) = (name, tags)
    }

    public static func key(_ organization: String, _ id: String) -> Key {
        Key(.organizationUnit, .text(organization), .text(id))
    }
}

/// A policy that the customer wrote.
public struct OrganizationPolicyRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    /// `p-...`
    public var id: String
    public var organization: String
    /// `SERVICE_CONTROL_POLICY` and so on.
    public var type: String
    public var name: String
    public var description: String
    public var content: String
    public var tags: TagList

    public init(
        id: String, organization: String, type: String, name: String, description: String, content: String,
        tags: TagList
    ) {
        (self.id, self.organization, self.type, self.name) = (id, organization, type, name)
        (self.description, self.content, self.tags) = (description, content, tags)
    }

    public static func key(_ organization: String, _ id: String) -> Key {
        Key(.organizationPolicy, .text(organization), .text(id))
    }
    public static func all(in organization: String) -> Key { Key(.organizationPolicy, .text(organization)) }
}

/// The policies attached to a root, unit or account: ids by policy type, in the order of attachment.
public struct OrganizationAttachments: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var byType: [String: [String]]
    public init() { byType = [:] }

    public static func key(_ organization: String, _ target: String) -> Key {
        Key(.organizationAttachment, .text(organization), "target", .text(target))
    }
    /// The targets of one policy: rows without a value.
    public static func targets(of policy: String, in organization: String) -> Key {
        Key(.organizationAttachment, .text(organization), "policy", .text(policy))
    }
}

/// The policies that AWS gives every organization; they can't be changed.
public enum OrganizationDefaultPolicy: String, Sendable, CaseIterable {
    case serviceControl = "p-FullAWSAccess"
    case resourceControl = "p-RCPFullAWSAccess"

    public var type: String { self == .serviceControl ? "SERVICE_CONTROL_POLICY" : "RESOURCE_CONTROL_POLICY" }
    public var name: String { self == .serviceControl ? "FullAWSAccess" : "RCPFullAWSAccess" }
    public var description: String {
        self == .serviceControl ? "Allows access to every operation" : "Allows access to all resources"
    }
    public var json: String {
        switch self {
        case .serviceControl: #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
        case .resourceControl:
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#
        }
    }
    public static func of(type: String) -> OrganizationDefaultPolicy? { allCases.first { $0.type == type } }
}

/// An account's organization and its place there, as IAM and STS ask for it.
public struct OrganizationSeat: Sendable {
    /// The principal of IAM's trusted access and delegated administration.
    public static let identityPrincipal = "iam.amazonaws.com"
    public var organization: OrganizationRecord
    public var member: OrganizationMemberRecord

    public var isManagement: Bool { member.account == organization.managementAccount }
    public var isDelegated: Bool { member.delegations[Self.identityPrincipal] != nil }
    public var hasTrustedAccess: Bool { organization.services[Self.identityPrincipal] != nil }
}

extension Snapshot {
    /// Nil for an account without an organization.
    public func organizationSeat(of account: String) throws -> OrganizationSeat? {
        guard let member = try record(OrganizationMemberRecord.self, OrganizationMemberRecord.key(account)) else { return nil }
        guard let organization = try record(OrganizationRecord.self, OrganizationRecord.key(member.organization)) else {
            throw StoreError.corrupt("account \(account): its organization is missing")
        }
        return OrganizationSeat(organization: organization, member: member)
    }
}

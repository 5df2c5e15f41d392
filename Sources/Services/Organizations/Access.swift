import Documents
import Kernel
import Store

/// Who may call an operation, beside what policies allow.
enum Authority: Sendable {
    /// Every account of the organization.
    case member
    /// The management account, and delegated administrators.
    case reader
    /// The management account alone.
    case manager
}

/// The organization of a call's account.
struct Membership: Sendable {
    var organization: OrganizationRecord
    var member: OrganizationMemberRecord

    var id: String { organization.id }
    var isManagement: Bool { member.account == organization.managementAccount }

    /// Whether it takes the organization's resource policy to let this account in. The action map then asks for the
    /// resource itself, so that authorization has decided before a handler runs.
    func needsResourcePolicy(for authority: Authority) -> Bool {
        switch authority {
        case .member: false
        case .reader: !isManagement && member.delegations.isEmpty
        case .manager: !isManagement
        }
    }

    func arn(_ resource: String) -> String { organization.arn(resource) }
}

extension OrganizationRecord {
    /// `arn:aws:organizations::MANAGEMENT:KIND/o-...[/...]`; `resource` is what stands before and behind the id.
    func arn(_ resource: String) -> String {
        let parts = resource.split(separator: "/", maxSplits: 1)
        let rest = parts.count > 1 ? "/\(parts[1])" : ""
        return ARN("organizations", account: managementAccount, "\(parts[0])/\(id)\(rest)").description
    }
}

extension Snapshot {
    /// - Throws: `AWSOrganizationsNotInUseException`.
    func membership(of account: String) throws -> Membership {
        guard let member = try record(OrganizationMemberRecord.self, OrganizationMemberRecord.key(account)) else {
            throw OrganizationsFault.plain(.notInUse)
        }
        guard let organization = try record(OrganizationRecord.self, OrganizationRecord.key(member.organization)) else {
            throw StoreError.corrupt("account \(account): its organization is missing")
        }
        return Membership(organization: organization, member: member)
    }

    func membership(_ context: Context, _ authority: Authority) throws -> Membership {
        let membership = try membership(of: context.account)
        if membership.needsResourcePolicy(for: authority) {
            guard OrganizationsActions.delegable.contains(context.operation), membership.organization.resourcePolicy != nil
            else { throw OrganizationsFault.plain(.accessDenied) }
        }
        return membership
    }
}

extension Context {
    /// Reads for whoever `authority` lets in.
    func reading<Result: Sendable>(
        _ authority: Authority = .reader, _ body: @Sendable (Snapshot, Membership) throws -> Result
    ) async throws -> Result {
        try await store.read { try body($0, try $0.membership(self, authority)) }
    }

    /// Changes the organization; authorization forgets what it remembered before the caller is answered.
    func changing<Result: Sendable>(
        _ authority: Authority = .manager, _ body: @escaping @Sendable (Transaction, Membership) throws -> Result
    ) async throws -> Result {
        try await store.write { transaction in
            let result = try body(transaction, try transaction.membership(self, authority))
            transaction.announce(on: platform)
            return result
        }
    }
}

extension Transaction {
    /// Tells authorization, after the commit, that organizations are not as they were.
    func announce(on platform: Platform) {
        afterCommit { platform.identity.organizationsChanged() }
    }

    func save(_ organization: OrganizationRecord) throws {
        try put(OrganizationRecord.key(organization.id), organization)
    }
    func save(_ member: OrganizationMemberRecord) throws {
        try put(OrganizationMemberRecord.key(member.account), member)
    }
    func save(_ unit: OrganizationUnitRecord) throws {
        try put(OrganizationUnitRecord.key(unit.organization, unit.id), unit)
    }
    func save(_ policy: OrganizationPolicyRecord) throws {
        try put(OrganizationPolicyRecord.key(policy.organization, policy.id), policy)
    }
}

/// Ids in the API's forms: lower-case letters and digits behind a prefix.
enum NewID {
    private static func code(_ count: Int) -> String { Identifier.code(count).lowercased() }
    static func organization() -> String { "o-" + code(10) }
    static func root() -> String { "r-" + code(4) }
    static func unit(in root: String) -> String { "ou-\(root.dropFirst(2))-" + code(8) }
    static func policy() -> String { "p-" + code(8) }
    static func handshake() -> String { "h-" + code(32) }
    static func request() -> String { "car-" + code(32) }
    static func resourcePolicy() -> String { "rp-" + code(8) }
    /// Twelve digits; the first is not 0, as AWS's never look but for Tarn's own first account.
    static func account() -> String {
        var digits = String(Int.random(in: 1...9))
        for _ in 1..<12 { digits += String(Int.random(in: 0...9)) }
        return digits
    }
}

import Documents
import Store

/// The identity provider over the records of this data directory.
public struct StoredIdentities: IdentityProvider {
    /// The account of the access key `test`.
    public static let defaultAccount = "000000000000"
    /// The secret of every account's root key. Listening beyond loopback with it is refused at start.
    public static let defaultRootSecret = "test"

    private let store: any KeyValueStore
    private let clock: PlatformClock
    public let tokens: SessionTokens
    private let rootSecret: String

    public init(store: any KeyValueStore, clock: PlatformClock, tokens: SessionTokens, rootSecret: String = defaultRootSecret) {
        (self.store, self.clock, self.tokens, self.rootSecret) = (store, clock, tokens, rootSecret)
    }

    public func credential(_ accessKeyID: String, sessionToken: String?) async throws -> KnownCredential {
        if let sessionToken { return try tokens.open(sessionToken, accessKeyID: accessKeyID, now: clock.now()) }
        if let account = Self.rootAccount(of: accessKeyID) {
            return KnownCredential(secretAccessKey: rootSecret, caller: .root(of: account, accessKeyID: accessKeyID))
        }
        let found = try await store.read { snapshot -> (AccessKeyRecord, UserRecord)? in
            guard let key = try snapshot.record(AccessKeyRecord.self, AccessKeyRecord.key(accessKeyID)),
                let user = try snapshot.record(UserRecord.self, UserRecord.key(key.account, key.user))
            else { return nil }
            return (key, user)
        }
        guard let (key, user) = found else { throw AuthenticationFailure.unknownKey }
        guard key.isActive else { throw AuthenticationFailure.inactiveKey }
        var caller = Caller(.user, account: user.account, arn: user.arn, principalID: user.id)
        caller.accessKeyID = accessKeyID
        return KnownCredential(secretAccessKey: key.secret, caller: caller)
    }

    /// `test` is the default account's root; twelve digits are that account's.
    static func rootAccount(of accessKeyID: String) -> String? {
        if accessKeyID == "test" { return defaultAccount }
        let digits = accessKeyID.utf8.allSatisfy { (48...57).contains($0) }
        return accessKeyID.utf8.count == 12 && digits ? accessKeyID : nil
    }

    public func credentials(actingAs caller: Caller, for duration: Duration) async throws -> Credentials {
        try tokens.issue(for: caller, expires: clock.now() + duration)
    }

    public func policies(of caller: Caller) async throws -> IdentityPolicies {
        try await store.read { snapshot in
            switch caller.kind {
            case .user:
                guard let name = caller.arn.split(separator: "/").last,
                    let user = try snapshot.record(UserRecord.self, UserRecord.key(caller.account, String(name)))
                else { return IdentityPolicies() }
                return try Self.policies(of: user, in: snapshot)
            case .assumedRole:
                guard let name = caller.roleARN?.split(separator: "/").last,
                    let role = try snapshot.record(RoleRecord.self, RoleRecord.key(caller.account, String(name)))
                else { return IdentityPolicies() }
                let attached = try Self.named(role.inlinePolicies, role.attachedPolicies, in: snapshot)
                return IdentityPolicies(attached: attached, boundary: try Self.boundary(role.boundary, in: snapshot))
            case .root, .federatedUser, .service, .anonymous:
                return IdentityPolicies()
            }
        }
    }

    private static func policies(of user: UserRecord, in snapshot: Snapshot) throws -> IdentityPolicies {
        var attached = try named(user.inlinePolicies, user.attachedPolicies, in: snapshot)
        for name in user.groups {
            guard let group = try snapshot.record(GroupRecord.self, GroupRecord.key(user.account, name)) else { continue }
            attached += try named(group.inlinePolicies, group.attachedPolicies, in: snapshot)
        }
        return IdentityPolicies(attached: attached, boundary: try boundary(user.boundary, in: snapshot))
    }

    private static func named(
        _ inline: [String: String], _ attached: [String], in snapshot: Snapshot
    ) throws -> [IdentityPolicies.Named] {
        let own = inline.sorted { $0.key < $1.key }.map { IdentityPolicies.Named(name: $0.key, json: $0.value) }
        return own + (try attached.compactMap { try boundary($0, in: snapshot) })
    }

    /// The managed policy of an ARN; nil if it has been deleted since.
    private static func boundary(_ arn: String?, in snapshot: Snapshot) throws -> IdentityPolicies.Named? {
        guard let arn, let json = try managedPolicy(arn, in: snapshot) else { return nil }
        return IdentityPolicies.Named(name: arn, json: json)
    }

    /// The default version's JSON of a managed policy, the customer's or AWS's.
    public static func managedPolicy(_ arn: String, in snapshot: Snapshot) throws -> String? {
        guard let parsed = ARN(arn), let name = parsed.resource.split(separator: "/").last else { return nil }
        if parsed.account == "aws" { return AWSManagedPolicies.json(arn) }
        return try snapshot.record(ManagedPolicyRecord.self, ManagedPolicyRecord.key(parsed.account, String(name)))?.defaultJSON
    }
}

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
    let organizations: OrganizationDirectory
    private let records = RecordCache()
    private let cache = IdentityCache()

    public init(store: any KeyValueStore, clock: PlatformClock, tokens: SessionTokens, rootSecret: String = defaultRootSecret) {
        (self.store, self.clock, self.tokens, self.rootSecret) = (store, clock, tokens, rootSecret)
        organizations = OrganizationDirectory(store: store)
    }

    public func credential(_ accessKeyID: String, sessionToken: String?) async throws -> KnownCredential {
        if let sessionToken { return try tokens.open(sessionToken, accessKeyID: accessKeyID, now: clock.now()) }
        if let account = Self.rootAccount(of: accessKeyID) {
            return KnownCredential(secretAccessKey: rootSecret, caller: .root(of: account, accessKeyID: accessKeyID))
        }
        return try await cache.credential(accessKeyID) { try await stored(accessKeyID) }
    }

    private func stored(_ accessKeyID: String) async throws -> KnownCredential {
        let found = try await store.read { snapshot -> (AccessKeyRecord, UserRecord)? in
            guard let key = try records.record(AccessKeyRecord.self, AccessKeyRecord.key(accessKeyID), in: snapshot),
                let user = try records.record(UserRecord.self, UserRecord.key(key.account, key.user), in: snapshot)
            else { return nil }
            return (key, user)
        }
        guard let (key, user) = found else { throw AuthenticationFailure.unknownKey }
        guard key.isActive else { throw AuthenticationFailure.inactiveKey }
        guard let secret = key.sealed.map({ tokens.secret($0, of: key.id) }) ?? key.secret else {
            throw StoreError.corrupt("the secret of access key \(accessKeyID)")
        }
        var caller = Caller(.user, account: user.account, arn: user.arn, principalID: user.id)
        caller.accessKeyID = accessKeyID
        return KnownCredential(secretAccessKey: secret, caller: caller)
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

    public func identitiesChanged() { cache.changed() }

    public func sealedSecret(_ secret: String, of accessKeyID: String) throws -> [UInt8] {
        try tokens.seal(secret: secret, of: accessKeyID)
    }

    public func seal(_ bytes: [UInt8]) throws -> String { try tokens.seal(bytes) }
    public func unseal(_ text: String) -> [UInt8]? { tokens.unseal(text) }

    public func policies(of caller: Caller) async throws -> IdentityPolicies {
        var policies = try await cache.policies(IdentityCache.Holder(caller)) {
            try await store.read { snapshot in
                var policies = try own(caller, in: snapshot)
                policies.session = try (caller.sessionPolicyARNs ?? []).map { try limit($0, in: snapshot) }
                return policies
            }
        }
        if let tags = caller.sessionTags { policies.tags.merge(tags) { $1 } }
        return policies
    }

    /// The policies of the user or role behind a caller. A name that belongs to another identity by now (deleted and made
    /// anew) gives nothing.
    private func own(_ caller: Caller, in snapshot: Snapshot) throws -> IdentityPolicies {
        switch caller.kind {
        case .user:
            guard let user = try user(caller.arn, caller.account, in: snapshot), user.id == caller.principalID else { break }
            return try policies(of: user, in: snapshot)
        case .federatedUser:
            // The issuer's policies, which the session's narrow.
            guard let issuer = caller.roleARN else { break }
            if issuer == ARN("iam", account: caller.account, "root").description {
                return IdentityPolicies(attached: [IdentityPolicies.Named(name: issuer, json: Self.everything)])
            }
            guard let user = try user(issuer, caller.account, in: snapshot) else { break }
            return try policies(of: user, in: snapshot)
        case .assumedRole:
            guard let name = caller.roleARN?.split(separator: "/").last,
                let role = try records.record(RoleRecord.self, RoleRecord.key(caller.account, String(name)), in: snapshot),
                caller.principalID.hasPrefix(role.id + ":")
            else { break }
            return IdentityPolicies(
                attached: try named(role.inlinePolicies, role.attachedPolicies, in: snapshot),
                boundary: try role.boundary.map { try limit($0, in: snapshot) }, tags: role.tags.byKey)
        case .root, .service, .anonymous: break
        }
        return IdentityPolicies()
    }

    private func user(_ arn: String, _ account: String, in snapshot: Snapshot) throws -> UserRecord? {
        guard let name = arn.split(separator: "/").last else { return nil }
        return try records.record(UserRecord.self, UserRecord.key(account, String(name)), in: snapshot)
    }

    private func policies(of user: UserRecord, in snapshot: Snapshot) throws -> IdentityPolicies {
        var attached = try named(user.inlinePolicies, user.attachedPolicies, in: snapshot)
        for name in user.groups {
            guard let group = try records.record(GroupRecord.self, GroupRecord.key(user.account, name), in: snapshot) else {
                continue
            }
            attached += try named(group.inlinePolicies, group.attachedPolicies, in: snapshot)
        }
        return IdentityPolicies(
            attached: attached, boundary: try user.boundary.map { try limit($0, in: snapshot) }, tags: user.tags.byKey)
    }

    private func named(
        _ inline: [String: String], _ attached: [String], in snapshot: Snapshot
    ) throws -> [IdentityPolicies.Named] {
        let own = inline.sorted { $0.key < $1.key }.map { IdentityPolicies.Named(name: $0.key, json: $0.value) }
        return try own
            + attached.compactMap { arn in
                try Self.managedPolicy(arn, in: snapshot, records).map { IdentityPolicies.Named(name: arn, json: $0) }
            }
    }

    /// A boundary or session policy. One that no longer exists allows nothing: its absence must not widen anything.
    private func limit(_ arn: String, in snapshot: Snapshot) throws -> IdentityPolicies.Named {
        IdentityPolicies.Named(name: arn, json: try Self.managedPolicy(arn, in: snapshot, records) ?? Self.nothing)
    }

    private static let everything = #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#
    private static let nothing = #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"*","Resource":"*"}}"#

    /// The default version's JSON of a managed policy, the customer's or AWS's.
    public static func managedPolicy(_ arn: String, in snapshot: Snapshot) throws -> String? {
        try managedPolicy(arn, in: snapshot, nil)
    }

    private static func managedPolicy(_ arn: String, in snapshot: Snapshot, _ records: RecordCache?) throws -> String? {
        guard let parsed = ARN(arn), let name = parsed.resource.split(separator: "/").last else { return nil }
        if parsed.account == "aws" { return AWSManagedPolicies.json(arn) }
        let key = ManagedPolicyRecord.key(parsed.account, String(name))
        let record =
            try records.map { try $0.record(ManagedPolicyRecord.self, key, in: snapshot) }
            ?? snapshot.record(ManagedPolicyRecord.self, key)
        return record?.arn == arn ? record?.defaultJSON : nil
    }
}

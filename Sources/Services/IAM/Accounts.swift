import Documents
import Kernel
import Policy
import Store

/// An account's counts, which quotas and GetAccountSummary read, and its alias.
struct AccountRecord: Stored {
    static let tag: UInt8 = 1
    var users = 0
    var groups = 0
    var roles = 0
    var policies = 0
    var alias: String?
    var tokenVersion: Int?

    static func key(_ account: String) -> Key { Key(.identityAccount, .text(account)) }
}

extension Transaction {
    /// One more (or less) of something that an account has a quota of.
    func count(
        _ counter: WritableKeyPath<AccountRecord, Int> & Sendable, _ change: Int, in account: String, quota: String = "",
        limit: Int = .max
    ) throws {
        var record = try record(AccountRecord.self, AccountRecord.key(account)) ?? AccountRecord()
        record[keyPath: counter] += change
        guard record[keyPath: counter] <= limit else { throw IAMFault.quota(name: quota, limit: limit) }
        try put(AccountRecord.key(account), record)
    }
}

/// Account alias and summary.
enum Accounts {
    struct Alias: Codable, Sendable { var AccountAlias: String }
    struct Aliases: Codable, Sendable {
        var AccountAliases: [String]
        var IsTruncated: Bool
    }
    struct Summary: Codable, Sendable { var SummaryMap: [String: Int] }

    /// Aliases are unique over all accounts: this row says whose it is.
    private static func aliasKey(_ alias: String) -> Key { Key(.identityAccount, .text("alias"), .text(alias)) }

    static func register(in operations: inout Operations) {
        operations.on("CreateAccountAlias") { (input: Alias, context) in
            try await context.store.write { txn in
                var record = try txn.record(AccountRecord.self, AccountRecord.key(context.account)) ?? AccountRecord()
                let taken = try txn.value(aliasKey(input.AccountAlias))
                if let taken, taken != Array(context.account.utf8) { throw IAMFault.aliasTaken(input.AccountAlias) }
                if let old = record.alias { try txn.delete(aliasKey(old)) }
                record.alias = input.AccountAlias
                try txn.put(aliasKey(input.AccountAlias), Array(context.account.utf8))
                try txn.put(AccountRecord.key(context.account), record)
                return Nothing()
            }
        }
        operations.on("DeleteAccountAlias") { (input: Alias, context) in
            try await context.store.write { txn in
                guard var record = try txn.record(AccountRecord.self, AccountRecord.key(context.account)),
                    record.alias == input.AccountAlias
                else { throw IAMFault.aliasNotFound(input.AccountAlias) }
                record.alias = nil
                try txn.delete(aliasKey(input.AccountAlias))
                try txn.put(AccountRecord.key(context.account), record)
                return Nothing()
            }
        }
        operations.on("ListAccountAliases") { (_: PageInput, context) in
            let record = try await context.store.read { try $0.record(AccountRecord.self, AccountRecord.key(context.account)) }
            return Aliases(AccountAliases: record?.alias.map { [$0] } ?? [], IsTruncated: false)
        }
        operations.on("GetAccountSummary") { (_: Nothing, context) in
            Summary(SummaryMap: try await context.store.read { try summary(context.account, $0) })
        }
    }

    private static func summary(_ account: String, _ snapshot: Snapshot) throws -> [String: Int] {
        let record = try snapshot.record(AccountRecord.self, AccountRecord.key(account)) ?? AccountRecord()
        let devices = try snapshot.all(MFADeviceRecord.self, MFADeviceRecord.all(in: account))
        let providers =
            try snapshot.all(OpenIDProviderRecord.self, OpenIDProviderRecord.all(in: account)).count
            + snapshot.all(SAMLProviderRecord.self, SAMLProviderRecord.all(in: account)).count
        let policies = try snapshot.all(ManagedPolicyRecord.self, ManagedPolicyRecord.all(in: account))
        return [
            "Users": record.users, "UsersQuota": Limit.users, "Groups": record.groups, "GroupsQuota": Limit.groups,
            "Roles": record.roles, "RolesQuota": Limit.roles, "Policies": record.policies, "PoliciesQuota": Limit.policies,
            "InstanceProfiles": try snapshot.all(InstanceProfileRecord.self, InstanceProfileRecord.all(in: account)).count,
            "InstanceProfilesQuota": Limit.instanceProfiles,
            "ServerCertificates": try snapshot.all(ServerCertificateRecord.self, ServerCertificateRecord.all(in: account)).count,
            "ServerCertificatesQuota": Limit.serverCertificates, "MFADevices": devices.count,
            "MFADevicesInUse": devices.filter { $0.user != nil }.count, "Providers": providers,
            "PolicyVersionsInUse": policies.reduce(0) { $0 + $1.versions.count }, "PolicyVersionsInUseQuota": 10_000,
            "AccessKeysPerUserQuota": Limit.accessKeysPerUser, "GroupsPerUserQuota": Limit.groupsPerUser,
            "AttachedPoliciesPerUserQuota": Limit.attachedPolicies, "AttachedPoliciesPerRoleQuota": Limit.attachedPolicies,
            "AttachedPoliciesPerGroupQuota": Limit.attachedPolicies, "VersionsPerPolicyQuota": Limit.policyVersions,
            "SigningCertificatesPerUserQuota": Limit.signingCertificates,
            "UserPolicySizeQuota": PolicyLimit.userInlineMax, "GroupPolicySizeQuota": PolicyLimit.groupInlineMax,
            "RolePolicySizeQuota": PolicyLimit.roleInlineMax, "PolicySizeQuota": PolicyLimit.managedPolicyMax,
            "AssumeRolePolicySizeQuota": PolicyLimit.trustPolicyMax, "GlobalEndpointTokenVersion": record.tokenVersion ?? 1,
            "AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1, "AccountSigningCertificatesPresent": 0,
            "AccountPasswordPresent": 0,
        ]
    }
}

import Kernel
import Store

/// Name and mail address of an account, which it keeps when it leaves an organization. Accounts that no organization
/// made have none: every twelve digits are an account.
struct AccountProfile: Stored {
    static let tag: UInt8 = 1
    var account: String
    var name: String
    var email: String

    static func key(_ account: String) -> Key { Key(.organizationAccountProfile, "account", .text(account)) }
    /// The account that an address belongs to; addresses differ by more than case.
    static func byEmail(_ email: String) -> Key { Key(.organizationAccountProfile, "email", .text(email.lowercased())) }

    /// What an account without a profile is shown with.
    static func plain(_ account: String) -> AccountProfile {
        AccountProfile(account: account, name: account, email: "\(account)@\(domain)")
    }
    private static let domain = "account.internal"

    /// The account whose plain address this is.
    static func account(ofPlain email: String) -> String? {
        let parts = email.lowercased().split(separator: "@")
        guard parts.count == 2, parts[1] == domain, isAccount(String(parts[0])) else { return nil }
        return String(parts[0])
    }
    static func isAccount(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (48...57).contains($0) }
    }
}

extension Snapshot {
    func profile(of account: String) throws -> AccountProfile {
        try record(AccountProfile.self, AccountProfile.key(account)) ?? .plain(account)
    }

    /// The account of a mail address.
    func account(ofEmail email: String) throws -> String? {
        if let bytes = try value(AccountProfile.byEmail(email)) { return String(decoding: bytes, as: UTF8.self) }
        return AccountProfile.account(ofPlain: email)
    }
}

extension Transaction {
    func save(_ profile: AccountProfile) throws {
        try put(AccountProfile.key(profile.account), profile)
        try put(AccountProfile.byEmail(profile.email), Array(profile.account.utf8))
    }

    func delete(_ profile: AccountProfile) throws {
        try delete(AccountProfile.key(profile.account))
        try delete(AccountProfile.byEmail(profile.email))
    }
}

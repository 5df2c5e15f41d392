import Documents
import Kernel
import Store

/// An account's rules for its users' passwords.
struct PasswordPolicyRecord: Stored, Hashable {
    static let tag: UInt8 = 1
    var minimumLength = 6
    var symbols = false
    var numbers = false
    var upperCase = false
    var lowerCase = false
    var usersMayChange = false
    /// Days.
    var maxAge: Int?
    var reusePrevention: Int?
    var hardExpiry: Bool?

    static func key(_ account: String) -> Key { Key(.identityAccount, .text("password-policy"), .text(account)) }

    /// What holds in an account that has no policy of its own (IAM User Guide, "Set an account password policy").
    static let standard = PasswordPolicyRecord(minimumLength: 8)

    /// The standard asks for three of the four kinds of characters.
    func allows(_ password: String, isStandard: Bool) -> Bool {
        guard password.unicodeScalars.count >= minimumLength, password.unicodeScalars.count <= 128 else { return false }
        let special = Set("!@#$%^&*()_+-=[]{}|'".unicodeScalars)
        let kinds = [
            password.unicodeScalars.contains { ("A"..."Z").contains($0) },
            password.unicodeScalars.contains { ("a"..."z").contains($0) },
            password.unicodeScalars.contains { ("0"..."9").contains($0) },
            password.unicodeScalars.contains(where: special.contains),
        ]
        if isStandard { return kinds.filter(\.self).count >= 3 }
        return zip([upperCase, lowerCase, numbers, symbols], kinds).allSatisfy { !$0 || $1 }
    }
}

/// UpdateAccountPasswordPolicy, GetAccountPasswordPolicy, DeleteAccountPasswordPolicy.
enum PasswordPolicies {
    struct Input: Codable, Sendable {
        var MinimumPasswordLength: Int?
        var RequireSymbols: Bool?
        var RequireNumbers: Bool?
        var RequireUppercaseCharacters: Bool?
        var RequireLowercaseCharacters: Bool?
        var AllowUsersToChangePassword: Bool?
        var MaxPasswordAge: Int?
        var PasswordReusePrevention: Int?
        var HardExpiry: Bool?
    }
    struct Shape: Codable, Sendable {
        var MinimumPasswordLength: Int
        var RequireSymbols: Bool
        var RequireNumbers: Bool
        var RequireUppercaseCharacters: Bool
        var RequireLowercaseCharacters: Bool
        var AllowUsersToChangePassword: Bool
        var ExpirePasswords: Bool
        var MaxPasswordAge: Int?
        var PasswordReusePrevention: Int?
        var HardExpiry: Bool?
    }
    struct Output: Codable, Sendable { var PasswordPolicy: Shape }

    static func register(in operations: inout Operations) {
        // What is not given goes back to its default.
        operations.on("UpdateAccountPasswordPolicy") { (input: Input, context) in
            let policy = PasswordPolicyRecord(
                minimumLength: input.MinimumPasswordLength ?? 6, symbols: input.RequireSymbols ?? false,
                numbers: input.RequireNumbers ?? false, upperCase: input.RequireUppercaseCharacters ?? false,
                lowerCase: input.RequireLowercaseCharacters ?? false, usersMayChange: input.AllowUsersToChangePassword ?? false,
                maxAge: input.MaxPasswordAge, reusePrevention: input.PasswordReusePrevention, hardExpiry: input.HardExpiry)
            try await context.store.write { try $0.put(PasswordPolicyRecord.key(context.account), policy) }
            return Nothing()
        }
        operations.on("GetAccountPasswordPolicy") { (_: Nothing, context) in
            let policy = try await context.store.read { try find(context.account, $0) }
            return Output(
                PasswordPolicy: Shape(
                    MinimumPasswordLength: policy.minimumLength, RequireSymbols: policy.symbols, RequireNumbers: policy.numbers,
                    RequireUppercaseCharacters: policy.upperCase, RequireLowercaseCharacters: policy.lowerCase,
                    AllowUsersToChangePassword: policy.usersMayChange, ExpirePasswords: policy.maxAge != nil,
                    MaxPasswordAge: policy.maxAge, PasswordReusePrevention: policy.reusePrevention,
                    HardExpiry: policy.hardExpiry))
        }
        operations.on("DeleteAccountPasswordPolicy") { (_: Nothing, context) in
            try await context.store.write { txn in
                guard try txn.contains(PasswordPolicyRecord.key(context.account)) else {
                    throw IAMFault.entityNotFound("The account policy with name PasswordPolicy cannot be found.")
                }
                try txn.delete(PasswordPolicyRecord.key(context.account))
                return Nothing()
            }
        }
    }

    static func letsUsersChange(_ context: Context) async throws -> Bool {
        try await context.store.read { try $0.record(PasswordPolicyRecord.self, PasswordPolicyRecord.key(context.account)) }?
            .usersMayChange ?? false
    }

    private static func find(_ account: String, _ snapshot: Snapshot) throws -> PasswordPolicyRecord {
        guard let policy = try snapshot.record(PasswordPolicyRecord.self, PasswordPolicyRecord.key(account)) else {
            throw IAMFault.entityNotFound("The Password Policy with domain name \(account) cannot be found.")
        }
        return policy
    }
}

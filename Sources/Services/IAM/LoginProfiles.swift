import Documents
import Kernel
import Store

/// A user's password for the console.
struct LoginRecord: Stored {
    static let tag: UInt8 = 1
    var created: Timestamp
    var changed: Timestamp
    var password: PasswordHash
    var mustReset: Bool
    /// The passwords before, the latest first, as many as a policy may forbid to use again.
    var former: [PasswordHash]

    static func key(_ user: UserRecord) -> Key { UserCredentials.key(.login, "", of: user) }
}

/// CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, ChangePassword.
enum LoginProfiles {
    struct Create: Codable, Sendable {
        var UserName: String?
        var Password: String?
        var PasswordResetRequired: Bool?
    }
    struct Update: Codable, Sendable {
        var UserName: String
        var Password: String?
        var PasswordResetRequired: Bool?
    }
    struct Change: Codable, Sendable {
        var OldPassword: String
        var NewPassword: String
    }
    struct Shape: Codable, Sendable {
        var UserName: String
        var CreateDate: Timestamp
        var PasswordResetRequired: Bool
    }
    struct Output: Codable, Sendable { var LoginProfile: Shape }

    /// The most that a policy may ask for.
    private static let formerMax = 24

    static func register(in operations: inout Operations) {
        operations.on("CreateLoginProfile") { (input: Create, context) in try await create(input, context) }
        operations.on("GetLoginProfile") { (input: Users.Maybe, context) in
            // Root has no password here.
            if Users.isRoot(input.UserName, context) { throw IAMFault.notFound(kind: "login profile", name: context.account) }
            let name = try Users.name(input.UserName, context)
            return try await context.store.read { snapshot in
                let user = try snapshot.find(UserRecord.self, context.account, name)
                return output(try find(user, snapshot), user)
            }
        }
        operations.on("UpdateLoginProfile") { (input: Update, context) in
            try await set(input.Password, reset: input.PasswordResetRequired, of: input.UserName, context)
        }
        operations.on("DeleteLoginProfile") { (input: Users.Maybe, context) in
            // Root has no password here.
            if Users.isRoot(input.UserName, context) { throw IAMFault.notFound(kind: "login profile", name: context.account) }
            let name = try Users.name(input.UserName, context)
            return try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, name)
                _ = try find(user, txn)
                try txn.delete(LoginRecord.key(user))
                return Nothing()
            }
        }
        operations.on("ChangePassword") { (input: Change, context) in
            guard context.caller.kind == .user, let name = context.caller.arn.split(separator: "/").last.map(String.init) else {
                throw IAMFault.usersOnly
            }
            let login = try await context.store.read { try find($0.find(UserRecord.self, context.account, name), $0) }
            guard try login.password.matches(input.OldPassword) else { throw IAMFault.oldPasswordWrong }
            return try await set(input.NewPassword, reset: false, of: name, context)
        }
    }

    private static func find(_ user: UserRecord, _ snapshot: Snapshot) throws -> LoginRecord {
        guard let login = try snapshot.record(LoginRecord.self, LoginRecord.key(user)) else {
            throw IAMFault.entityNotFound("Login Profile for User \(user.name) cannot be found.")
        }
        return login
    }

    private static func output(_ login: LoginRecord, _ user: UserRecord) -> Output {
        Output(LoginProfile: Shape(UserName: user.name, CreateDate: login.created, PasswordResetRequired: login.mustReset))
    }

    private static func policy(_ context: Context) async throws -> PasswordPolicyRecord? {
        try await context.store.read { try $0.record(PasswordPolicyRecord.self, PasswordPolicyRecord.key(context.account)) }
    }

    /// Hashing takes its time on purpose: it is done before the transaction.
    private static func hash(_ password: String, _ policy: PasswordPolicyRecord?) throws -> PasswordHash {
        guard (policy ?? .standard).allows(password, isStandard: policy == nil) else { throw IAMFault.passwordViolation }
        return try PasswordHash(password)
    }

    private static func create(_ input: Create, _ context: Context) async throws -> Output {
        let name = try Users.name(input.UserName, context)
        guard let password = input.Password else { throw IAMFault.invalidInput("A password must be given.") }
        _ = try await context.store.read { try $0.find(UserRecord.self, context.account, name) }
        let hashed = try Self.hash(password, try await policy(context))
        return try await context.store.write { txn in
            let user = try txn.find(UserRecord.self, context.account, name)
            guard try !txn.contains(LoginRecord.key(user)) else {
                throw IAMFault.entityExists("Login Profile for user \(user.name) already exists.")
            }
            let login = LoginRecord(
                created: context.now, changed: context.now, password: hashed, mustReset: input.PasswordResetRequired ?? false,
                former: [])
            try txn.put(LoginRecord.key(user), login)
            return output(login, user)
        }
    }

    private static func set(_ password: String?, reset: Bool?, of name: String, _ context: Context) async throws -> Nothing {
        let policy = try await policy(context)
        let before = try await context.store.read { try find($0.find(UserRecord.self, context.account, name), $0) }
        if let password, let count = policy?.reusePrevention {
            for old in ([before.password] + before.former).prefix(count) where try old.matches(password) {
                throw IAMFault.passwordViolation
            }
        }
        let hashed = try password.map { try Self.hash($0, policy) }
        return try await context.store.write { txn in
            let user = try txn.find(UserRecord.self, context.account, name)
            var login = try find(user, txn)
            if let hashed {
                login.former = Array(([login.password] + login.former).prefix(formerMax))
                (login.password, login.changed) = (hashed, context.now)
            }
            login.mustReset = reset ?? login.mustReset
            try txn.put(LoginRecord.key(user), login)
            return Nothing()
        }
    }
}

import Documents
import Kernel
import Store

/// CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser.
enum Users {
    struct Create: Codable, Sendable {
        var UserName: String
        var Path: String?
        var PermissionsBoundary: String?
        var Tags: [Tag]?
    }
    struct Maybe: Codable, Sendable { var UserName: String? }
    struct Name: Codable, Sendable { var UserName: String }
    struct Update: Codable, Sendable {
        var UserName: String
        var NewPath: String?
        var NewUserName: String?
    }
    struct Output: Codable, Sendable { var User: UserShape }
    struct List: Codable, Sendable {
        var Users: [UserShape]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("CreateUser") { (input: Create, context) in try await create(input, context) }
        operations.on("GetUser") { (input: Maybe, context) in
            if input.UserName == nil, context.caller.kind == .root {
                let created = try await context.store.read { try $0.accountCreated(context.account) }
                return Output(User: UserShape(rootOf: context.account, created: created))
            }
            let name = try name(input.UserName, context)
            return Output(User: UserShape(try await context.store.read { try $0.find(UserRecord.self, context.account, name) }))
        }
        operations.on("ListUsers") { (input: PathPageInput, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.PathPrefix))
            let page = try await context.store.read {
                try $0.page(UserRecord.self, in: context.account, path: input.PathPrefix, request)
            }
            return List(
                Users: page.items.map { UserShape($0, inList: true) }, IsTruncated: page.isTruncated, Marker: page.marker)
        }
        operations.on("UpdateUser") { (input: Update, context) in try await update(input, context) }
        operations.on("DeleteUser") { (input: Name, context) in try await delete(input, context) }
    }

    /// The user that is meant: the named one, or the caller.
    static func name(_ given: String?, _ context: Context) throws -> String {
        if let given { return given }
        guard context.caller.kind == .user, let own = context.caller.arn.split(separator: "/").last else {
            throw IAMFault.userNameNeeded
        }
        return String(own)
    }

    /// Whether the account's root means itself.
    static func isRoot(_ given: String?, _ context: Context) -> Bool { given == nil && context.caller.kind == .root }

    private static func create(_ input: Create, _ context: Context) async throws -> Output {
        let id = "AIDA" + Identifier.code(17)
        return try await context.store.write { txn in
            try txn.mustBeFree(UserRecord.self, context.account, input.UserName)
            var user = UserRecord(
                account: context.account, name: input.UserName, path: input.Path ?? "/", id: id, created: context.now)
            try user.tags.add(input.Tags ?? [])
            if let boundary = input.PermissionsBoundary { try txn.setBoundary(boundary, on: &user) }
            try txn.count(\.users, 1, in: context.account, quota: "UsersPerAccount", limit: Limit.users)
            try NamedPrincipals.named(user.id, user.arn, in: txn)
            try txn.save(user)
            return Output(User: UserShape(user))
        }
    }

    private static func delete(_ input: Name, _ context: Context) async throws -> Nothing {
        try await context.store.write { txn in
            var user = try txn.find(UserRecord.self, context.account, input.UserName)
            guard try txn.accessKeys(of: user).isEmpty else { throw IAMFault.conflict(.accessKeys) }
            if let conflict = try txn.credentialConflict(of: user) { throw IAMFault.conflict(conflict) }
            guard user.attachedPolicies.isEmpty else { throw IAMFault.conflict(.attached) }
            guard user.inlinePolicies.isEmpty else { throw IAMFault.conflict(.inline) }
            guard user.groups.isEmpty else { throw IAMFault.conflict(.groups) }
            try txn.setBoundary(nil, on: &user)
            try txn.count(\.users, -1, in: context.account)
            try NamedPrincipals.deleted(user.id, in: txn)
            try txn.remove(user)
            try context.platform.keyUses.forget(user.arn, in: txn)
            return Nothing()
        }
    }

    /// A new name or path: everything that names the user follows.
    private static func update(_ input: Update, _ context: Context) async throws -> Nothing {
        try await context.store.write { txn in
            let old = try txn.find(UserRecord.self, context.account, input.UserName)
            var user = old
            user.path = input.NewPath ?? old.path
            user.name = input.NewUserName ?? old.name
            if user.name.lowercased() != old.name.lowercased() {
                try txn.mustBeFree(UserRecord.self, context.account, user.name)
            }
            try txn.remove(old)
            for var key in try txn.accessKeys(of: old) {
                try txn.delete(AccessKeyRecord.ofUser(old.account, old.name).appending(.text(key.id)))
                key.user = user.name
                try txn.put(AccessKeyRecord.key(key.id), key)
                try txn.put(AccessKeyRecord.ofUser(user.account, user.name).appending(.text(key.id)), [UInt8]())
            }
            for arn in old.attachedPolicies {
                try txn.delete(PolicyUse.attached.key(arn, old))
                try txn.put(PolicyUse.attached.key(arn, user), [UInt8]())
            }
            if let arn = old.boundary {
                try txn.delete(PolicyUse.boundary.key(arn, old))
                try txn.put(PolicyUse.boundary.key(arn, user), [UInt8]())
            }
            for group in old.groups {
                try txn.delete(Memberships.key(old.account, group, old.name))
                try txn.put(Memberships.key(user.account, group, user.name), [UInt8]())
            }
            for var device in try txn.devices(of: old) {
                device.user = user.name
                try txn.put(device.key, device)
            }
            if user.arn != old.arn {
                try NamedPrincipals.named(user.id, user.arn, in: txn)
                try context.platform.keyUses.move(old.arn, to: user.arn, in: context.account, txn)
            }
            try txn.save(user)
            return Nothing()
        }
    }
}

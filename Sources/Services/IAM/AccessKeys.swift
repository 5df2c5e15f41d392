import Documents
import Kernel
import Store

extension Snapshot {
    /// A user's keys, in the order of their ids.
    func accessKeys(of user: UserRecord) throws -> [AccessKeyRecord] {
        var ids: [String] = []
        try scan(AccessKeyRecord.ofUser(user.account, user.name)) { key, _ in
            guard case .text(let id)? = try key.elements().last else { throw StoreError.corrupt("access key by user") }
            ids.append(id)
            return true
        }
        return try ids.map { id in
            guard let key = try record(AccessKeyRecord.self, AccessKeyRecord.key(id)) else {
                throw StoreError.corrupt("access key \(id)")
            }
            return key
        }
    }
}

/// CreateAccessKey, ListAccessKeys, UpdateAccessKey, GetAccessKeyLastUsed, DeleteAccessKey.
enum AccessKeys {
    struct Create: Codable, Sendable { var UserName: String? }
    struct Created: Codable, Sendable {
        struct Key: Codable, Sendable {
            var UserName: String
            var AccessKeyId: String
            var Status: String
            var SecretAccessKey: String
            var CreateDate: Timestamp
        }
        var AccessKey: Key
    }
    struct List: Codable, Sendable {
        var UserName: String?
        var Marker: String?
        var MaxItems: Int?
    }
    struct Listed: Codable, Sendable {
        struct Key: Codable, Sendable {
            var UserName: String?
            var AccessKeyId: String
            var Status: String
            var CreateDate: Timestamp
        }
        var AccessKeyMetadata: [Key]
        var IsTruncated: Bool
        var Marker: String?
    }
    struct Update: Codable, Sendable {
        var UserName: String?
        var AccessKeyId: String
        var Status: String
    }
    struct Used: Codable, Sendable { var AccessKeyId: String }
    struct LastUsed: Codable, Sendable {
        struct Use: Codable, Sendable {
            var LastUsedDate: Timestamp?
            var ServiceName: String
            var Region: String
        }
        var UserName: String?
        var AccessKeyLastUsed: Use

        /// A key that was never used has `N/A` for both names.
        init(_ key: AccessKeyRecord, _ use: KeyUseRecord?) {
            UserName = key.user
            AccessKeyLastUsed = Use(
                LastUsedDate: use?.date, ServiceName: use?.service ?? "N/A", Region: use?.region ?? "N/A")
        }
    }
    struct Delete: Codable, Sendable {
        var UserName: String?
        var AccessKeyId: String
    }

    static func register(in operations: inout Operations) {
        operations.on("CreateAccessKey") { (input: Create, context) in try await create(input, context) }
        operations.on("ListAccessKeys") { (input: List, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.UserName))
            if Users.isRoot(input.UserName, context) {
                // The key that every account has from the start; it has no record.
                let key = Listed.Key(AccessKeyId: context.account, Status: status(true), CreateDate: Timestamp(seconds: 0))
                return Listed(AccessKeyMetadata: [key], IsTruncated: false)
            }
            let name = try Users.name(input.UserName, context)
            let keys = try await context.store.read { try $0.accessKeys(of: $0.find(UserRecord.self, context.account, name)) }
            let page = Page(of: keys, request, name: \.id)
            let items = page.items.map {
                Listed.Key(UserName: $0.user, AccessKeyId: $0.id, Status: status($0.isActive), CreateDate: $0.created)
            }
            return Listed(AccessKeyMetadata: items, IsTruncated: page.isTruncated, Marker: page.marker)
        }
        operations.on("UpdateAccessKey") { (input: Update, context) in
            let name = try Users.name(input.UserName, context)
            return try await context.store.write { txn in
                var key = try find(input.AccessKeyId, of: name, context.account, in: txn)
                key.isActive = input.Status == "Active"
                try txn.put(AccessKeyRecord.key(key.id), key)
                return Nothing()
            }
        }
        operations.on("GetAccessKeyLastUsed") { (input: Used, context) in
            try await context.store.read { snapshot in
                guard let key = try snapshot.record(AccessKeyRecord.self, AccessKeyRecord.key(input.AccessKeyId)),
                    key.account == context.account
                else { throw IAMFault.accessKeyNotFound(input.AccessKeyId) }
                return LastUsed(key, try context.platform.keyUses.last(key.id, in: snapshot))
            }
        }
        operations.on("DeleteAccessKey") { (input: Delete, context) in
            let name = try Users.name(input.UserName, context)
            return try await context.store.write { txn in
                let key = try find(input.AccessKeyId, of: name, context.account, in: txn)
                try txn.delete(AccessKeyRecord.key(key.id))
                try context.platform.keyUses.forget(key.id, in: txn)
                try txn.delete(AccessKeyRecord.ofUser(key.account, key.user).appending(.text(key.id)))
                return Nothing()
            }
        }
    }

    private static func status(_ isActive: Bool) -> String { isActive ? "Active" : "Inactive" }

    private static func find(_ id: String, of user: String, _ account: String, in snapshot: Snapshot) throws -> AccessKeyRecord {
        let user = try snapshot.find(UserRecord.self, account, user)
        guard let key = try snapshot.accessKeys(of: user).first(where: { $0.id == id }) else {
            throw IAMFault.accessKeyNotFound(id)
        }
        return key
    }

    private static func create(_ input: Create, _ context: Context) async throws -> Created {
        let name = try Users.name(input.UserName, context)
        let (id, secret) = (AccessKeyID.make("AKIA", account: context.account), Base64.string(Identifier.random(30)))
        let sealed = try context.platform.identity.sealedSecret(secret, of: id)
        return try await context.store.write { txn in
            let user = try txn.find(UserRecord.self, context.account, name)
            guard try txn.accessKeys(of: user).count < Limit.accessKeysPerUser else {
                throw IAMFault.quota(name: "AccessKeysPerUser", limit: Limit.accessKeysPerUser)
            }
            let key = AccessKeyRecord(id: id, sealed: sealed, account: user.account, user: user.name, created: context.now)
            try txn.put(AccessKeyRecord.key(id), key)
            try txn.put(AccessKeyRecord.ofUser(user.account, user.name).appending(.text(id)), [UInt8]())
            return Created(
                AccessKey: Created.Key(
                    UserName: user.name, AccessKeyId: id, Status: "Active", SecretAccessKey: secret, CreateDate: key.created))
        }
    }
}

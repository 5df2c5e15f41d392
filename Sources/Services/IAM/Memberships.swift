import Documents
import Kernel
import Store

/// AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser.
enum Memberships {
    struct Input: Codable, Sendable {
        var GroupName: String
        var UserName: String
    }

    /// The row of one member; its value is empty. The user's record has the same from the other side.
    static func key(_ account: String, _ group: String, _ user: String) -> Key {
        Key(.groupMember, .text(account), .text(group.lowercased()), .text(user))
    }

    static func users(of group: GroupRecord, in snapshot: Snapshot) throws -> [String] {
        var names: [String] = []
        try snapshot.scan(Key(.groupMember, .text(group.account), .text(group.name.lowercased()))) { key, _ in
            guard case .text(let name)? = try key.elements().last else { throw StoreError.corrupt("group member") }
            names.append(name)
            return true
        }
        return names
    }

    static func register(in operations: inout Operations) {
        operations.on("AddUserToGroup") { (input: Input, context) in
            try await context.store.write { txn in
                let group = try txn.find(GroupRecord.self, context.account, input.GroupName)
                var user = try txn.find(UserRecord.self, context.account, input.UserName)
                guard !user.groups.contains(group.name) else { return Nothing() }
                guard user.groups.count < Limit.groupsPerUser else {
                    throw IAMFault.quota(name: "GroupsPerUser", limit: Limit.groupsPerUser)
                }
                user.groups.append(group.name)
                try txn.put(key(group.account, group.name, user.name), [UInt8]())
                try txn.save(user)
                return Nothing()
            }
        }
        operations.on("RemoveUserFromGroup") { (input: Input, context) in
            try await context.store.write { txn in
                let group = try txn.find(GroupRecord.self, context.account, input.GroupName)
                var user = try txn.find(UserRecord.self, context.account, input.UserName)
                guard let index = user.groups.firstIndex(of: group.name) else {
                    throw IAMFault.notInGroup(user: user.name, group: group.name)
                }
                user.groups.remove(at: index)
                try txn.delete(key(group.account, group.name, user.name))
                try txn.save(user)
                return Nothing()
            }
        }
        operations.on("ListGroupsForUser") { (input: Of<UserRecord, PageInput>, context) in
            let request = try PageRequest(input.rest.Marker, input.rest.MaxItems, of: context.list(input.name))
            return try await context.store.read { snapshot in
                let user = try snapshot.find(UserRecord.self, context.account, input.name)
                let page = Page(of: user.groups, request, name: { $0 })
                let groups = try page.items.map { GroupShape(try snapshot.find(GroupRecord.self, user.account, $0)) }
                return Groups.List(Groups: groups, IsTruncated: page.isTruncated, Marker: page.marker)
            }
        }
    }
}

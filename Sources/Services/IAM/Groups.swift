import Documents
import Kernel
import Store

/// CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup.
enum Groups {
    struct Create: Codable, Sendable {
        var GroupName: String
        var Path: String?
    }
    struct Update: Codable, Sendable {
        var NewPath: String?
        var NewGroupName: String?
    }
    struct Get: Codable, Sendable {
        var Group: GroupShape
        var Users: [UserShape]
        var IsTruncated: Bool
        var Marker: String?
    }
    struct List: Codable, Sendable {
        var Groups: [GroupShape]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("CreateGroup") { (input: Create, context) in
            let id = "AGPA" + Identifier.code(17)
            return try await context.store.write { txn in
                try txn.mustBeFree(GroupRecord.self, context.account, input.GroupName)
                let group = GroupRecord(
                    account: context.account, name: input.GroupName, path: input.Path ?? "/", id: id, created: context.now)
                try txn.count(\.groups, 1, in: context.account, quota: "GroupsPerAccount", limit: Limit.groups)
                try txn.save(group)
                return GroupOutput(Group: GroupShape(group))
            }
        }
        operations.on("GetGroup") { (input: Of<GroupRecord, PageInput>, context) in
            let request = try PageRequest(input.rest.Marker, input.rest.MaxItems, of: context.list(input.name))
            return try await context.store.read { snapshot in
                let group = try snapshot.find(GroupRecord.self, context.account, input.name)
                let page = Page(of: try Memberships.users(of: group, in: snapshot), request, name: { $0 })
                let users = try page.items.map { UserShape(try snapshot.find(UserRecord.self, group.account, $0), inList: true) }
                return Get(Group: GroupShape(group), Users: users, IsTruncated: page.isTruncated, Marker: page.marker)
            }
        }
        operations.on("ListGroups") { (input: PathPageInput, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.PathPrefix))
            let page = try await context.store.read {
                try $0.page(GroupRecord.self, in: context.account, path: input.PathPrefix, request)
            }
            return List(Groups: page.items.map(GroupShape.init), IsTruncated: page.isTruncated, Marker: page.marker)
        }
        operations.on("UpdateGroup") { (input: Of<GroupRecord, Update>, context) in try await update(input, context) }
        operations.on("DeleteGroup") { (input: Of<GroupRecord, Nothing>, context) in
            try await context.store.write { txn in
                let group = try txn.find(GroupRecord.self, context.account, input.name)
                guard try Memberships.users(of: group, in: txn).isEmpty else { throw IAMFault.conflict(.groups) }
                guard group.attachedPolicies.isEmpty else { throw IAMFault.conflict(.attached) }
                guard group.inlinePolicies.isEmpty else { throw IAMFault.conflict(.inline) }
                try txn.count(\.groups, -1, in: context.account)
                try txn.remove(group)
                return Nothing()
            }
        }
    }
    /// A new name or path: members and uses of policies follow.
    private static func update(_ input: Of<GroupRecord, Update>, _ context: Context) async throws -> Nothing {
        try await context.store.write { txn in
            let old = try txn.find(GroupRecord.self, context.account, input.name)
            var group = old
            group.path = input.rest.NewPath ?? old.path
            group.name = input.rest.NewGroupName ?? old.name
            if group.name.lowercased() != old.name.lowercased() {
                try txn.mustBeFree(GroupRecord.self, context.account, group.name)
            }
            for name in try Memberships.users(of: old, in: txn) {
                var user = try txn.find(UserRecord.self, context.account, name)
                user.groups = user.groups.map { $0 == old.name ? group.name : $0 }
                try txn.delete(Memberships.key(old.account, old.name, name))
                try txn.put(Memberships.key(group.account, group.name, name), [UInt8]())
                try txn.save(user)
            }
            for arn in old.attachedPolicies {
                try txn.delete(PolicyUse.attached.key(arn, old))
                try txn.put(PolicyUse.attached.key(arn, group), [UInt8]())
            }
            try txn.remove(old)
            try txn.save(group)
            return Nothing()
        }
    }
}

import Documents
import Kernel
import Store

/// ListEntitiesForPolicy.
enum PolicyEntities {
    struct Input: Codable, Sendable {
        var PolicyArn: String
        var EntityFilter: String?
        var PathPrefix: String?
        var PolicyUsageFilter: String?
        var Marker: String?
        var MaxItems: Int?
    }
    struct User: Codable, Sendable { var UserName, UserId: String }
    struct Role: Codable, Sendable { var RoleName, RoleId: String }
    struct Group: Codable, Sendable { var GroupName, GroupId: String }
    struct Output: Codable, Sendable {
        var PolicyGroups: [Group] = []
        var PolicyUsers: [User] = []
        var PolicyRoles: [Role] = []
        var IsTruncated = false
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("ListEntitiesForPolicy") { (input: Input, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.PolicyArn))
            return try await context.store.read { try list(input, request, context.account, $0) }
        }
    }

    private static func list(
        _ input: Input, _ request: PageRequest, _ account: String, _ snapshot: Snapshot
    ) throws -> Output {
        let policy = try snapshot.policy(input.PolicyArn, in: account)
        var uses: [(kind: String, name: String)] = []
        if input.PolicyUsageFilter != "PermissionsBoundary" {
            uses += try PolicyUse.attached.holders(policy.arn, in: account, snapshot)
        }
        if input.PolicyUsageFilter != "PermissionsPolicy" {
            for use in try PolicyUse.boundary.holders(policy.arn, in: account, snapshot)
            where !uses.contains(where: { $0 == use }) { uses.append(use) }
        }
        let kinds = ["User": "user", "Role": "role", "Group": "group"]
        if let filter = input.EntityFilter { uses.removeAll { kinds[filter] != $0.kind } }
        let page = Page(of: uses, request, name: { "\($0.kind)/\($0.name)" })
        var output = Output()
        (output.IsTruncated, output.Marker) = (page.isTruncated, page.marker)
        let prefix = input.PathPrefix ?? "/"
        for (kind, name) in page.items {
            switch kind {
            case "user":
                let user = try snapshot.find(UserRecord.self, account, name)
                if user.path.hasPrefix(prefix) { output.PolicyUsers.append(User(UserName: user.name, UserId: user.id)) }
            case "role":
                let role = try snapshot.find(RoleRecord.self, account, name)
                if role.path.hasPrefix(prefix) { output.PolicyRoles.append(Role(RoleName: role.name, RoleId: role.id)) }
            default:
                let group = try snapshot.find(GroupRecord.self, account, name)
                if group.path.hasPrefix(prefix) { output.PolicyGroups.append(Group(GroupName: group.name, GroupId: group.id)) }
            }
        }
        return output
    }
}

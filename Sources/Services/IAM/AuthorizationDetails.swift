import Documents
import Kernel
import Store

/// GetAccountAuthorizationDetails: every user, group, role and policy of an account, with what is attached to it.
enum AuthorizationDetails {
    struct Input: Codable, Sendable {
        var Filter: [String]?
        var MaxItems: Int?
        var Marker: String?
    }
    struct Inline: Codable, Sendable {
        var PolicyName: String
        var PolicyDocument: String

        static func list(_ holder: some PolicyHolder) -> [Inline] {
            holder.inlinePolicies.sorted { $0.key < $1.key }
                .map { Inline(PolicyName: $0.key, PolicyDocument: PercentEncoding.encode($0.value)) }
        }
    }
    struct Attached: Codable, Sendable {
        var PolicyName: String
        var PolicyArn: String

        static func list(_ holder: some PolicyHolder) -> [Attached] {
            holder.attachedPolicies.map { arn in
                Attached(PolicyName: arn.split(separator: "/").last.map(String.init) ?? arn, PolicyArn: arn)
            }
        }
    }
    struct User: Codable, Sendable {
        var Path: String
        var UserName: String
        var UserId: String
        var Arn: String
        var CreateDate: Timestamp
        var UserPolicyList: [Inline]
        var GroupList: [String]
        var AttachedManagedPolicies: [Attached]
        var PermissionsBoundary: BoundaryShape?
        var Tags: [Tag]

        init(_ user: UserRecord) {
            (Path, UserName, UserId, Arn, CreateDate) = (user.path, user.name, user.id, user.arn, user.created)
            (UserPolicyList, GroupList, Tags) = (Inline.list(user), user.groups, Tag.list(user.tags))
            (AttachedManagedPolicies, PermissionsBoundary) = (Attached.list(user), BoundaryShape(user.boundary))
        }
    }
    struct Group: Codable, Sendable {
        var Path: String
        var GroupName: String
        var GroupId: String
        var Arn: String
        var CreateDate: Timestamp
        var GroupPolicyList: [Inline]
        var AttachedManagedPolicies: [Attached]

        init(_ group: GroupRecord) {
            (Path, GroupName, GroupId, Arn) = (group.path, group.name, group.id, group.arn)
            (CreateDate, GroupPolicyList) = (group.created, Inline.list(group))
            AttachedManagedPolicies = Attached.list(group)
        }
    }
    struct Role: Codable, Sendable {
        var Path: String
        var RoleName: String
        var RoleId: String
        var Arn: String
        var CreateDate: Timestamp
        var AssumeRolePolicyDocument: String
        var InstanceProfileList: [InstanceProfileShape]
        var RolePolicyList: [Inline]
        var AttachedManagedPolicies: [Attached]
        var PermissionsBoundary: BoundaryShape?
        var Tags: [Tag]
        var RoleLastUsed: RoleShape.Use?

        init(_ role: RoleRecord, _ use: KeyUseRecord?, _ snapshot: Snapshot) throws {
            (Path, RoleName, RoleId, Arn, CreateDate) = (role.path, role.name, role.id, role.arn, role.created)
            AssumeRolePolicyDocument = PercentEncoding.encode(try NamedPrincipals.shown(role.trustPolicy, in: snapshot))
            Tags = Tag.list(role.tags)
            (RolePolicyList, AttachedManagedPolicies) = (Inline.list(role), Attached.list(role))
            PermissionsBoundary = BoundaryShape(role.boundary)
            InstanceProfileList = try snapshot.instanceProfiles(of: role)
                .map { try InstanceProfileShape($0, snapshot, inList: true) }
            RoleLastUsed = RoleShape.Use(LastUsedDate: use?.date, Region: use?.region)
        }
    }
    struct Policy: Codable, Sendable {
        var PolicyName: String
        var PolicyId: String
        var Arn: String
        var Path: String
        var DefaultVersionId: String
        var AttachmentCount: Int
        var PermissionsBoundaryUsageCount: Int
        var IsAttachable: Bool
        var Description: String?
        var CreateDate: Timestamp
        var UpdateDate: Timestamp
        var PolicyVersionList: [PolicyVersions.Shape]

        init(_ policy: ManagedPolicyRecord, _ account: String, _ snapshot: Snapshot) throws {
            let shape = try PolicyShape(policy, seenFrom: account, snapshot)
            (PolicyName, PolicyId, Arn, Path) = (shape.PolicyName, shape.PolicyId, shape.Arn, shape.Path)
            (DefaultVersionId, AttachmentCount) = (shape.DefaultVersionId, shape.AttachmentCount)
            (PermissionsBoundaryUsageCount, IsAttachable) = (shape.PermissionsBoundaryUsageCount, shape.IsAttachable)
            (Description, CreateDate, UpdateDate) = (shape.Description, shape.CreateDate, shape.UpdateDate)
            PolicyVersionList = policy.versions.reversed().map { PolicyVersions.Shape($0, of: policy, withDocument: true) }
        }
    }
    struct Output: Codable, Sendable {
        var UserDetailList: [User] = []
        var GroupDetailList: [Group] = []
        var RoleDetailList: [Role] = []
        var Policies: [Policy] = []
        var IsTruncated = false
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("GetAccountAuthorizationDetails") { (input: Input, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list())
            return try await context.store.read { try list(input, request, context, $0) }
        }
    }

    private enum Item {
        case user(UserRecord)
        case group(GroupRecord)
        case role(RoleRecord)
        case policy(ManagedPolicyRecord)

        /// The order of the pages.
        var name: String {
            switch self {
            case .user(let user): "1/\(user.name)"
            case .group(let group): "2/\(group.name)"
            case .role(let role): "3/\(role.name)"
            case .policy(let policy): "4/\(policy.arn)"
            }
        }
    }

    private static func list(
        _ input: Input, _ request: PageRequest, _ context: Context, _ snapshot: Snapshot
    ) throws -> Output {
        let account = context.account
        func wants(_ kind: String) -> Bool { input.Filter.map { $0.isEmpty || $0.contains(kind) } ?? true }
        var items: [Item] = []
        if wants("User") { items += try snapshot.all(UserRecord.self, UserRecord.all(in: account)).map(Item.user) }
        if wants("Group") { items += try snapshot.all(GroupRecord.self, GroupRecord.all(in: account)).map(Item.group) }
        if wants("Role") { items += try snapshot.all(RoleRecord.self, RoleRecord.all(in: account)).map(Item.role) }
        if wants("LocalManagedPolicy") {
            items += try snapshot.all(ManagedPolicyRecord.self, ManagedPolicyRecord.all(in: account)).map(Item.policy)
        }
        // AWS's own policies only where they are in use.
        if wants("AWSManagedPolicy") {
            items += try AWSPolicies.all.filter { policy in
                try PolicyUse.attached.count(policy.arn, in: account, snapshot) > 0
                    || PolicyUse.boundary.count(policy.arn, in: account, snapshot) > 0
            }.map(Item.policy)
        }
        let page = Page(of: items, request, name: \.name)
        var output = Output()
        (output.IsTruncated, output.Marker) = (page.isTruncated, page.marker)
        for item in page.items {
            switch item {
            case .user(let user): output.UserDetailList.append(User(user))
            case .group(let group): output.GroupDetailList.append(Group(group))
            case .role(let role):
                let use = try context.platform.keyUses.last(role.arn, in: snapshot)
                output.RoleDetailList.append(try Role(role, use, snapshot))
            case .policy(let policy): output.Policies.append(try Policy(policy, account, snapshot))
            }
        }
        return output
    }
}

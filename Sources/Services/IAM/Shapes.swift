import Documents
import Kernel
import Store

struct Tag: Codable, Sendable, Hashable {
    var Key: String
    var Value: String

    static func list(_ tags: TagList) -> [Tag] { tags.map { Tag(Key: $0.key, Value: $0.value) } }
}

struct BoundaryShape: Codable, Sendable {
    var PermissionsBoundaryType: String
    var PermissionsBoundaryArn: String

    init?(_ arn: String?) {
        guard let arn else { return nil }
        (PermissionsBoundaryType, PermissionsBoundaryArn) = ("PermissionsBoundaryPolicy", arn)
    }
}

struct UserShape: Codable, Sendable {
    var Path: String?
    var UserName: String?
    var UserId: String
    var Arn: String
    var CreateDate: Timestamp
    var PermissionsBoundary: BoundaryShape?
    var Tags: [Tag]?

    /// Lists leave boundary and tags out, as AWS's do.
    init(_ user: UserRecord, inList: Bool = false) {
        (Path, UserName, UserId, Arn, CreateDate) = (user.path, user.name, user.id, user.arn, user.created)
        guard !inList else { return }
        PermissionsBoundary = BoundaryShape(user.boundary)
        Tags = user.tags.isEmpty ? nil : Tag.list(user.tags)
    }

    /// The account's root user.
    /// - Parameter created: when the account was opened; nil for the beginning of time.
    init(rootOf account: String, created: Timestamp?) {
        (UserId, Arn) = (account, ARN("iam", account: account, "root").description)
        CreateDate = created ?? Timestamp(seconds: 0)
    }
}

struct RoleShape: Codable, Sendable {
    var Path: String
    var RoleName: String
    var RoleId: String
    var Arn: String
    var CreateDate: Timestamp
    /// Percent-encoded.
    var AssumeRolePolicyDocument: String
    var Description: String?
    var MaxSessionDuration: Int
    var PermissionsBoundary: BoundaryShape?
    var Tags: [Tag]?
    struct Use: Codable, Sendable {
        var LastUsedDate: Timestamp?
        var Region: String?
    }
    var RoleLastUsed: Use?

    /// With when the role was last used; the element is there, and empty, for one that never was.
    init(_ role: RoleRecord, used use: KeyUseRecord?, _ snapshot: Snapshot) throws {
        try self.init(role, snapshot)
        RoleLastUsed = Use(LastUsedDate: use?.date, Region: use?.region)
    }

    init(_ role: RoleRecord, inList: Bool = false, _ snapshot: Snapshot) throws {
        (Path, RoleName, RoleId, Arn, CreateDate) = (role.path, role.name, role.id, role.arn, role.created)
        AssumeRolePolicyDocument = PercentEncoding.encode(try NamedPrincipals.shown(role.trustPolicy, in: snapshot))
        (Description, MaxSessionDuration) = (role.description, role.maxSessionDuration)
        guard !inList else { return }
        PermissionsBoundary = BoundaryShape(role.boundary)
        Tags = role.tags.isEmpty ? nil : Tag.list(role.tags)
    }
}

struct GroupShape: Codable, Sendable {
    var Path: String
    var GroupName: String
    var GroupId: String
    var Arn: String
    var CreateDate: Timestamp

    init(_ group: GroupRecord) {
        (Path, GroupName, GroupId, Arn, CreateDate) = (group.path, group.name, group.id, group.arn, group.created)
    }
}

struct RoleOutput: Codable, Sendable { var Role: RoleShape }
struct GroupOutput: Codable, Sendable { var Group: GroupShape }

struct TagsOutput: Codable, Sendable {
    var Tags: [Tag]
    var IsTruncated: Bool
    var Marker: String?

    init(_ tags: TagList, _ request: PageRequest) {
        let page = Page(of: Tag.list(tags), request, name: \.Key)
        (Tags, IsTruncated, Marker) = (page.items, page.isTruncated, page.marker)
    }
}

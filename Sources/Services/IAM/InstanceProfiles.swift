import Documents
import Kernel
import Store

extension InstanceProfileRecord: NamedRecord, TaggedEntity {
    static var kind: String { "instance-profile" }
    static var nameMember: String { "InstanceProfileName" }
    var key: Key { Self.key(account, name) }

    static func find(_ name: String, in account: String, _ snapshot: Snapshot) throws -> Self {
        guard let profile = try snapshot.record(Self.self, key(account, name)) else {
            throw IAMFault.entityNotFound("Instance Profile \(name) cannot be found.")
        }
        return profile
    }
}

extension Snapshot {
    func instanceProfiles(of role: RoleRecord) throws -> [InstanceProfileRecord] {
        let name = role.name.lowercased()
        return try all(InstanceProfileRecord.self, InstanceProfileRecord.all(in: role.account)) { $0.role?.lowercased() == name }
    }
}

struct InstanceProfileShape: Codable, Sendable {
    var Path: String
    var InstanceProfileName: String
    var InstanceProfileId: String
    var Arn: String
    var CreateDate: Timestamp
    var Roles: [RoleShape]
    var Tags: [Tag]?

    init(_ profile: InstanceProfileRecord, _ snapshot: Snapshot, inList: Bool = false) throws {
        (Path, InstanceProfileName, InstanceProfileId) = (profile.path, profile.name, profile.id)
        (Arn, CreateDate) = (profile.arn, profile.created)
        let role = try profile.role.flatMap { try snapshot.record(RoleRecord.self, RoleRecord.key(profile.account, $0)) }
        Roles = try role.map { [try RoleShape($0, inList: true, snapshot)] } ?? []
        Tags = inList || profile.tags.isEmpty ? nil : Tag.list(profile.tags)
    }
}

/// CreateInstanceProfile, GetInstanceProfile, ListInstanceProfiles, ListInstanceProfilesForRole, AddRoleToInstanceProfile,
/// RemoveRoleFromInstanceProfile, DeleteInstanceProfile.
enum InstanceProfiles {
    struct Create: Codable, Sendable {
        var InstanceProfileName: String
        var Path: String?
        var Tags: [Tag]?
    }
    struct Member: Codable, Sendable {
        var InstanceProfileName: String
        var RoleName: String
    }
    struct Output: Codable, Sendable { var InstanceProfile: InstanceProfileShape }
    struct List: Codable, Sendable {
        var InstanceProfiles: [InstanceProfileShape]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        EntityTags<InstanceProfileRecord>.register("InstanceProfile", in: &operations)
        operations.on("CreateInstanceProfile") { (input: Create, context) in
            let id = "AIPA" + Identifier.code(17)
            return try await context.store.write { txn in
                guard try !txn.contains(InstanceProfileRecord.key(context.account, input.InstanceProfileName)) else {
                    throw IAMFault.entityExists("Instance Profile \(input.InstanceProfileName) already exists.")
                }
                let count = try txn.all(InstanceProfileRecord.self, InstanceProfileRecord.all(in: context.account)).count
                guard count < Limit.instanceProfiles else {
                    throw IAMFault.quota(name: "InstanceProfilesPerAccount", limit: Limit.instanceProfiles)
                }
                var profile = InstanceProfileRecord(
                    account: context.account, name: input.InstanceProfileName, path: input.Path ?? "/", id: id,
                    created: context.now)
                try profile.tags.add(input.Tags ?? [])
                try txn.put(profile.key, profile)
                return Output(InstanceProfile: try InstanceProfileShape(profile, txn))
            }
        }
        operations.on("GetInstanceProfile") { (input: Of<InstanceProfileRecord, Nothing>, context) in
            try await context.store.read { snapshot in
                let profile = try InstanceProfileRecord.find(input.name, in: context.account, snapshot)
                return Output(InstanceProfile: try InstanceProfileShape(profile, snapshot))
            }
        }
        operations.on("ListInstanceProfiles") { (input: PathPageInput, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.PathPrefix))
            return try await context.store.read { snapshot in
                let page = try snapshot.page(InstanceProfileRecord.self, in: context.account, path: input.PathPrefix, request)
                return try list(page, snapshot)
            }
        }
        operations.on("ListInstanceProfilesForRole") { (input: Of<RoleRecord, PageInput>, context) in
            let request = try PageRequest(input.rest.Marker, input.rest.MaxItems, of: context.list(input.name))
            return try await context.store.read { snapshot in
                let role = try snapshot.find(RoleRecord.self, context.account, input.name)
                return try list(Page(of: try snapshot.instanceProfiles(of: role), request, name: \.name), snapshot)
            }
        }
        operations.on("AddRoleToInstanceProfile") { (input: Member, context) in
            try await change(input, context) { profile, role in
                try role.mustBeModifiable()
                guard profile.role == nil else {
                    throw IAMFault.quota(name: "InstanceSessionsPerInstanceProfile", limit: 1)
                }
                profile.role = role.name
            }
        }
        operations.on("RemoveRoleFromInstanceProfile") { (input: Member, context) in
            try await change(input, context) { profile, role in
                guard profile.role?.lowercased() == role.name.lowercased() else {
                    throw IAMFault.entityNotFound("The role with name \(role.name) cannot be found.")
                }
                profile.role = nil
            }
        }
        operations.on("DeleteInstanceProfile") { (input: Of<InstanceProfileRecord, Nothing>, context) in
            try await context.store.write { txn in
                let profile = try InstanceProfileRecord.find(input.name, in: context.account, txn)
                guard profile.role == nil else { throw IAMFault.conflict(.profile) }
                try txn.delete(profile.key)
                return Nothing()
            }
        }
    }

    private static func list(_ page: Page<InstanceProfileRecord>, _ snapshot: Snapshot) throws -> List {
        List(
            InstanceProfiles: try page.items.map { try InstanceProfileShape($0, snapshot, inList: true) },
            IsTruncated: page.isTruncated, Marker: page.marker)
    }

    private static func change(
        _ input: Member, _ context: Context,
        _ body: @escaping @Sendable (inout InstanceProfileRecord, RoleRecord) throws -> Void
    ) async throws -> Nothing {
        try await context.store.write { txn in
            var profile = try InstanceProfileRecord.find(input.InstanceProfileName, in: context.account, txn)
            try body(&profile, try txn.find(RoleRecord.self, context.account, input.RoleName))
            try txn.put(profile.key, profile)
            return Nothing()
        }
    }
}

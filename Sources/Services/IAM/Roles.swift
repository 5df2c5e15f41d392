import Documents
import Kernel
import Store

/// CreateRole, GetRole, ListRoles, UpdateRole, UpdateAssumeRolePolicy, DeleteRole.
enum Roles {
    struct Create: Codable, Sendable {
        var RoleName: String
        var AssumeRolePolicyDocument: String
        var Path: String?
        var Description: String?
        var MaxSessionDuration: Int?
        var PermissionsBoundary: String?
        var Tags: [Tag]?
    }
    struct Update: Codable, Sendable {
        var Description: String?
        var MaxSessionDuration: Int?
    }
    struct Describe: Codable, Sendable { var Description: String }
    struct Trust: Codable, Sendable { var PolicyDocument: String }
    struct List: Codable, Sendable {
        var Roles: [RoleShape]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("CreateRole") { (input: Create, context) in try await create(input, context) }
        operations.on("GetRole") { (input: Of<RoleRecord, Nothing>, context) in
            try await context.store.read { snapshot in
                let role = try snapshot.find(RoleRecord.self, context.account, input.name)
                return RoleOutput(
                    Role: try RoleShape(role, used: context.platform.keyUses.last(role.arn, in: snapshot), snapshot))
            }
        }
        operations.on("ListRoles") { (input: PathPageInput, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.PathPrefix))
            return try await context.store.read { snapshot in
                let page = try snapshot.page(RoleRecord.self, in: context.account, path: input.PathPrefix, request)
                return List(
                    Roles: try page.items.map { try RoleShape($0, inList: true, snapshot) }, IsTruncated: page.isTruncated,
                    Marker: page.marker)
            }
        }
        operations.on("UpdateRole") { (input: Of<RoleRecord, Update>, context) in
            try await change(input.name, context) { role, _ in
                try role.mustBeModifiable()
                role.description = input.rest.Description ?? role.description
                role.maxSessionDuration = input.rest.MaxSessionDuration ?? role.maxSessionDuration
                return Nothing()
            }
        }
        operations.on("UpdateRoleDescription") { (input: Of<RoleRecord, Describe>, context) in
            try await change(input.name, context) { role, txn in
                role.description = input.rest.Description
                return RoleOutput(Role: try RoleShape(role, txn))
            }
        }
        operations.on("UpdateAssumeRolePolicy") { (input: Of<RoleRecord, Trust>, context) in
            try await change(input.name, context) { role, txn in
                try role.mustBeModifiable()
                role.trustPolicy = try PolicyCheck.trust(input.rest.PolicyDocument, in: txn)
                return Nothing()
            }
        }
        operations.on("DeleteRole") { (input: Of<RoleRecord, Nothing>, context) in
            try await context.store.write { txn in
                var role = try txn.find(RoleRecord.self, context.account, input.name)
                try role.mustBeModifiable()
                guard try txn.instanceProfiles(of: role).isEmpty else { throw IAMFault.conflict(.profile) }
                guard role.attachedPolicies.isEmpty else { throw IAMFault.conflict(.attached) }
                guard role.inlinePolicies.isEmpty else { throw IAMFault.conflict(.inline) }
                try txn.setBoundary(nil, on: &role)
                try txn.count(\.roles, -1, in: context.account)
                try context.platform.keyUses.forget(role.arn, in: txn)
                try NamedPrincipals.deleted(role.id, in: txn)
                try txn.remove(role)
                return Nothing()
            }
        }
    }

    private static func change<Output: Sendable>(
        _ name: String, _ context: Context, _ body: @escaping @Sendable (inout RoleRecord, Transaction) throws -> Output
    ) async throws -> Output {
        try await context.store.write { txn in
            var role = try txn.find(RoleRecord.self, context.account, name)
            let output = try body(&role, txn)
            try txn.save(role)
            return output
        }
    }

    private static func create(_ input: Create, _ context: Context) async throws -> RoleOutput {
        guard !(input.Path ?? "/").hasPrefix(ServiceLinkedRoles.path) else { throw IAMFault.reservedPath }
        let id = "AROA" + Identifier.code(17)
        return try await context.store.write { txn in
            try txn.mustBeFree(RoleRecord.self, context.account, input.RoleName)
            let trust = try PolicyCheck.trust(input.AssumeRolePolicyDocument, in: txn)
            var role = RoleRecord(
                account: context.account, name: input.RoleName, path: input.Path ?? "/", id: id, created: context.now,
                trustPolicy: trust)
            role.description = input.Description
            role.maxSessionDuration = input.MaxSessionDuration ?? role.maxSessionDuration
            try role.tags.add(input.Tags ?? [])
            if let boundary = input.PermissionsBoundary { try txn.setBoundary(boundary, on: &role) }
            try txn.count(\.roles, 1, in: context.account, quota: "RolesPerAccount", limit: Limit.roles)
            try NamedPrincipals.named(role.id, role.arn, in: txn)
            try txn.save(role)
            return RoleOutput(Role: try RoleShape(role, txn))
        }
    }
}

import Documents
import Kernel
import Store

/// CreateOrganization, DescribeOrganization, DeleteOrganization.
enum Organizations {
    struct Create: Codable, Sendable { var FeatureSet: String? }
    struct TypeSummary: Codable, Sendable {
        var `Type`: String
        var Status = "ENABLED"
    }
    struct Shape: Codable, Sendable {
        var Id: String
        var Arn: String
        var FeatureSet: String
        var MasterAccountArn: String
        var MasterAccountId: String
        var MasterAccountEmail: String
        var AvailablePolicyTypes: [TypeSummary]

        init(_ organization: OrganizationRecord) {
            (Id, Arn) = (organization.id, organization.arn("organization"))
            FeatureSet = organization.hasAllFeatures ? "ALL" : "CONSOLIDATED_BILLING"
            MasterAccountArn = organization.arn("account/\(organization.managementAccount)")
            (MasterAccountId, MasterAccountEmail) = (organization.managementAccount, organization.managementEmail)
            // The API says of this member that it is not the list of enabled types and names but the first of them.
            AvailablePolicyTypes =
                organization.hasAllFeatures ? [TypeSummary(Type: OrganizationDefaultPolicy.serviceControl.type)] : []
        }
    }
    struct Output: Codable, Sendable { var Organization: Shape }

    static func register(in operations: inout Operations) {
        operations.on("CreateOrganization") { (input: Create, context) in try await create(input, context) }
        operations.on("DescribeOrganization") { (_: Nothing, context) in
            try await context.reading(.member) { _, membership in Output(Organization: Shape(membership.organization)) }
        }
        operations.on("DeleteOrganization") { (_: Nothing, context) in try await delete(context) }
    }

    private static func create(_ input: Create, _ context: Context) async throws -> Output {
        let (id, root) = (NewID.organization(), NewID.root())
        return try await context.store.write { transaction in
            guard try !transaction.contains(OrganizationMemberRecord.key(context.account)) else {
                throw OrganizationsFault.plain(.alreadyInOrganization)
            }
            let profile = try transaction.profile(of: context.account)
            let organization = OrganizationRecord(
                id: id, managementAccount: context.account, managementEmail: profile.email, root: root,
                hasAllFeatures: input.FeatureSet != "CONSOLIDATED_BILLING", created: context.now)
            try transaction.save(organization)
            let member = OrganizationMemberRecord(
                account: context.account, organization: id, parent: root, name: profile.name, email: profile.email,
                method: .invited, joined: context.now)
            try transaction.admit(member, to: organization)
            transaction.announce(on: context.platform)
            return Output(Organization: Shape(organization))
        }
    }

    /// Units and policies go with the organization; accounts must have left it.
    private static func delete(_ context: Context) async throws -> Nothing {
        try await context.changing { transaction, membership in
            let id = membership.id
            let accounts = try transaction.everything(.account, in: id)
            guard accounts == [membership.organization.managementAccount] else { throw OrganizationsFault.plain(.notEmpty) }
            // An account that is being made will want a place.
            try transaction.records(AccountRequest.self, AccountRequest.all(in: id)) { _, request in
                guard request.state != "IN_PROGRESS" else { throw OrganizationsFault.plain(.notEmpty) }
                return true
            }
            try transaction.delete(OrganizationRecord.key(id))
            try transaction.delete(OrganizationMemberRecord.key(membership.member.account))
            for space in [
                Space.organizationUnit, .organizationChild, .organizationPolicy, .organizationAttachment,
                .organizationAccountRequest,
            ] {
                let rows = Key(space, .text(id))
                try transaction.deleteRange(from: rows, to: rows.rangeEnd)
            }
            try transaction.cancelHandshakes(of: membership.organization, context)
            return Nothing()
        }
    }
}

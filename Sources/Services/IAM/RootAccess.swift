import Documents
import Kernel
import Store

/// EnableOrganizationsRootCredentialsManagement, EnableOrganizationsRootSessions, their opposites, and
/// ListOrganizationsFeatures (IAM User Guide, "Centrally manage root access for member accounts").
enum RootAccess {
    struct Output: Codable, Sendable {
        var OrganizationId: String
        var EnabledFeatures: [String]
    }

    private static let features = [
        "OrganizationsRootCredentialsManagement": "RootCredentialsManagement", "OrganizationsRootSessions": "RootSessions",
    ]

    /// Enabling gives IAM a look at the organization, too (Service Authorization Reference, dependent actions).
    @Sendable static func permissions(_ input: Document, _ context: Context) -> [Permission] {
        ["iam:\(context.operation)", "organizations:DescribeOrganization", "organizations:ListAWSServiceAccessForOrganization"]
            .map { Permission($0, on: "*") }
    }

    static func register(in operations: inout Operations) {
        for (name, feature) in features {
            operations.on("Enable\(name)") { (_: Nothing, context) in
                try await change(context) { $0.contains(feature) ? $0 : $0 + [feature] }
            }
            operations.on("Disable\(name)") { (_: Nothing, context) in
                try await change(context) { $0.filter { $0 != feature } }
            }
        }
        operations.on("ListOrganizationsFeatures") { (_: Nothing, context) in
            Output(try await context.store.read { try organization(context, $0) })
        }
    }

    private static func change(_ context: Context, _ body: @escaping @Sendable ([String]) -> [String]) async throws -> Output {
        try await context.store.write { txn in
            var organization = try organization(context, txn)
            organization.rootAccess = body(organization.rootAccess ?? [])
            try txn.put(OrganizationRecord.key(organization.id), organization)
            return Output(organization)
        }
    }

    /// - Throws: ``IAMFault/rootAccess(_:)``
    private static func organization(_ context: Context, _ snapshot: Snapshot) throws -> OrganizationRecord {
        guard let seat = try snapshot.organizationSeat(of: context.account) else {
            throw IAMFault.rootAccess(.noOrganization)
        }
        if context.operation.hasPrefix("Enable") {
            guard seat.isManagement else { throw IAMFault.rootAccess(.notManagement) }
        }
        guard seat.isManagement || seat.isDelegated else { throw IAMFault.rootAccess(.notAdministrator) }
        guard seat.organization.hasAllFeatures else { throw IAMFault.rootAccess(.notAllFeatures) }
        guard seat.hasTrustedAccess else { throw IAMFault.rootAccess(.noTrustedAccess) }
        return seat.organization
    }
}

extension RootAccess.Output {
    fileprivate init(_ organization: OrganizationRecord) {
        self.init(OrganizationId: organization.id, EnabledFeatures: (organization.rootAccess ?? []).sorted())
    }
}

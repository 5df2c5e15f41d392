import Documents
import Kernel
import Store

/// Effective policies that could not be made: none, because content is checked when it is put and merging keeps it valid.
/// Transfers of responsibility for bills: none, because there are no bills.
enum Validity {
    struct ByType: Codable, Sendable { var PolicyType: String }
    struct Accounts: Codable, Sendable {
        struct Account: Codable, Sendable { var Id: String }
        var Accounts: [Account]
        var PolicyType: String
    }
    struct ByAccount: Codable, Sendable {
        var AccountId: String
        var PolicyType: String
    }
    struct Errors: Codable, Sendable {
        struct Entry: Codable, Sendable { var ErrorCode: String }
        var AccountId: String
        var PolicyType: String
        var Path: String
        var EvaluationTimestamp: Timestamp
        var EffectivePolicyValidationErrors: [Entry]
    }
    struct Transfers: Codable, Sendable {
        struct Transfer: Codable, Sendable { var Id: String }
        var ResponsibilityTransfers: [Transfer] = []
    }
    struct Named: Codable, Sendable { var Id: String }

    static func register(in operations: inout Operations) {
        operations.on("ListAccountsWithInvalidEffectivePolicy") { (input: ByType, context) in
            try check(input.PolicyType)
            return try await context.reading(.reader) { _, _ in Accounts(Accounts: [], PolicyType: input.PolicyType) }
        }
        operations.on("ListEffectivePolicyValidationErrors") { (input: ByAccount, context) in
            try check(input.PolicyType)
            return try await context.reading(.reader) { snapshot, membership in
                guard let member = try snapshot.member(input.AccountId, in: membership.id) else {
                    throw OrganizationsFault.plain(.accountNotFound)
                }
                let organization = membership.organization
                let units = try snapshot.units(to: member.parent, in: organization).map(\.id)
                let path = ([organization.id, organization.root] + units + [member.account]).joined(separator: "/") + "/"
                return Errors(
                    AccountId: input.AccountId, PolicyType: input.PolicyType, Path: path, EvaluationTimestamp: context.now,
                    EffectivePolicyValidationErrors: [])
            }
        }
        for name in ["ListInboundResponsibilityTransfers", "ListOutboundResponsibilityTransfers"] {
            operations.on(name) { (_: Nothing, context) in try await context.reading(.reader) { _, _ in Transfers() } }
        }
        operations.on("DescribeResponsibilityTransfer") { (_: Named, context) in
            try await context.reading(.reader) { _, _ -> Nothing in throw OrganizationsFault.plain(.transferNotFound) }
        }
    }

    private static func check(_ type: String) throws {
        guard PolicyContent.management[type] != nil else { throw OrganizationsFault.notBuilt("policies of type \(type)") }
    }
}

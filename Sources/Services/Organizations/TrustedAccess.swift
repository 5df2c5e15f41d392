import Documents
import Kernel
import Store

/// EnableAWSServiceAccess, DisableAWSServiceAccess, ListAWSServiceAccessForOrganization.
enum TrustedAccess {
    struct Input: Codable, Sendable { var ServicePrincipal: String }
    struct Shape: Codable, Sendable {
        var ServicePrincipal: String
        var DateEnabled: Timestamp
    }
    struct Listed: Codable, Sendable {
        var EnabledServicePrincipals: [Shape]
        var NextToken: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("EnableAWSServiceAccess") { (input: Input, context) in
            try await context.changing { transaction, membership in
                try check(input.ServicePrincipal)
                var organization = membership.organization
                guard organization.hasAllFeatures else { throw OrganizationsFault.violation(.notAllFeatures) }
                guard organization.services[input.ServicePrincipal] == nil else { return Nothing() }
                guard organization.services.count < Limit.services else {
                    throw OrganizationsFault.invalid(.principal, "Too many services have access to the organization.")
                }
                organization.services[input.ServicePrincipal] = context.now
                try transaction.save(organization)
                return Nothing()
            }
        }
        operations.on("DisableAWSServiceAccess") { (input: Input, context) in
            try await context.changing { transaction, membership in
                try check(input.ServicePrincipal)
                let isAdministered = try transaction.members(in: membership.id).contains {
                    $0.delegations[input.ServicePrincipal] != nil
                }
                guard !isAdministered else { throw OrganizationsFault.violation(.administratorExists) }
                var organization = membership.organization
                organization.services[input.ServicePrincipal] = nil
                try transaction.save(organization)
                return Nothing()
            }
        }
        operations.on("ListAWSServiceAccessForOrganization") { (input: Accounts.List, context) in
            try await context.reading { _, membership in
                let services = membership.organization.services.sorted { $0.key < $1.key }.map {
                    Shape(ServicePrincipal: $0.key, DateEnabled: $0.value)
                }
                let page = try Page(
                    services, after: input.NextToken, max: input.MaxResults, of: context.list(), id: \.ServicePrincipal)
                return Listed(EnabledServicePrincipals: page.items, NextToken: page.token)
            }
        }
    }

    /// - Throws: `InvalidInputException` for what can't be a service's name.
    static func check(_ principal: String) throws {
        guard principal.hasSuffix(".amazonaws.com"), principal.utf8.count > ".amazonaws.com".utf8.count else {
            throw OrganizationsFault.invalid(.principal, "You specified an unrecognized service principal.")
        }
    }
}

import Documents
import Kernel
import Store

/// Delegated administrators: accounts that run a service for the organization, and may read it.
enum Delegation {
    struct Input: Codable, Sendable {
        var AccountId: String
        var ServicePrincipal: String
    }
    struct List: Codable, Sendable {
        var ServicePrincipal: String?
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ServiceList: Codable, Sendable {
        var AccountId: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Shape: Codable, Sendable {
        var Id: String
        var Arn: String
        var Email: String
        var Name: String
        var Status: String
        var State: String
        var JoinedMethod: String
        var JoinedTimestamp: Timestamp
        var DelegationEnabledDate: Timestamp
    }
    struct Listed: Codable, Sendable {
        var DelegatedAdministrators: [Shape]
        var NextToken: String?
    }
    struct ServiceShape: Codable, Sendable {
        var ServicePrincipal: String
        var DelegationEnabledDate: Timestamp
    }
    struct Services: Codable, Sendable {
        var DelegatedServices: [ServiceShape]
        var NextToken: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("RegisterDelegatedAdministrator") { (input: Input, context) in
            try await context.changing { transaction, membership in
                try TrustedAccess.check(input.ServicePrincipal)
                guard membership.organization.hasAllFeatures else { throw OrganizationsFault.violation(.notAllFeatures) }
                var member = try found(input.AccountId, membership, transaction)
                guard member.account != membership.organization.managementAccount else {
                    throw OrganizationsFault.violation(.managementAsAdministrator)
                }
                guard member.status == .active else { throw OrganizationsFault.violation(.suspendedAsAdministrator) }
                guard membership.organization.services[input.ServicePrincipal] != nil else {
                    throw OrganizationsFault.violation(.serviceAccess)
                }
                guard member.delegations[input.ServicePrincipal] == nil else {
                    throw OrganizationsFault.plain(.administratorRegistered)
                }
                member.delegations[input.ServicePrincipal] = context.now
                try transaction.save(member)
                return Nothing()
            }
        }
        operations.on("DeregisterDelegatedAdministrator") { (input: Input, context) in
            try await context.changing { transaction, membership in
                var member = try found(input.AccountId, membership, transaction)
                guard member.delegations.removeValue(forKey: input.ServicePrincipal) != nil else {
                    throw OrganizationsFault.plain(.administratorNotRegistered)
                }
                try transaction.save(member)
                return Nothing()
            }
        }
        operations.on("ListDelegatedAdministrators") { (input: List, context) in
            try await context.reading { snapshot, membership in
                let administrators = try snapshot.members(in: membership.id).compactMap { member -> Shape? in
                    let since =
                        input.ServicePrincipal.map { member.delegations[$0] } ?? member.delegations.values.min()
                    guard let since else { return nil }
                    return Shape(
                        Id: member.account, Arn: membership.arn("account/\(member.account)"), Email: member.email,
                        Name: member.name, Status: member.status.rawValue, State: member.status.rawValue,
                        JoinedMethod: member.method.rawValue, JoinedTimestamp: member.joined, DelegationEnabledDate: since)
                }
                let page = try Page(
                    administrators, after: input.NextToken, max: input.MaxResults, of: context.list(input.ServicePrincipal),
                    id: \.Id)
                return Listed(DelegatedAdministrators: page.items, NextToken: page.token)
            }
        }
        operations.on("ListDelegatedServicesForAccount") { (input: ServiceList, context) in
            try await context.reading { snapshot, membership in
                let member = try found(input.AccountId, membership, snapshot)
                guard !member.delegations.isEmpty else { throw OrganizationsFault.plain(.administratorNotRegistered) }
                let services = member.delegations.sorted { $0.key < $1.key }.map {
                    ServiceShape(ServicePrincipal: $0.key, DelegationEnabledDate: $0.value)
                }
                let page = try Page(
                    services, after: input.NextToken, max: input.MaxResults, of: context.list(input.AccountId),
                    id: \.ServicePrincipal)
                return Services(DelegatedServices: page.items, NextToken: page.token)
            }
        }
    }

    private static func found(
        _ account: String, _ membership: Membership, _ snapshot: Snapshot
    ) throws -> OrganizationMemberRecord {
        guard let member = try snapshot.member(account, in: membership.id) else {
            throw OrganizationsFault.plain(.accountNotFound)
        }
        return member
    }
}

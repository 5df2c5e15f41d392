import Documents
import Kernel
import Store

/// Which permission on which resource each operation needs
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html).
enum OrganizationsActions {
    /// Whoever is asked may answer; the handler knows who that is.
    private static let forAnybody: Set<String> = [
        "CreateOrganization", "DescribeOrganization", "LeaveOrganization", "AcceptHandshake", "DeclineHandshake",
        "CancelHandshake", "DescribeHandshake", "ListHandshakesForAccount", "DescribeEffectivePolicy",
    ]
    private static let reads: Set<String> = [
        "DescribeAccount", "DescribeCreateAccountStatus", "DescribeOrganizationalUnit", "DescribePolicy",
        "DescribeResourcePolicy", "ListAWSServiceAccessForOrganization", "ListAccounts", "ListAccountsForParent",
        "ListChildren", "ListCreateAccountStatus", "ListDelegatedAdministrators", "ListDelegatedServicesForAccount",
        "ListHandshakesForOrganization", "ListOrganizationalUnitsForParent", "ListParents", "ListPolicies",
        "ListPoliciesForTarget", "ListAccountsWithInvalidEffectivePolicy", "ListEffectivePolicyValidationErrors",
        "ListInboundResponsibilityTransfers", "ListOutboundResponsibilityTransfers", "DescribeResponsibilityTransfer",
        "ListRoots", "ListTagsForResource", "ListTargetsForPolicy",
    ]
    private static let delegableWrites: Set<String> = [
        "AttachPolicy", "CreatePolicy", "DeletePolicy", "DetachPolicy", "DisablePolicyType", "EnablePolicyType",
        "TagResource", "UntagResource", "UpdatePolicy",
    ]
    private static let managementOnly: Set<String> = [
        "CloseAccount", "CreateAccount", "CreateOrganizationalUnit", "DeleteOrganization", "DeleteOrganizationalUnit",
        "DeleteResourcePolicy", "DeregisterDelegatedAdministrator", "DisableAWSServiceAccess", "EnableAWSServiceAccess",
        "EnableAllFeatures", "InviteAccountToOrganization", "MoveAccount", "PutResourcePolicy",
        "RegisterDelegatedAdministrator", "RemoveAccountFromOrganization", "UpdateOrganizationalUnit",
    ]
    /// What the organization's resource policy can give to members (User Guide, "Delegated administrator for
    /// Organizations").
    static let delegable = reads.union(delegableWrites)

    static var map: ActionMap {
        var map: ActionMap = [:]
        for name in delegable.union(forAnybody).union(managementOnly) {
            map[name] = { input, context in try await permissions(name, input, context) }
        }
        return map
    }

    private static func permissions(_ name: String, _ input: Document, _ context: Context) async throws -> [Permission] {
        let action = "organizations:\(name)"
        let conditions = conditions(input)
        let resources = try await context.store.read { snapshot -> [String] in
            let key = OrganizationMemberRecord.key(context.account)
            guard let member = try snapshot.record(OrganizationMemberRecord.self, key),
                let organization = try snapshot.record(
                    OrganizationRecord.self, OrganizationRecord.key(member.organization))
            else { return [] }
            let membership = Membership(organization: organization, member: member)
            // A member that only the resource policy can let in is judged by it, on the resource itself. Any other
            // member has the right from its role in the organization, and is judged by its own policies alone.
            let authority: Authority =
                forAnybody.contains(name) ? .member : reads.contains(name) ? .reader : .manager
            let isByPolicy =
                membership.needsResourcePolicy(for: authority) && organization.resourcePolicy != nil && delegable.contains(name)
            guard membership.isManagement || isByPolicy else { return [] }
            let named = try arns(input, organization, snapshot)
            return named.isEmpty && isByPolicy ? [organization.arn("organization")] : named
        }
        guard !resources.isEmpty else { return [Permission(action, on: "*", conditions: conditions)] }
        return resources.map { Permission(action, on: $0, conditions: conditions) }
    }

    /// The resources that an input names.
    private static func arns(
        _ input: Document, _ organization: OrganizationRecord, _ snapshot: Snapshot
    ) throws -> [String] {
        var found: [String] = []
        let members = [
            "OrganizationalUnitId", "ParentId", "AccountId", "SourceParentId", "DestinationParentId", "PolicyId", "TargetId",
            "ResourceId", "ChildId", "RootId",
        ]
        for id in members.compactMap({ input[$0]?.string }) {
            if id.hasPrefix("r-") {
                found.append(organization.arn("root/\(id)"))
            } else if id.hasPrefix("ou-") {
                found.append(organization.arn("ou/\(id)"))
            } else if id.hasPrefix("rp-") {
                found.append(organization.arn("resourcepolicy/\(id)"))
            } else if id.hasPrefix("p-") {
                let type: String
                do { type = try snapshot.policy(id, in: organization.id).type.lowercased() } catch is OrganizationsFault {
                    type = "*"
                }
                found.append(organization.arn("policy/\(type)/\(id)"))
            } else {
                found.append(organization.arn("account/\(id)"))
            }
        }
        return found
    }

    private static func conditions(_ input: Document) -> [String: [String]] {
        var conditions: [String: [String]] = [:]
        if let type = input["PolicyType"]?.string ?? input["Type"]?.string ?? input["Filter"]?.string {
            conditions["organizations:PolicyType"] = [type]
        }
        if let principal = input["ServicePrincipal"]?.string { conditions["organizations:ServicePrincipal"] = [principal] }
        let tags = (input["Tags"]?.list ?? []).compactMap { tag -> (String, String)? in
            guard let key = tag["Key"]?.string else { return nil }
            return (key, tag["Value"]?.string ?? "")
        }
        for (key, value) in tags { conditions["aws:RequestTag/\(key)"] = [value] }
        let keys = tags.map(\.0) + (input["TagKeys"]?.list ?? []).compactMap(\.string)
        if !keys.isEmpty { conditions["aws:TagKeys"] = keys }
        return conditions
    }
}

import Documents
import Kernel
import Store

/// DescribeAccount, ListAccounts, ListAccountsForParent, MoveAccount.
enum Accounts {
    struct Input: Codable, Sendable { var AccountId: String }
    struct List: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ParentList: Codable, Sendable {
        var ParentId: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Move: Codable, Sendable {
        var AccountId: String
        var SourceParentId: String
        var DestinationParentId: String
    }
    struct Shape: Codable, Sendable {
        var Id: String
        var Arn: String
        var Email: String
        var Name: String
        var Status: String
        var State: String
        var Paths: [String]
        var JoinedMethod: String
        var JoinedTimestamp: Timestamp

        init(_ member: OrganizationMemberRecord, in organization: OrganizationRecord, _ snapshot: Snapshot) throws {
            (Id, Arn) = (member.account, organization.arn("account/\(member.account)"))
            (Email, Name, Status, State) = (member.email, member.name, member.status.rawValue, member.status.rawValue)
            Paths = [try snapshot.path(organization, to: member.parent, account: member.account)]
            (JoinedMethod, JoinedTimestamp) = (member.method.rawValue, member.joined)
        }
    }
    struct Output: Codable, Sendable { var Account: Shape }
    struct Listed: Codable, Sendable {
        var Accounts: [Shape]
        var NextToken: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("DescribeAccount") { (input: Input, context) in
            try await context.reading { snapshot, membership in
                guard let member = try snapshot.member(input.AccountId, in: membership.id) else {
                    throw OrganizationsFault.plain(.accountNotFound)
                }
                return Output(Account: try Shape(member, in: membership.organization, snapshot))
            }
        }
        operations.on("ListAccounts") { (input: List, context) in
            try await context.reading { snapshot, membership in
                let ids = try snapshot.everything(.account, in: membership.id)
                return try listed(ids, input.NextToken, input.MaxResults, of: context.list(), membership, snapshot)
            }
        }
        operations.on("ListAccountsForParent") { (input: ParentList, context) in
            try await context.reading { snapshot, membership in
                guard try snapshot.isParent(input.ParentId, in: membership.organization) else {
                    throw OrganizationsFault.plain(.parentNotFound)
                }
                let ids = try snapshot.children(.account, of: input.ParentId, in: membership.id)
                return try listed(ids, input.NextToken, input.MaxResults, of: context.list(input.ParentId), membership, snapshot)
            }
        }
        operations.on("MoveAccount") { (input: Move, context) in try await move(input, context) }
    }

    private static func listed(
        _ ids: [String], _ token: String?, _ max: Int?, of list: String, _ membership: Membership, _ snapshot: Snapshot
    ) throws -> Listed {
        let page = try Page(ids, after: token, max: max, of: list, id: { $0 })
        let shapes = try page.items.compactMap { id in
            try snapshot.member(id, in: membership.id).map { try Shape($0, in: membership.organization, snapshot) }
        }
        return Listed(Accounts: shapes, NextToken: page.token)
    }

    private static func move(_ input: Move, _ context: Context) async throws -> Nothing {
        try await context.changing { transaction, membership in
            guard var member = try transaction.member(input.AccountId, in: membership.id) else {
                throw OrganizationsFault.plain(.accountNotFound)
            }
            guard try transaction.isParent(input.SourceParentId, in: membership.organization),
                member.parent == input.SourceParentId
            else { throw OrganizationsFault.plain(.sourceNotFound) }
            guard try transaction.isParent(input.DestinationParentId, in: membership.organization) else {
                throw OrganizationsFault.plain(.destinationNotFound)
            }
            guard input.DestinationParentId != member.parent else { throw OrganizationsFault.plain(.duplicateAccount) }
            try transaction.delete(Child.key(.account, member.account, of: member.parent, in: membership.id))
            member.parent = input.DestinationParentId
            try transaction.save(member)
            try transaction.put(Child.key(.account, member.account, of: member.parent, in: membership.id), [])
            return Nothing()
        }
    }
}

import Documents
import Kernel
import Store

/// ListChildren, ListParents.
enum Hierarchy {
    struct ChildrenInput: Codable, Sendable {
        var ParentId: String
        var ChildType: ChildKind
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ChildShape: Codable, Sendable {
        var Id: String
        var `Type`: ChildKind
    }
    struct Children: Codable, Sendable {
        var Children: [ChildShape]
        var NextToken: String?
    }
    struct ParentsInput: Codable, Sendable { var ChildId: String }
    struct ParentShape: Codable, Sendable {
        var Id: String
        var `Type`: String
    }
    struct Parents: Codable, Sendable { var Parents: [ParentShape] }

    static func register(in operations: inout Operations) {
        operations.on("ListChildren") { (input: ChildrenInput, context) in
            try await context.reading { snapshot, membership in
                guard try snapshot.isParent(input.ParentId, in: membership.organization) else {
                    throw OrganizationsFault.plain(.parentNotFound)
                }
                let ids = try snapshot.children(input.ChildType, of: input.ParentId, in: membership.id)
                let page = try Page(
                    ids, after: input.NextToken, max: input.MaxResults, of: context.list(input.ParentId), id: { $0 })
                return Children(
                    Children: page.items.map { ChildShape(Id: $0, Type: input.ChildType) }, NextToken: page.token)
            }
        }
        // A child has one parent, so there is always one page.
        operations.on("ListParents") { (input: ParentsInput, context) in
            try await context.reading { snapshot, membership in
                let parent =
                    try snapshot.member(input.ChildId, in: membership.id)?.parent
                    ?? snapshot.unit(input.ChildId, in: membership.id)?.parent
                guard let parent else { throw OrganizationsFault.plain(.childNotFound) }
                let isRoot = parent == membership.organization.root
                return Parents(Parents: [ParentShape(Id: parent, Type: isRoot ? "ROOT" : "ORGANIZATIONAL_UNIT")])
            }
        }
    }
}

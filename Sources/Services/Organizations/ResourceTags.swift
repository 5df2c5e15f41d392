import Documents
import Kernel
import Store

struct Tag: Codable, Sendable {
    var Key: String
    var Value: String
}

extension Tag: KeyedTag {
    var tagKey: String { Key }
    var tagValue: String { Value }
}

/// TagResource, UntagResource, ListTagsForResource, for roots, units, accounts, policies and the resource policy.
enum ResourceTags {
    struct Add: Codable, Sendable {
        var ResourceId: String
        var Tags: [Tag]
    }
    struct Remove: Codable, Sendable {
        var ResourceId: String
        var TagKeys: [String]
    }
    struct List: Codable, Sendable {
        var ResourceId: String
        var NextToken: String?
    }
    struct Listed: Codable, Sendable {
        var Tags: [Tag]
        var NextToken: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("TagResource") { (input: Add, context) in
            try await change(input.ResourceId, context) { try $0.add(input.Tags) }
        }
        operations.on("UntagResource") { (input: Remove, context) in
            try await change(input.ResourceId, context) { $0.remove(input.TagKeys) }
        }
        operations.on("ListTagsForResource") { (input: List, context) in
            try await context.reading { snapshot, membership in
                guard let tags = try snapshot.tags(of: input.ResourceId, in: membership.organization) else {
                    throw OrganizationsFault.plain(.targetNotFound)
                }
                let shown = tags.map { Tag(Key: $0.key, Value: $0.value) }
                let page = try Page(shown, after: input.NextToken, max: nil, of: context.list(input.ResourceId), id: \.Key)
                return Listed(Tags: page.items, NextToken: page.token)
            }
        }
    }

    private static func change(
        _ id: String, _ context: Context, _ body: @escaping @Sendable (inout TagList) throws -> Void
    ) async throws -> Nothing {
        try await context.changing { transaction, membership in
            var organization = membership.organization
            if id == organization.root {
                try body(&organization.rootTags)
                try transaction.save(organization)
            } else if var policy = organization.resourcePolicy, policy.id == id {
                try body(&policy.tags)
                organization.resourcePolicy = policy
                try transaction.save(organization)
            } else if var unit = try transaction.unit(id, in: organization.id) {
                try body(&unit.tags)
                try transaction.save(unit)
            } else if var member = try transaction.member(id, in: organization.id) {
                try body(&member.tags)
                try transaction.save(member)
            } else if var policy = try transaction.record(
                OrganizationPolicyRecord.self, OrganizationPolicyRecord.key(organization.id, id))
            {
                try body(&policy.tags)
                try transaction.save(policy)
            } else {
                throw OrganizationsFault.plain(.targetNotFound)
            }
            return Nothing()
        }
    }
}

extension TagList {
    /// - Throws: as ``add(_:)``.
    init(_ tags: [Tag]?) throws {
        self.init()
        try add(tags ?? [])
    }

    /// - Throws: `InvalidInputException`, `ConstraintViolationException`.
    fileprivate mutating func add(_ tags: [Tag]) throws {
        try add(tags, limit: Limit.tags) { flaw -> OrganizationsFault? in
            switch flaw {
            case .reserved:
                .invalid(
                    .systemTags,
                    "You specified a tag key that is a system tag. You can't add, edit, "
                        + "or delete system tag keys because they're reserved for AWS use.")
            case .repeated:
                .invalid(.duplicateTag, "Tag keys must be unique among the tags attached to the same entity.")
            case .tooMany: .violation(.maxTags)
            case .lookAlike: nil
            }
        }
    }
}

extension Snapshot {
    /// The tags of whatever has this id; nil if there is nothing.
    func tags(of id: String, in organization: OrganizationRecord) throws -> TagList? {
        if id == organization.root { return organization.rootTags }
        if let policy = organization.resourcePolicy, policy.id == id { return policy.tags }
        return try unit(id, in: organization.id)?.tags ?? member(id, in: organization.id)?.tags
            ?? record(OrganizationPolicyRecord.self, OrganizationPolicyRecord.key(organization.id, id))?.tags
    }
}

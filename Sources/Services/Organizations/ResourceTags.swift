import Documents
import Kernel
import Store

struct Tag: Codable, Sendable {
    var Key: String
    var Value: String
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
            let added = try checked(input.Tags)
            return try await change(input.ResourceId, context) { tags in
                tags.merge(added) { $1 }
                guard tags.count <= Limit.tags else { throw OrganizationsFault.violation(.maxTags) }
            }
        }
        operations.on("UntagResource") { (input: Remove, context) in
            try await change(input.ResourceId, context) { tags in
                for key in input.TagKeys { tags[key] = nil }
            }
        }
        operations.on("ListTagsForResource") { (input: List, context) in
            try await context.reading { snapshot, membership in
                guard let tags = try snapshot.tags(of: input.ResourceId, in: membership.organization) else {
                    throw OrganizationsFault.plain(.targetNotFound)
                }
                let sorted = tags.sorted { $0.key < $1.key }.map { Tag(Key: $0.key, Value: $0.value) }
                let page = try Page(sorted, after: input.NextToken, max: nil, id: \.Key)
                return Listed(Tags: page.items, NextToken: page.token)
            }
        }
    }

    /// - Throws: `InvalidInputException`, `ConstraintViolationException`.
    static func checked(_ tags: [Tag]?) throws -> [String: String] {
        var result: [String: String] = [:]
        for tag in tags ?? [] {
            guard !tag.Key.lowercased().hasPrefix("aws:") else {
                throw OrganizationsFault.invalid(
                    .systemTags,
                    "You specified a tag key that is a system tag. You can't add, edit, "
                        + "or delete system tag keys because they're reserved for AWS use.")
            }
            guard result.updateValue(tag.Value, forKey: tag.Key) == nil else {
                throw OrganizationsFault.invalid(
                    .duplicateTag, "Tag keys must be unique among the tags attached to the same entity.")
            }
        }
        guard result.count <= Limit.tags else { throw OrganizationsFault.violation(.maxTags) }
        return result
    }

    private static func change(
        _ id: String, _ context: Context, _ body: @escaping @Sendable (inout [String: String]) throws -> Void
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

extension Snapshot {
    /// The tags of whatever has this id; nil if there is nothing.
    func tags(of id: String, in organization: OrganizationRecord) throws -> [String: String]? {
        if id == organization.root { return organization.rootTags }
        if let policy = organization.resourcePolicy, policy.id == id { return policy.tags }
        return try unit(id, in: organization.id)?.tags ?? member(id, in: organization.id)?.tags
            ?? record(OrganizationPolicyRecord.self, OrganizationPolicyRecord.key(organization.id, id))?.tags
    }
}

import Documents
import Kernel
import Store

/// TagResource, UntagResource, ListResourceTags.
extension KMSService {
    struct TagInput: Codable, Sendable {
        var KeyId: String
        var Tags: [KeyRecord.Tag]
    }

    func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var key = try self.managed(input.KeyId, context, transaction).key
            try key.mustNotBeDeleted()
            key.tags = try TagRules.merged(key.tags, with: input.Tags)
            try transaction.keep(key)
        }
        return Nothing()
    }

    struct UntagInput: Codable, Sendable {
        var KeyId: String
        var TagKeys: [String]
    }

    func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var key = try self.managed(input.KeyId, context, transaction).key
            try key.mustNotBeDeleted()
            key.tags.removeAll { tag in input.TagKeys.contains { $0.utf8.elementsEqual(tag.TagKey.utf8) } }
            try transaction.keep(key)
        }
        return Nothing()
    }

    struct TagsOutput: Codable, Sendable {
        var Tags: [KeyRecord.Tag]
        var NextMarker: String?
        var Truncated: Bool
    }

    func listTags(_ input: ListOfKeyInput, _ context: Context) async throws -> TagsOutput {
        let page = try KeyPage(input.Limit, input.Marker)
        let tags = try await context.store.read { try self.managed(input.KeyId, context, $0).key.tags }
        let rest = page.after.map { last in tags.drop { $0.TagKey != last }.dropFirst() } ?? tags[...]
        let shown = rest.prefix(page.limit)
        let isTruncated = rest.count > shown.count
        return TagsOutput(
            Tags: Array(shown), NextMarker: isTruncated ? shown.last.map { PageToken.write($0.TagKey) } : nil,
            Truncated: isTruncated)
    }
}

/// https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html
enum TagRules {
    static func merged(_ old: [KeyRecord.Tag], with new: [KeyRecord.Tag]) throws(KMSFault) -> [KeyRecord.Tag] {
        var tags = old
        guard Set(new.map(\.TagKey)).count == new.count else { throw .tag("Duplicate tag keys") }
        for tag in new {
            guard !tag.TagKey.lowercased().hasPrefix("aws:") else { throw .tag("Tag keys can't begin with aws:") }
            // AWS tells apart what Unicode's canonical equivalence joins.
            let present = tags.firstIndex { $0.TagKey.utf8.elementsEqual(tag.TagKey.utf8) }
            if let present { tags[present] = tag } else { tags.append(tag) }
        }
        guard tags.count <= KMSLimit.tags else { throw .tag("Too many tags") }
        return tags
    }
}

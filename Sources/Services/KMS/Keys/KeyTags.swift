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
            try key.tags.add(input.Tags)
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
            key.tags.removeTags(input.TagKeys)
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
        let page = try KeyPage(input.Limit, input.Marker, of: context.list(input.KeyId), most: KMSLimit.tagPageMax)
        let tags = try await context.store.read { try self.managed(input.KeyId, context, $0).key.tags }
        let rest = page.after.map { last in tags.drop { !$0.isNamed(last) }.dropFirst() } ?? tags[...]
        let shown = rest.prefix(page.limit)
        let isTruncated = rest.count > shown.count
        return TagsOutput(
            Tags: Array(shown), NextMarker: isTruncated ? shown.last.map { page.marker($0.TagKey) } : nil,
            Truncated: isTruncated)
    }
}

extension KeyRecord.Tag: KeyedTag {
    var tagKey: String { TagKey }
    var tagValue: String { TagValue }
}

extension [KeyRecord.Tag] {
    init(checking tags: [KeyRecord.Tag]?) throws(KMSFault) {
        self = []
        try add(tags ?? [])
    }

    /// https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html
    mutating func add(_ tags: [KeyRecord.Tag]) throws(KMSFault) {
        try addTags(tags, limit: KMSLimit.tags) { flaw -> KMSFault? in
            switch flaw {
            case .repeated: .tag("Duplicate tag keys")
            case .reserved: .tag("Tag keys can't begin with aws:")
            case .tooMany: .tag("Too many tags")
            case .lookAlike: nil
            }
        }
    }
}

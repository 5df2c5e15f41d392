import Documents
import Kernel
import Store

/// Tags of trails.
extension CloudTrailService {
    struct TagsInput: Decodable, Sendable {
        var ResourceId: String
        var TagsList: [TagShape]
    }

    func addTags(_ input: TagsInput, _ context: Context) async throws -> Nothing {
        try await change(input.ResourceId, context) { $0 = try Self.merged($0, input.TagsList) }
    }

    func removeTags(_ input: TagsInput, _ context: Context) async throws -> Nothing {
        try await change(input.ResourceId, context) { tags in
            for tag in input.TagsList { tags[tag.Key] = nil }
        }
    }

    private func change(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws -> Nothing {
        guard TrailRecord.key(arn: arn) != nil else { throw CloudTrailFault.invalidARN(arn) }
        let trail = try await owned(arn, context)
        try await context.store.write { transaction in
            var trail = try transaction.trail(trail, context.account)
            try body(&trail.tags)
            try transaction.put(trail.key, trail)
        }
        return Nothing()
    }

    struct ListTagsInput: Decodable, Sendable {
        var ResourceIdList: [String]
        var NextToken: String?
    }
    struct ListTagsOutput: Encodable, Sendable {
        struct Resource: Encodable, Sendable {
            var ResourceId: String
            var TagsList: [TagShape]
        }
        var ResourceTagList: [Resource]
    }

    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        if input.NextToken != nil { throw CloudTrailFault.nextToken }
        var resources: [ListTagsOutput.Resource] = []
        for arn in input.ResourceIdList {
            guard TrailRecord.key(arn: arn) != nil else { throw CloudTrailFault.invalidARN(arn) }
            let tags = try await find(arn, context).tags.sorted { $0.key < $1.key }
            resources.append(.init(ResourceId: arn, TagsList: tags.map { TagShape(Key: $0.key, Value: $0.value) }))
        }
        return ListTagsOutput(ResourceTagList: resources)
    }

    static func merged(_ tags: [String: String], _ more: [TagShape]) throws -> [String: String] {
        var tags = tags
        var seen: Set<String> = []
        for tag in more {
            guard seen.insert(tag.Key).inserted else { throw CloudTrailFault.tag("Tag key \(tag.Key) is given more than once.") }
            guard !tag.Key.lowercased().hasPrefix("aws:") else {
                throw CloudTrailFault.tag("Tag keys that begin with aws: are reserved.")
            }
            tags[tag.Key] = tag.Value ?? ""
        }
        guard tags.count <= TrailLimit.tags else { throw CloudTrailFault.tooManyTags }
        return tags
    }
}

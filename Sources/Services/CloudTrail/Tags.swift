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
        try await change(input.ResourceId, context) { try $0.add(input.TagsList) }
    }

    func removeTags(_ input: TagsInput, _ context: Context) async throws -> Nothing {
        try await change(input.ResourceId, context) { $0.remove(input.TagsList.map(\.Key)) }
    }

    private func change(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable (inout TagList) throws -> Void
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
            let tags = try await find(arn, context).tags
            resources.append(.init(ResourceId: arn, TagsList: tags.map { TagShape(Key: $0.key, Value: $0.value) }))
        }
        return ListTagsOutput(ResourceTagList: resources)
    }
}

extension TagShape: KeyedTag {
    var tagKey: String { Key }
    var tagValue: String { Value ?? "" }
}

extension TagList {
    /// - Throws: ``CloudTrailFault``
    mutating func add(_ tags: [TagShape]) throws {
        try add(tags, limit: TrailLimit.tags) { flaw -> CloudTrailFault? in
            switch flaw {
            case .repeated(let key): .tag("Tag key \(key) is given more than once.")
            case .reserved: .tag("Tag keys that begin with aws: are reserved.")
            case .tooMany: .tooManyTags
            case .lookAlike: nil
            }
        }
    }
}

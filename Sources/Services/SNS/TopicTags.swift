import Documents
import Kernel
import Store

extension SNSService.Tag: KeyedTag {
    var tagKey: String { Key }
    var tagValue: String { Value }
}

extension TagList {
    init(_ tags: [SNSService.Tag]?) throws {
        self.init()
        try add(tags ?? [])
    }

    /// - Throws: ``SNSFault``
    mutating func add(_ tags: [SNSService.Tag]) throws {
        try add(tags, limit: SNSLimit.tags) { flaw -> SNSFault? in
            switch flaw {
            case .reserved: .invalid("Tags Reason: aws: prefixed tag key names are not allowed for external use.")
            case .repeated: .invalid("Tags Reason: Duplicate keys are not allowed.")
            case .tooMany: .tooManyTags
            case .lookAlike: nil
            }
        }
    }
}

/// TagResource, UntagResource, ListTagsForResource.
extension SNSService {
    struct TagInput: Decodable, Sendable {
        var ResourceArn: String
        var Tags: [Tag]
    }

    func tagResource(_ input: TagInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var topic = try transaction.tagged(input.ResourceArn, context)
            try topic.tags.add(input.Tags)
            try transaction.put(topic.key, topic)
        }
        return Nothing()
    }

    struct UntagInput: Decodable, Sendable {
        var ResourceArn: String
        var TagKeys: [String]
    }

    func untagResource(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var topic = try transaction.tagged(input.ResourceArn, context)
            topic.tags.remove(input.TagKeys)
            try transaction.put(topic.key, topic)
        }
        return Nothing()
    }

    struct ListTagsInput: Decodable, Sendable { var ResourceArn: String }
    struct ListTagsOutput: Encodable, Sendable { var Tags: [Tag] }

    func listTagsForResource(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        let topic = try await context.store.read { try $0.tagged(input.ResourceArn, context) }
        return ListTagsOutput(Tags: topic.tags.map { Tag(Key: $0.key, Value: $0.value) })
    }
}

extension Snapshot {
    /// The tag operations have their own word for what is missing.
    fileprivate func tagged(_ arn: String, _ context: Context) throws -> TopicRecord {
        do { return try topic(arn, context, member: "ResourceArn") } catch SNSFault.noTopic { throw SNSFault.noResource }
    }
}

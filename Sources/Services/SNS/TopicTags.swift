import Documents
import Kernel
import Store

/// What tags may be.
enum TopicTags {
    /// - Throws: ``SNSFault``
    static func checked(_ tags: [SNSService.Tag]) throws -> [String: String] {
        var kept: [String: String] = [:]
        for tag in tags {
            guard !tag.Key.lowercased().hasPrefix("aws:") else {
                throw SNSFault.invalid("Tags Reason: aws: prefixed tag key names are not allowed for external use.")
            }
            guard kept.updateValue(tag.Value, forKey: tag.Key) == nil else {
                throw SNSFault.invalid("Tags Reason: Duplicate keys are not allowed.")
            }
        }
        guard kept.count <= SNSLimit.tags else { throw SNSFault.tooManyTags }
        return kept
    }
}

/// TagResource, UntagResource, ListTagsForResource.
extension SNSService {
    struct TagInput: Decodable, Sendable {
        var ResourceArn: String
        var Tags: [Tag]
    }

    func tagResource(_ input: TagInput, _ context: Context) async throws -> Nothing {
        let tags = try TopicTags.checked(input.Tags)
        try await context.store.write { transaction in
            var topic = try transaction.tagged(input.ResourceArn, context)
            topic.tags.merge(tags) { $1 }
            guard topic.tags.count <= SNSLimit.tags else { throw SNSFault.tooManyTags }
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
            for key in input.TagKeys { topic.tags[key] = nil }
            try transaction.put(topic.key, topic)
        }
        return Nothing()
    }

    struct ListTagsInput: Decodable, Sendable { var ResourceArn: String }
    struct ListTagsOutput: Encodable, Sendable { var Tags: [Tag] }

    func listTagsForResource(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        let topic = try await context.store.read { try $0.tagged(input.ResourceArn, context) }
        return ListTagsOutput(Tags: topic.tags.sorted { $0.key < $1.key }.map { Tag(Key: $0.key, Value: $0.value) })
    }
}

extension Snapshot {
    /// The tag operations have their own word for what is missing.
    fileprivate func tagged(_ arn: String, _ context: Context) throws -> TopicRecord {
        do { return try topic(arn, context, member: "ResourceArn") } catch SNSFault.noTopic { throw SNSFault.noResource }
    }
}

import Documents
import Kernel
import Store

/// Tags of streams and consumers, in the old operations and the new.
extension KinesisService {
    static func checkTags(_ tags: [String: String], onto present: [String: String]) throws {
        for key in tags.keys where key.lowercased().hasPrefix("aws:") {
            throw KinesisFault.invalid("Tag keys that start with aws: are reserved for AWS use.")
        }
        guard present.merging(tags, uniquingKeysWith: { $1 }).count <= KinesisLimit.tags else {
            throw KinesisFault.invalid("Failed to add tags: a resource cannot have more than \(KinesisLimit.tags) tags.")
        }
    }

    struct AddTagsInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var Tags: [String: String]
    }

    func addTags(_ input: AddTagsInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.StreamName, input.StreamARN, context)
        try await tag(live, input.Tags, context)
        return Nothing()
    }

    private func tag(_ live: LiveStream, _ tags: [String: String], _ context: Context) async throws {
        try await change(live, context) { record, _ in
            try Self.checkTags(tags, onto: record.tags)
            record.tags.merge(tags, uniquingKeysWith: { $1 })
        }
    }

    struct RemoveTagsInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var TagKeys: [String]
    }

    func removeTags(_ input: RemoveTagsInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.StreamName, input.StreamARN, context)
        try await change(live, context) { record, _ in for key in input.TagKeys { record.tags[key] = nil } }
        return Nothing()
    }

    struct TagPair: Codable, Sendable {
        var Key: String
        var Value: String
    }
    struct ListStreamTagsInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var ExclusiveStartTagKey: String?
        var Limit: Int?
    }
    struct ListStreamTagsOutput: Codable, Sendable {
        var Tags: [TagPair]
        var HasMoreTags: Bool
    }

    func listStreamTags(_ input: ListStreamTagsInput, _ context: Context) async throws -> ListStreamTagsOutput {
        let record = try await stream(input.StreamName, input.StreamARN, context).record
        let limit = input.Limit ?? KinesisLimit.tags
        let start = input.ExclusiveStartTagKey
        let left = Self.pairs(record.tags).filter { tag in start.map { tag.Key > $0 } ?? true }
        return ListStreamTagsOutput(Tags: Array(left.prefix(limit)), HasMoreTags: left.count > limit)
    }

    private static func pairs(_ tags: [String: String]) -> [TagPair] {
        tags.sorted { $0.key < $1.key }.map { TagPair(Key: $0.key, Value: $0.value) }
    }

    struct TagResourceInput: Codable, Sendable {
        var ResourceARN: String
        var Tags: [String: String]
    }

    func tagResource(_ input: TagResourceInput, _ context: Context) async throws -> Nothing {
        if input.ResourceARN.contains("/consumer/") {
            try await changeConsumer(input.ResourceARN, context) { consumer in
                try Self.checkTags(input.Tags, onto: consumer.tags)
                consumer.tags.merge(input.Tags, uniquingKeysWith: { $1 })
            }
        } else {
            try await tag(try await stream(nil, input.ResourceARN, context), input.Tags, context)
        }
        return Nothing()
    }

    struct UntagResourceInput: Codable, Sendable {
        var ResourceARN: String
        var TagKeys: [String]
    }

    func untagResource(_ input: UntagResourceInput, _ context: Context) async throws -> Nothing {
        if input.ResourceARN.contains("/consumer/") {
            try await changeConsumer(input.ResourceARN, context) { consumer in
                for key in input.TagKeys { consumer.tags[key] = nil }
            }
            return Nothing()
        }
        return try await removeTags(RemoveTagsInput(StreamARN: input.ResourceARN, TagKeys: input.TagKeys), context)
    }

    struct ListTagsInput: Codable, Sendable { var ResourceARN: String }
    struct ListTagsOutput: Codable, Sendable { var Tags: [TagPair] }

    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        if input.ResourceARN.contains("/consumer/") {
            return ListTagsOutput(Tags: Self.pairs(try await consumer(input.ResourceARN, context).tags))
        }
        return ListTagsOutput(Tags: Self.pairs(try await stream(nil, input.ResourceARN, context).record.tags))
    }
}

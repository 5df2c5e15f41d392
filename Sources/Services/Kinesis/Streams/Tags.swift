import Documents
import Kernel
import Store

/// Tags of streams and consumers, in the old operations and the new.
extension KinesisService {
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
            try record.tags.add(tags)
        }
    }

    struct RemoveTagsInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var TagKeys: [String]
    }

    func removeTags(_ input: RemoveTagsInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.StreamName, input.StreamARN, context)
        try await change(live, context) { record, _ in record.tags.remove(input.TagKeys) }
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
        let left = record.tags.filter { tag in start.map { tag.comes(after: $0) } ?? true }
        return ListStreamTagsOutput(Tags: Self.pairs(left.prefix(limit)), HasMoreTags: left.count > limit)
    }

    private static func pairs(_ tags: some Sequence<TagList.Pair>) -> [TagPair] {
        tags.map { TagPair(Key: $0.key, Value: $0.value) }
    }

    struct TagResourceInput: Codable, Sendable {
        var ResourceARN: String
        var Tags: [String: String]
    }

    func tagResource(_ input: TagResourceInput, _ context: Context) async throws -> Nothing {
        if input.ResourceARN.contains("/consumer/") {
            try await changeConsumer(input.ResourceARN, context) { try $0.tags.add(input.Tags) }
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
            try await changeConsumer(input.ResourceARN, context) { $0.tags.remove(input.TagKeys) }
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

extension TagList {
    init(checking tags: [String: String]?) throws {
        self.init()
        try add(tags ?? [:])
    }

    /// - Throws: ``KinesisFault``
    mutating func add(_ tags: [String: String]) throws {
        try add(TagList(tags), limit: KinesisLimit.tags) { flaw -> KinesisFault? in
            switch flaw {
            case .reserved: .invalid("Tag keys that start with aws: are reserved for AWS use.")
            case .tooMany: .invalid("Failed to add tags: a resource cannot have more than \(KinesisLimit.tags) tags.")
            case .repeated, .lookAlike: nil
            }
        }
    }
}

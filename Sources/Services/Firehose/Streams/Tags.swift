import Documents
import Kernel

/// Tags of delivery streams.
extension FirehoseService {
    struct TagInput: Codable, Sendable {
        var DeliveryStreamName: String
        var Tags: [StreamRecord.Tag]
    }

    func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.DeliveryStreamName, context)
        try await change(live, context) { record, _ in
            try Self.demandActive(record, context.now)
            try record.tags.add(input.Tags)
        }
        return Nothing()
    }

    struct UntagInput: Codable, Sendable {
        var DeliveryStreamName: String
        var TagKeys: [String]
    }

    func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.DeliveryStreamName, context)
        try await change(live, context) { record, _ in
            try Self.demandActive(record, context.now)
            record.tags.removeTags(input.TagKeys)
        }
        return Nothing()
    }

    struct ListTagsInput: Codable, Sendable {
        var DeliveryStreamName: String
        var ExclusiveStartTagKey: String?
        var Limit: Int?
    }
    struct ListTagsOutput: Codable, Sendable {
        var Tags: [StreamRecord.Tag]
        var HasMoreTags: Bool
    }

    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        let record = try await stream(input.DeliveryStreamName, context).record
        let limit = input.Limit ?? FirehoseLimit.tags
        let sorted = record.tags.sorted { $1.comes(after: $0.Key) }
        let left = sorted.filter { tag in input.ExclusiveStartTagKey.map { tag.comes(after: $0) } ?? true }
        return ListTagsOutput(Tags: Array(left.prefix(limit)), HasMoreTags: left.count > limit)
    }
}

extension StreamRecord.Tag: KeyedTag {
    var tagKey: String { Key }
    var tagValue: String { Value ?? "" }
}

extension [StreamRecord.Tag] {
    init(checking tags: [StreamRecord.Tag]?) throws(FirehoseFault) {
        self = []
        try add(tags ?? [])
    }

    mutating func add(_ tags: [StreamRecord.Tag]) throws(FirehoseFault) {
        try addTags(tags, limit: FirehoseLimit.tags) { flaw -> FirehoseFault? in
            switch flaw {
            case .repeated: .invalid("Tag keys must be unique.")
            case .tooMany: .limit("A Firehose stream can have at most \(FirehoseLimit.tags) tags.")
            case .reserved, .lookAlike: nil
            }
        }
    }
}

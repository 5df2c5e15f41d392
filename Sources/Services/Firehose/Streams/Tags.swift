import Documents
import Kernel

/// Tags of delivery streams.
extension FirehoseService {
    static func checkTags(_ tags: [StreamRecord.Tag], onto present: [StreamRecord.Tag]) throws {
        guard Set(tags.map(\.Key)).count == tags.count else {
            throw FirehoseFault.invalid("Tag keys must be unique.")
        }
        let keys = Set(tags.map(\.Key)).union(present.map(\.Key))
        guard keys.count <= FirehoseLimit.tags else {
            throw FirehoseFault.limit("A Firehose stream can have at most \(FirehoseLimit.tags) tags.")
        }
    }

    struct TagInput: Codable, Sendable {
        var DeliveryStreamName: String
        var Tags: [StreamRecord.Tag]
    }

    func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.DeliveryStreamName, context)
        try await change(live, context) { record, _ in
            try Self.demandActive(record, context.now)
            try Self.checkTags(input.Tags, onto: record.tags)
            for tag in input.Tags {
                // AWS tells apart what Unicode's canonical equivalence joins.
                if let place = record.tags.firstIndex(where: { $0.Key.utf8.elementsEqual(tag.Key.utf8) }) {
                    record.tags[place] = tag
                } else {
                    record.tags.append(tag)
                }
            }
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
            record.tags.removeAll { tag in input.TagKeys.contains { $0.utf8.elementsEqual(tag.Key.utf8) } }
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
        let sorted = record.tags.sorted { $0.Key < $1.Key }
        let left = sorted.filter { tag in input.ExclusiveStartTagKey.map { tag.Key > $0 } ?? true }
        return ListTagsOutput(Tags: Array(left.prefix(limit)), HasMoreTags: left.count > limit)
    }
}

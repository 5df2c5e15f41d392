import Documents
import Kernel

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html
enum QueueTags {
    private static let keyLength = 128, valueLength = 256

    static func check(_ tags: [String: String]) throws {
        for (key, value) in tags {
            guard (1...keyLength).contains(key.unicodeScalars.count), value.unicodeScalars.count <= valueLength else {
                throw SQSFault.invalid("Tag keys must be between 1 and 128 characters in length, values at most 256.")
            }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw SQSFault.invalid("Tag keys starting with 'aws:' are reserved for system use.")
            }
        }
        guard tags.count <= SQSLimit.tags else { throw SQSFault.invalid("Too many tags added for queue.") }
    }
}

extension SQSService {
    func tag(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        let tags = QueueAttributes.texts(input["Tags"])
        if tags.isEmpty { throw SQSFault.missing("Tags") }
        try await update(name, context) { record, _ in
            record.tags.merge(tags) { $1 }
            try QueueTags.check(record.tags)
        }
        return [:]
    }

    func untag(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        guard let keys = input["TagKeys"]?.list?.compactMap(\.string), !keys.isEmpty else { throw SQSFault.missing("TagKeys") }
        try await update(name, context) { record, _ in for key in keys { record.tags[key] = nil } }
        return [:]
    }

    func listTags(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        let tags = try await queue(name, context).record.tags.sorted { $0.key < $1.key }
        if tags.isEmpty { return [:] }
        return ["Tags": .map(Members(uniqueKeysWithValues: tags.map { ($0.key, .string($0.value)) }))]
    }
}

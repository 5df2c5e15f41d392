import Documents
import Kernel

extension [String: String] {
    init(checking tags: [String: String]) throws(SQSFault) {
        self = [:]
        try add(tags)
    }

    /// SQS has no lengths in its model
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html).
    fileprivate mutating func add(_ tags: [String: String]) throws(SQSFault) {
        for (key, value) in tags {
            guard (1...SQSLimit.tagKey).contains(key.unicodeScalars.count), value.unicodeScalars.count <= SQSLimit.tagValue else {
                throw .invalid("Tag keys must be between 1 and 128 characters in length, values at most 256.")
            }
        }
        try addTags(tags, limit: SQSLimit.tags) { flaw -> SQSFault? in
            switch flaw {
            case .reserved: .invalid("Tag keys starting with 'aws:' are reserved for system use.")
            case .tooMany: .invalid("Too many tags added for queue.")
            case .lookAlike(let key): .invalid(TagFlaw.lookAlikeText(key))
            case .repeated: nil
            }
        }
    }
}

extension SQSService {
    func tag(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        let tags = QueueAttributes.texts(input["Tags"])
        if tags.isEmpty { throw SQSFault.missing("Tags") }
        try await update(name, context) { record, _ in try record.tags.add(tags) }
        return [:]
    }

    func untag(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        guard let keys = input["TagKeys"]?.list?.compactMap(\.string), !keys.isEmpty else { throw SQSFault.missing("TagKeys") }
        try await update(name, context) { record, _ in record.tags.removeTags(keys) }
        return [:]
    }

    func listTags(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        let tags = try await queue(name, context).record.tags.sorted { $0.key < $1.key }
        if tags.isEmpty { return [:] }
        return ["Tags": .map(Members(uniqueKeysWithValues: tags.map { ($0.key, .string($0.value)) }))]
    }
}

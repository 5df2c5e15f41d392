import Kernel

/// TagResource and UntagResource.
extension SecretsManagerService {
    struct TagInput: Decodable, Sendable {
        var SecretId: String
        var Tags: [SecretRecord.Tag]
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html
    func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        try await change(input.SecretId, context) { secret, _ in
            if secret.isReplica { throw SecretsFault.replica }
            let isOwner = secret.owningService != nil && secret.owningService == context.actingService
            try secret.tags.add(input.Tags, isService: isOwner)
        }
        return Nothing()
    }

    struct UntagInput: Decodable, Sendable {
        var SecretId: String
        var TagKeys: [String]
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html
    func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        if input.TagKeys.contains(where: { $0.lowercased().hasPrefix("aws:") }) {
            throw SecretsFault.invalidParameter("Tag keys that start with aws: are reserved for AWS use.")
        }
        try await change(input.SecretId, context) { secret, _ in
            if secret.isReplica { throw SecretsFault.replica }
            secret.tags.removeTags(input.TagKeys)
        }
        return Nothing()
    }
}

extension SecretRecord.Tag: KeyedTag {
    var tagKey: String { Key ?? "" }
    var tagValue: String { Value ?? "" }
}

extension [SecretRecord.Tag] {
    init(checking tags: [SecretRecord.Tag]?, isService: Bool) throws(SecretsFault) {
        self = []
        try add(tags ?? [], isService: isService)
    }

    /// - Parameter isService: the caller is the AWS service that manages the secret; it may use AWS's own keys.
    mutating func add(_ tags: [SecretRecord.Tag], isService: Bool) throws(SecretsFault) {
        guard tags.allSatisfy({ $0.Key != nil }) else { throw .invalidParameter("A tag must have a key.") }
        let whole = tags.map { SecretRecord.Tag(Key: $0.tagKey, Value: $0.tagValue) }
        try addTags(whole, limit: SecretsLimit.tags) { flaw -> SecretsFault? in
            switch flaw {
            case .repeated: .invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
            case .reserved where !isService: .invalidParameter("Tag keys that start with aws: are reserved for AWS use.")
            case .tooMany: .tooManyTags
            case .reserved, .lookAlike: nil
            }
        }
    }
}

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
            secret.tags = try Self.merged(input.Tags, into: secret.tags, isService: isOwner)
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
            secret.tags.removeAll { tag in input.TagKeys.contains { tag.Key?.utf8.elementsEqual($0.utf8) == true } }
        }
        return Nothing()
    }
}

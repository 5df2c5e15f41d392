import Documents
import Kernel
import Store

/// Tags of functions, event source mappings and code signing configurations.
extension LambdaService {
    struct TagInput: Decodable, Sendable {
        var Resource: String
        var Tags: [String: String]
    }

    func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        guard !input.Tags.isEmpty else {
            throw LambdaFault.invalidParameter("An error occurred and the request cannot be processed.")
        }
        if CodeSigningRecord.key(input.Resource) != nil {
            try await setSigningTags(input.Resource, context) { try $0.add(input.Tags) }
            return Nothing()
        }
        if let key = Self.mappingKey(input.Resource) {
            try await setMapping(key, context) { record in
                var tags = record.tags ?? [:]
                try tags.add(input.Tags)
                record.tags = tags
            }
            return Nothing()
        }
        try Self.checkTaggable(input.Resource, context)
        try await set(input.Resource, context) { try $0.tags.add(input.Tags) }
        return Nothing()
    }

    struct UntagInput: Decodable, Sendable {
        var Resource: String
        var TagKeys: [String]
    }

    func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        if CodeSigningRecord.key(input.Resource) != nil {
            try await setSigningTags(input.Resource, context) { $0.removeTags(input.TagKeys) }
            return Nothing()
        }
        if let key = Self.mappingKey(input.Resource) {
            try await setMapping(key, context) { $0.tags?.removeTags(input.TagKeys) }
            return Nothing()
        }
        try Self.checkTaggable(input.Resource, context)
        try await set(input.Resource, context) { $0.tags.removeTags(input.TagKeys) }
        return Nothing()
    }

    struct ListTagsInput: Decodable, Sendable { var Resource: String }
    struct ListTagsOutput: Encodable, Sendable { var Tags: [String: String] }

    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        if CodeSigningRecord.key(input.Resource) != nil {
            return ListTagsOutput(Tags: try await context.store.read { try Self.codeSigning(input.Resource, in: $0) }.tags)
        }
        if let key = Self.mappingKey(input.Resource) {
            guard let record = try await context.store.read({ try $0.record(MappingRecord.self, key) }) else {
                throw LambdaFault.mappingNotFound
            }
            return ListTagsOutput(Tags: record.tags ?? [:])
        }
        try Self.checkTaggable(input.Resource, context)
        return ListTagsOutput(Tags: try await FunctionName(input.Resource, context).find(context.platform).tags)
    }

    private static func checkTaggable(_ function: String, _ context: Context) throws {
        do { _ = try FunctionName(unqualified: function, context) } catch LambdaFault.notUnqualified {
            throw LambdaFault.invalidParameter(
                "Tags on function aliases and versions are not supported. Please specify a function ARN.")
        }
    }

    private static func mappingKey(_ arn: String) -> Key? {
        guard let arn = ARN(arn), arn.resource.hasPrefix("event-source-mapping:") else { return nil }
        return MappingRecord.key(arn.account, arn.region, String(arn.resource.dropFirst("event-source-mapping:".count)))
    }

    private func setMapping(_ key: Key, _ context: Context, _ change: @escaping @Sendable (inout MappingRecord) throws -> Void)
        async throws
    {
        try await context.store.write { transaction in
            guard var record = try transaction.record(MappingRecord.self, key) else { throw LambdaFault.mappingNotFound }
            try change(&record)
            try transaction.put(key, record)
        }
    }
}

extension [String: String] {
    init(checking tags: [String: String]?) throws(LambdaFault) {
        self = [:]
        try add(tags ?? [:])
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
    mutating func add(_ tags: [String: String]) throws(LambdaFault) {
        try addTags(tags, limit: FunctionLimit.tags) { flaw -> LambdaFault? in
            switch flaw {
            case .tooMany: .invalidParameter("Number of tags exceeds resource tag limit.")
            case .reserved(let key): .invalidParameter("Tag keys that begin with aws: are reserved: \(key)")
            case .lookAlike(let key): .invalidParameter(TagFlaw.lookAlikeText(key))
            case .repeated: nil
            }
        }
    }
}

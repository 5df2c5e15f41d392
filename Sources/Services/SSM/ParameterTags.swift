import Kernel
import Store

/// AddTagsToResource, RemoveTagsFromResource, ListTagsForResource, for parameters.
extension SSMService {
    struct AddTagsInput: Decodable, Sendable {
        var ResourceType: String
        var ResourceId: String
        var Tags: [ParameterRecord.Tag]
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html
    func addTags(_ input: AddTagsInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceType, input.ResourceId, context) { try $0.tags.add(input.Tags) }
        return Nothing()
    }

    struct RemoveTagsInput: Decodable, Sendable {
        var ResourceType: String
        var ResourceId: String
        var TagKeys: [String]
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html
    func removeTags(_ input: RemoveTagsInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceType, input.ResourceId, context) { $0.tags.removeTags(input.TagKeys) }
        return Nothing()
    }

    struct ListTagsInput: Decodable, Sendable {
        var ResourceType: String
        var ResourceId: String
    }

    struct ListTagsOutput: Codable, Sendable { var TagList: [ParameterRecord.Tag] }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html
    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        try Self.checkType(input.ResourceType)
        let name = try Self.named(input.ResourceId, context)
        do { return ListTagsOutput(TagList: try await context.store.read { try name.find(in: $0).tags }) } catch SSMFault
            .parameterNotFound
        { throw SSMFault.invalidResourceID }
    }

    /// Tags are the parameter's, not a version's.
    private static func named(_ id: String, _ context: Context) throws -> ParameterName {
        let name = ParameterName(id, context)
        guard name.selector == nil else { throw SSMFault.invalidResourceID }
        return name
    }

    private static func checkType(_ type: String) throws {
        guard type == "Parameter" else { throw SSMFault.notBuilt("the resource type \(type)") }
    }

    private func changeTags(
        _ type: String, _ id: String, _ context: Context, _ body: @escaping @Sendable (inout ParameterRecord) throws -> Void
    ) async throws {
        try Self.checkType(type)
        let name = try Self.named(id, context)
        do {
            try await context.store.write { transaction in
                var record = try name.find(in: transaction)
                try body(&record)
                try transaction.put(record.key, record)
            }
        } catch SSMFault.parameterNotFound { throw SSMFault.invalidResourceID }
    }
}

extension ParameterRecord.Tag: KeyedTag {
    var tagKey: String { Key }
    var tagValue: String { Value }
}

extension [ParameterRecord.Tag] {
    init(checking tags: [ParameterRecord.Tag]?) throws(SSMFault) {
        self = []
        try add(tags ?? [])
    }

    mutating func add(_ tags: [ParameterRecord.Tag]) throws(SSMFault) {
        try addTags(tags, limit: SSMLimit.tags) { flaw -> SSMFault? in
            switch flaw {
            case .repeated: .validation("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
            case .reserved: .validation("Tag keys that start with aws: are reserved for AWS use.")
            case .tooMany: .tooManyTags
            case .lookAlike: nil
            }
        }
    }
}

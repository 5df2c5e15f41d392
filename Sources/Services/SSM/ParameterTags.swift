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
        try await changeTags(input.ResourceType, input.ResourceId, context) { record in
            record.tags = try Self.merged(input.Tags, into: record.tags)
        }
        return Nothing()
    }

    struct RemoveTagsInput: Decodable, Sendable {
        var ResourceType: String
        var ResourceId: String
        var TagKeys: [String]
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html
    func removeTags(_ input: RemoveTagsInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceType, input.ResourceId, context) { record in
            record.tags.removeAll { tag in input.TagKeys.contains { $0.utf8.elementsEqual(tag.Key.utf8) } }
        }
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
        let name = ParameterName(input.ResourceId, context)
        do { return ListTagsOutput(TagList: try await context.store.read { try name.find(in: $0).tags }) } catch SSMFault
            .parameterNotFound
        { throw SSMFault.invalidResourceID }
    }

    private static func checkType(_ type: String) throws {
        guard type == "Parameter" else { throw SSMFault.notBuilt("the resource type \(type)") }
    }

    private func changeTags(
        _ type: String, _ id: String, _ context: Context, _ body: @escaping @Sendable (inout ParameterRecord) throws -> Void
    ) async throws {
        try Self.checkType(type)
        let name = ParameterName(id, context)
        do {
            try await context.store.write { transaction in
                var record = try name.find(in: transaction)
                try body(&record)
                try transaction.put(record.key, record)
            }
        } catch SSMFault.parameterNotFound { throw SSMFault.invalidResourceID }
    }

    static func merged(_ new: [ParameterRecord.Tag], into old: [ParameterRecord.Tag]) throws -> [ParameterRecord.Tag] {
        var seen: Set<String> = []
        var tags = old
        for tag in new {
            guard seen.insert(tag.Key).inserted else {
                throw SSMFault.validation("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
            }
            guard !tag.Key.lowercased().hasPrefix("aws:") else {
                throw SSMFault.validation("Tag keys that start with aws: are reserved for AWS use.")
            }
            // AWS tells apart what Unicode's canonical equivalence joins.
            let present = tags.firstIndex { $0.Key.utf8.elementsEqual(tag.Key.utf8) }
            if let present { tags[present] = tag } else { tags.append(tag) }
        }
        guard tags.count <= SSMLimit.tags else { throw SSMFault.tooManyTags }
        return tags
    }
}

import Documents
import Kernel
import Store

struct TagResourceInput: Codable, Sendable {
    var ResourceArn: String
    var Tags: [Tag]
}

struct UntagResourceInput: Codable, Sendable {
    var ResourceArn: String
    var TagKeys: [String]
}

struct ListTagsInput: Codable, Sendable {
    var ResourceArn: String
    var NextToken: String?
}

struct ListTagsOutput: Codable, Sendable {
    var Tags: [Tag]
    var NextToken: String?
}

extension Tag {
    /// What all tags of one table are held to.
    static func check(_ tags: [Tag]) throws(DynamoDBFault) {
        guard tags.count <= DynamoDBService.TableLimit.tags else {
            throw .validation("Too many tags: \(tags.count) is more than \(DynamoDBService.TableLimit.tags)")
        }
        if let reserved = tags.first(where: { $0.key.lowercased().hasPrefix("aws:") }) {
            throw .validation(
                "One or more parameter values were invalid: Tag keys with the prefix aws: are reserved: \(reserved.key)")
        }
    }
}

extension DynamoDBService {
    func tagResource(_ input: TagResourceInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceArn, context) { table throws(DynamoDBFault) in
            for tag in input.Tags {
                // AWS tells apart what Unicode's canonical equivalence joins.
                if let index = table.tags.firstIndex(where: { $0.key.utf8.elementsEqual(tag.key.utf8) }) {
                    table.tags[index] = tag
                } else {
                    table.tags.append(tag)
                }
            }
            try Tag.check(table.tags)
        }
        return Nothing()
    }

    func untagResource(_ input: UntagResourceInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceArn, context) { table in
            table.tags.removeAll { tag in input.TagKeys.contains { $0.utf8.elementsEqual(tag.key.utf8) } }
        }
        return Nothing()
    }

    /// All tags of a table fit one page.
    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        let name = try TableName(input.ResourceArn, context)
        let tables = tables
        let found = try await context.store.read { try tables.find(name, in: $0) }
        guard let found else {
            throw DynamoDBFault.resourceNotFound("Requested resource not found: ResourceArn: \(input.ResourceArn) not found")
        }
        return ListTagsOutput(Tags: found.tags)
    }

    private func changeTags(
        _ arn: String, _ context: Context, _ change: @escaping @Sendable (inout TableRecord) throws(DynamoDBFault) -> Void
    ) async throws {
        let name = try TableName(arn, context)
        let tables = tables
        try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else {
                throw DynamoDBFault.resourceNotFound("Requested resource not found: ResourceArn: \(arn) not found")
            }
            try change(&table)
            try transaction.put(table.key, table)
        }
    }
}

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

extension Tag: KeyedTag {
    var tagKey: String { key }
    var tagValue: String { value }
}

extension [Tag] {
    init(checking tags: [Tag]?) throws(DynamoDBFault) {
        self = []
        try add(tags ?? [])
    }

    mutating func add(_ tags: [Tag]) throws(DynamoDBFault) {
        let limit = DynamoDBService.TableLimit.tags
        try addTags(tags, limit: limit) { flaw -> DynamoDBFault? in
            switch flaw {
            case .reserved(let key):
                .validation("One or more parameter values were invalid: Tag keys with the prefix aws: are reserved: \(key)")
            case .tooMany(let count): .validation("Too many tags: \(count) is more than \(limit)")
            case .repeated, .lookAlike: nil
            }
        }
    }
}

extension DynamoDBService {
    func tagResource(_ input: TagResourceInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceArn, context) { table throws(DynamoDBFault) in
            try table.tags.add(input.Tags)
        }
        return Nothing()
    }

    func untagResource(_ input: UntagResourceInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceArn, context) { table in
            table.tags.removeTags(input.TagKeys)
        }
        return Nothing()
    }

    /// All tags of a table fit one page, so no token was ever given.
    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        guard input.NextToken == nil else { throw DynamoDBFault.validation("Invalid NextToken") }
        let name = try TableName(arn: input.ResourceArn, context)
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
        let name = try TableName(arn: arn, context)
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

import Documents
import Kernel
import Store

/// A query that is kept under a name.
struct QueryDefinitionRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var id: String
    var name: String
    var query: String
    var groups: [String]?
    var language: String
    var modified: Timestamp

    static func all(_ account: String, _ region: String) -> Key { Key(.logQueryDefinition, .text(account), .text(region)) }
    var key: Key { Self.all(account, region).appending(.text(id)) }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
extension CloudWatchLogsService {
    struct DefinitionInput: Decodable, Sendable {
        var queryLanguage: String?
        var name: String
        var queryDefinitionId: String?
        var logGroupNames: [String]?
        var queryString: String
        var clientToken: String?
    }

    struct DefinitionID: Codable, Sendable { var queryDefinitionId: String }

    func putDefinition(_ input: DefinitionInput, _ context: Context) async throws -> DefinitionID {
        // A client token makes the same definition again; without one each call makes its own.
        let id = input.queryDefinitionId ?? input.clientToken ?? Identifier.uuid()
        let record = QueryDefinitionRecord(
            account: context.account, region: context.region, id: id, name: input.name, query: input.queryString,
            groups: input.logGroupNames, language: input.queryLanguage ?? "CWLI", modified: context.now)
        try await context.store.write { transaction in
            if input.queryDefinitionId != nil, try !transaction.contains(record.key) {
                throw LogsFault.notFound("The specified query definition does not exist.")
            }
            try transaction.put(record.key, record)
        }
        return DefinitionID(queryDefinitionId: id)
    }

    struct SuccessOutput: Encodable, Sendable { var success = true }

    func deleteDefinition(_ input: DefinitionID, _ context: Context) async throws -> SuccessOutput {
        let key = QueryDefinitionRecord.all(context.account, context.region).appending(.text(input.queryDefinitionId))
        try await context.store.write { transaction in
            guard try transaction.contains(key) else {
                throw LogsFault.notFound("The specified query definition does not exist.")
            }
            try transaction.delete(key)
        }
        return SuccessOutput()
    }

    struct DefinitionsInput: Decodable, Sendable {
        var queryLanguage: String?
        var queryDefinitionNamePrefix: String?
        var maxResults: Int?
        var nextToken: String?
    }

    struct DefinitionsOutput: Encodable, Sendable {
        struct Item: Encodable, Sendable {
            var queryLanguage: String
            var queryDefinitionId: String
            var name: String
            var queryString: String
            var lastModified: Int64
            var logGroupNames: [String]
        }
        var queryDefinitions: [Item]
        var nextToken: String?
    }

    func describeDefinitions(_ input: DefinitionsInput, _ context: Context) async throws -> DefinitionsOutput {
        let all = QueryDefinitionRecord.all(context.account, context.region)
        let found = try await context.store.read { snapshot in
            try snapshot.all(QueryDefinitionRecord.self, all) { record in
                let fits = record.name.hasPrefix(input.queryDefinitionNamePrefix ?? "")
                return fits && (input.queryLanguage.map({ $0 == record.language }) ?? true)
            }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
        }
        let (page, token) = try LogsPage.cut(
            found, by: { "\($0.name)\u{0}\($0.id)" }, input.nextToken, input.maxResults,
            of: context.list(input.queryDefinitionNamePrefix))
        return DefinitionsOutput(
            queryDefinitions: page.map {
                .init(
                    queryLanguage: $0.language, queryDefinitionId: $0.id, name: $0.name, queryString: $0.query,
                    lastModified: $0.modified.milliseconds, logGroupNames: $0.groups ?? [])
            }, nextToken: token)
    }
}

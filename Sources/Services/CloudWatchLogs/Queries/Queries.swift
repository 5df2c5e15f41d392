import Documents
import Kernel
import Store

/// A query of Logs Insights, with its answer once it has run.
struct QueryRecord: Stored {
    static let tag: UInt8 = 1
    struct Cell: Codable, Sendable {
        var field: String
        var value: String
    }
    struct Statistics: Codable, Sendable {
        var recordsMatched = 0.0
        var recordsScanned = 0.0
        var bytesScanned = 0.0
        var estimatedRecordsSkipped = 0.0
        var estimatedBytesSkipped = 0.0
        var logGroupsScanned = 0.0
    }
    var account: String
    var region: String
    var id: String
    var groups: [String]
    var query: String
    /// Seconds, both within.
    var start: Int64
    var end: Int64
    var limit: Int?
    /// `Scheduled`, `Running`, `Complete`, `Failed`, `Cancelled`.
    var status: String
    var created: Timestamp
    var ended: Timestamp?
    var rows: [[Cell]] = []
    var statistics = Statistics()

    static func all(_ account: String, _ region: String) -> Key { Key(.logQuery, .text(account), .text(region)) }
    var key: Key { Self.all(account, region).appending(.text(id)) }
    var isActive: Bool { status == "Scheduled" || status == "Running" }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
extension CloudWatchLogsService {
    struct StartInput: Decodable, Sendable {
        var queryLanguage: String?
        var startTime: Int64
        var endTime: Int64
        var queryString: String
        var limit: Int?
    }

    struct QueryID: Codable, Sendable { var queryId: String }

    func startQuery(_ input: Document, _ context: Context) async throws -> QueryID {
        let names = try Self.queried(input, context)
        let input = try DocumentDecoder().decode(StartInput.self, from: input)
        if let language = input.queryLanguage, language != "CWLI" {
            throw AWSError.notImplemented(member: "queryLanguage \(language)", context.service, context.operation)
        }
        guard input.startTime <= input.endTime else { throw LogsFault.invalid("startTime must not be after endTime.") }
        if let limit = input.limit, limit > LogsLimit.queryRows {
            throw LogsFault.invalid("limit must be at most \(LogsLimit.queryRows).")
        }
        do { _ = try QueryRun(input.queryString, limit: input.limit) } catch { throw Self.refusal(of: error, context) }
        let record = QueryRecord(
            account: context.account, region: context.region, id: Identifier.uuid(), groups: names, query: input.queryString,
            start: input.startTime, end: input.endTime, limit: input.limit, status: "Scheduled", created: context.now)
        try await context.store.write { transaction in
            for name in names { _ = try transaction.group(name, nil, context) }
            let old = try transaction.queries(record.account, record.region)
            for one in old.dropLast(LogsLimit.queriesKept - 1) { try transaction.delete(one.key) }
            for one in old where one.created < record.created - LogsLimit.queryKept { try transaction.delete(one.key) }
            try transaction.put(record.key, record)
            try transaction.enqueue(
                Delivery(
                    id: record.id, lane: "queries \(record.account) \(record.region)", service: Self.id, name: "query",
                    payload: ["account": .string(record.account), "region": .string(record.region), "id": .string(record.id)],
                    created: record.created, expires: record.created + LogsLimit.queryAge), on: context.platform)
        }
        return QueryID(queryId: record.id)
    }

    private static func refusal(of error: QueryError, _ context: Context) -> any Fault {
        switch error {
        case .malformed(let message): LogsFault.malformedQuery(message)
        case .notBuilt(let part): AWSError.notImplemented(member: part, context.service, context.operation)
        }
    }

    /// Names of the groups that a query asks.
    static func queried(_ input: Document, _ context: Context) throws -> [String] {
        let one = input["logGroupName"]?.string.map { [$0] }
        let names = input["logGroupNames"]?.list?.compactMap(\.string)
        let identifiers = input["logGroupIdentifiers"]?.list?.compactMap(\.string)
        let given = [one, names, identifiers].compactMap { $0 }
        guard given.count == 1, let all = given.first, !all.isEmpty else {
            throw LogsFault.invalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given.")
        }
        guard all.count <= LogsLimit.queryGroups else {
            throw LogsFault.invalid("A query can ask at most \(LogsLimit.queryGroups) log groups.")
        }
        return try all.map { identifier in
            if let arn = ARN(identifier), arn.account != context.account {
                throw AWSError.notImplemented(member: "groups of other accounts", context.service, context.operation)
            }
            return groupName(identifier)
        }
    }

    struct ResultsInput: Decodable, Sendable {
        var queryId: String
        var nextToken: String?
        var maxItems: Int?
    }

    struct ResultsOutput: Encodable, Sendable {
        var queryLanguage = "CWLI"
        var results: [[QueryRecord.Cell]]
        var statistics: QueryRecord.Statistics
        var status: String
        var nextToken: String?
    }

    func getResults(_ input: ResultsInput, _ context: Context) async throws -> ResultsOutput {
        let record = try await context.store.read { try $0.query(input.queryId, context) }
        let list = context.list(input.queryId)
        let begin = try LogsPage.count(input.nextToken, of: list, in: 0...record.rows.count) ?? 0
        let page = record.rows.dropFirst(begin).prefix(input.maxItems.map { max(1, $0) } ?? LogsLimit.queryRows)
        let next = begin + page.count
        return ResultsOutput(
            results: Array(page), statistics: record.statistics, status: record.status,
            nextToken: next < record.rows.count ? PageToken.write("\(next)", of: list) : nil)
    }

    func stopQuery(_ input: QueryID, _ context: Context) async throws -> SuccessOutput {
        let now = context.now
        try await context.store.write { transaction in
            var record = try transaction.query(input.queryId, context)
            guard record.isActive else { throw LogsFault.invalid("Query with ID \(input.queryId) is not running.") }
            (record.status, record.ended) = ("Cancelled", now)
            try transaction.put(record.key, record)
        }
        return SuccessOutput()
    }

    struct QueriedGroups: Encodable, Sendable { var logGroupIdentifiers: [String] }

    func listGroupsOfQuery(_ input: QueryID, _ context: Context) async throws -> QueriedGroups {
        let record = try await context.store.read { try $0.query(input.queryId, context) }
        return QueriedGroups(logGroupIdentifiers: record.groups)
    }

    struct QueriesInput: Decodable, Sendable {
        var logGroupName: String?
        var status: String?
        var maxResults: Int?
        var nextToken: String?
        var queryLanguage: String?
    }

    struct QueriesOutput: Encodable, Sendable {
        struct Item: Encodable, Sendable {
            var queryLanguage = "CWLI"
            var queryId: String
            var queryString: String
            var status: String
            var createTime: Int64
            var logGroupName: String?
        }
        var queries: [Item]
        var nextToken: String?
    }

    func describeQueries(_ input: QueriesInput, _ context: Context) async throws -> QueriesOutput {
        let all = try await context.store.read { try $0.queries(context.account, context.region) }
        let found = all.filter { record in
            (input.status.map { $0 == record.status } ?? true)
                && (input.logGroupName.map { record.groups.contains($0) } ?? true)
                && (input.queryLanguage.map { $0 == "CWLI" } ?? true)
        }
        // The newest first; tokens count from the oldest, so that new queries do not move pages.
        let list = context.list(input.logGroupName, input.status)
        let end = try LogsPage.count(input.nextToken, of: list, in: 0...found.count) ?? found.count
        let begin = max(0, end - (input.maxResults ?? LogsLimit.queriesKept))
        return QueriesOutput(
            queries: found[begin..<end].reversed().map {
                .init(
                    queryId: $0.id, queryString: $0.query, status: $0.status, createTime: $0.created.milliseconds,
                    logGroupName: $0.groups.first)
            }, nextToken: begin > 0 ? PageToken.write("\(begin)", of: list) : nil)
    }
}

extension Snapshot {
    func query(_ id: String, _ context: Context) throws -> QueryRecord {
        let key = QueryRecord.all(context.account, context.region).appending(.text(id))
        guard let record = try record(QueryRecord.self, key) else {
            throw LogsFault.notFound("The specified query does not exist.")
        }
        return record
    }

    /// An account's queries, the oldest first.
    func queries(_ account: String, _ region: String) throws -> [QueryRecord] {
        var found: [QueryRecord] = []
        try records(QueryRecord.self, QueryRecord.all(account, region)) { _, record in
            var record = record
            record.rows = []
            found.append(record)
            return true
        }
        return found.sorted { $0.created < $1.created }
    }
}

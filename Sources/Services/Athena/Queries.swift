import Documents
import Kernel
import Store

/// Query executions as clients see them.
enum Queries {
    struct ContextInput: Codable, Sendable {
        var Database: String?
        var Catalog: String?
    }
    struct ResultInput: Codable, Sendable {
        var OutputLocation: String?
        var EncryptionConfiguration: ResultSettings.Encryption?
        var ExpectedBucketOwner: String?
        var AclConfiguration: ResultSettings.ACL?
    }
    struct StartInput: Codable, Sendable {
        var QueryString: String
        var ClientRequestToken: String?
        var QueryExecutionContext: ContextInput?
        var ResultConfiguration: ResultInput?
        var WorkGroup: String?
        var ExecutionParameters: [String]?
        var ResultReuseConfiguration: ReuseInput?
    }
    /// Whether an earlier result may do; see `ResultReuse.swift`.
    struct ReuseInput: Codable, Sendable {
        struct Age: Codable, Sendable, Hashable {
            var Enabled: Bool
            var MaxAgeInMinutes: Int?
        }
        var ResultReuseByAgeConfiguration: Age?
    }
    struct ID: Codable, Sendable { var QueryExecutionId: String }
    struct GetOutput: Codable, Sendable { var QueryExecution: Document }
    struct StatisticsOutput: Codable, Sendable { var QueryRuntimeStatistics: Document }
    struct BatchInput: Codable, Sendable { var QueryExecutionIds: [String] }
    struct Unprocessed: Codable, Sendable {
        var QueryExecutionId: String
        var ErrorCode: String
        var ErrorMessage: String
    }
    struct BatchOutput: Codable, Sendable {
        var QueryExecutions: [Document]
        var UnprocessedQueryExecutionIds: [Unprocessed]
    }
    struct ListInput: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
        var WorkGroup: String?
    }
    struct ListOutput: Codable, Sendable {
        var QueryExecutionIds: [String]
        var NextToken: String?
    }

    static func get(_ input: ID, _ context: Context) async throws -> GetOutput {
        GetOutput(QueryExecution: try await record(input.QueryExecutionId, context).document)
    }

    static func statistics(_ input: ID, _ context: Context) async throws -> StatisticsOutput {
        StatisticsOutput(QueryRuntimeStatistics: try await record(input.QueryExecutionId, context).runtime)
    }

    static func record(_ id: String, _ context: Context) async throws -> QueryRecord {
        let place = Place(context)
        guard let record = try await context.store.read({ try $0.record(QueryRecord.self, place.query(id)) }) else {
            throw AthenaFault.queryNotFound(id)
        }
        return record
    }

    static func batchGet(_ input: BatchInput, _ context: Context) async throws -> BatchOutput {
        let place = Place(context)
        return try await context.store.read { snapshot in
            var output = BatchOutput(QueryExecutions: [], UnprocessedQueryExecutionIds: [])
            for id in input.QueryExecutionIds {
                if let record = try snapshot.record(QueryRecord.self, place.query(id)) {
                    output.QueryExecutions.append(record.document)
                } else {
                    output.UnprocessedQueryExecutionIds.append(
                        Unprocessed(
                            QueryExecutionId: id, ErrorCode: "INVALID_INPUT",
                            ErrorMessage: AthenaFault.queryNotFound(id).wire.message))
                }
            }
            return output
        }
    }

    /// Newest first.
    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let place = Place(context)
        let prefix = place.queries(of: input.WorkGroup ?? WorkGroupRecord.primary)
        let list = context.list(input.WorkGroup)
        let size = input.MaxResults ?? AthenaLimit.page
        var after: Key?
        if let token = input.NextToken {
            guard let key = PageToken.key(token, of: list, under: prefix) else { throw AthenaFault.invalid("Invalid NextToken") }
            after = key
        }
        let start = after
        return try await context.store.read { snapshot in
            _ = try snapshot.requireWorkGroup(place, input.WorkGroup ?? WorkGroupRecord.primary)
            var output = ListOutput(QueryExecutionIds: [])
            var last: Key?
            try snapshot.scan(prefix, after: start) { key, value in
                if output.QueryExecutionIds.count == size {
                    output.NextToken = last.map { PageToken.write($0, of: list) }
                    return false
                }
                output.QueryExecutionIds.append(String(decoding: value, as: UTF8.self))
                last = key
                return true
            }
            return output
        }
    }
}

extension QueryRecord {
    var document: Document {
        var status: Members = ["State": .string(state.rawValue), "SubmissionDateTime": .timestamp(submitted)]
        status["StateChangeReason"] = reason.map { .string($0) }
        status["CompletionDateTime"] = completed.map { .timestamp($0) }
        if let error, state == .failed {
            status["AthenaError"] = [
                "ErrorCategory": .integer(Int64(error.category.rawValue)), "ErrorType": .integer(Int64(error.type)),
                "Retryable": .bool(error.isRetryable), "ErrorMessage": .string(error.reason),
            ]
        }
        var members: Members = [
            "QueryExecutionId": .string(id), "Query": .string(sql),
            "ResultConfiguration": .map(results),
            "ResultReuseConfiguration": ["ResultReuseByAgeConfiguration": shownReuse],
            "QueryExecutionContext": ["Database": .string(database), "Catalog": .string(catalog.lowercased())],
            "Status": .map(status), "Statistics": statistics, "WorkGroup": .string(workGroup),
            "EngineVersion": WorkGroupRecord.engine,
        ]
        if let parameters, !parameters.isEmpty { members["ExecutionParameters"] = .list(parameters.map { .string($0) }) }
        members["StatementType"] = statement.map { .string($0) }
        members["SubstatementType"] = substatement.map { .string($0) }
        return .map(members)
    }

    private var shownReuse: Document {
        var members: Members = ["Enabled": .bool(reuse?.Enabled ?? false)]
        members["MaxAgeInMinutes"] = reuse?.MaxAgeInMinutes.map { .integer(Int64($0)) }
        return .map(members)
    }

    private var results: Members {
        var results: Members = ["OutputLocation": .string(resultLocation)]
        results.merge(settings?.document ?? [:]) { old, _ in old }
        return results
    }

    private var statistics: Document {
        var members: Members = [:]
        if let started {
            members["QueryQueueTimeInMillis"] = .integer((started - submitted).wholeMilliseconds)
        }
        if let completed {
            let total = (completed - submitted).wholeMilliseconds
            members["EngineExecutionTimeInMillis"] = .integer(engineMs)
            members["DataScannedInBytes"] = .integer(scanned)
            members["TotalExecutionTimeInMillis"] = .integer(total)
            members["QueryPlanningTimeInMillis"] = .integer(planningMs)
            let queued = started.map { ($0 - submitted).wholeMilliseconds } ?? total
            members["ServiceProcessingTimeInMillis"] = .integer(max(0, total - queued - engineMs))
            members["ServicePreProcessingTimeInMillis"] = .integer(0)
        }
        members["ResultReuseInformation"] = ["ReusedPreviousResult": .bool(reusedFrom != nil)]
        if state == .succeeded { members["DataManifestLocation"] = manifestLocation.map { .string($0) } }
        return .map(members)
    }

    /// GetQueryRuntimeStatistics: times for every query, rows for those that have ended well.
    /// The tree of stages is left out: the engine has one.
    var runtime: Document {
        let shown = statistics.members ?? [:]
        var timeline: Members = [:]
        for name in [
            "QueryQueueTimeInMillis", "ServicePreProcessingTimeInMillis", "QueryPlanningTimeInMillis",
            "EngineExecutionTimeInMillis", "ServiceProcessingTimeInMillis", "TotalExecutionTimeInMillis",
        ] { timeline[name] = shown[name] }
        var members: Members = ["Timeline": .map(timeline)]
        if state == .succeeded, statement == "DML" {
            var rows: Members = [
                "InputBytes": .integer(scanned), "OutputRows": .integer(rows), "OutputBytes": .integer(resultBytes),
            ]
            rows["InputRows"] = scannedRows.map { .integer($0) }
            members["Rows"] = .map(rows)
        }
        return .map(members)
    }
}

import Documents
import Kernel
import SQLEngine
import Store

/// Whose Athena, and where.
struct Place: Sendable, Hashable {
    var account: String
    var region: String
    init(_ context: Context) { (account, region) = (context.account, context.region) }
    init(account: String, region: String) { (self.account, self.region) = (account, region) }

    private func key(_ space: Space) -> Key { Key(space, .text(account), .text(region)) }
    var workGroups: Key { key(.athenaWorkGroup) }
    func workGroup(_ name: String) -> Key { workGroups.appending(.text(name)) }
    func query(_ id: String) -> Key { key(.athenaQuery).appending(.text(id)) }
    func queries(of workGroup: String) -> Key { key(.athenaQueryByTime).appending(.text(workGroup)) }
    /// Newest first.
    func queryByTime(_ query: QueryRecord) -> Key {
        queries(of: query.workGroup).appending(.integer(-query.submitted.microseconds), .text(query.id))
    }
    func result(_ fingerprint: String) -> Key { key(.athenaResult).appending(.text(fingerprint)) }
    func token(_ token: String) -> Key { key(.athenaQueryByToken).appending(.text(token)) }
}

struct QueryRecord: Stored {
    static let tag: UInt8 = 1
    enum State: String, Codable, Sendable {
        case queued = "QUEUED"
        case running = "RUNNING"
        case succeeded = "SUCCEEDED"
        case failed = "FAILED"
        case cancelled = "CANCELLED"
        var isFinal: Bool { self == .succeeded || self == .failed || self == .cancelled }
    }

    var id: String
    var sql: String
    /// For the question marks in `sql`, or in the prepared statement that it names. nil in records from before.
    var parameters: [String]?
    /// What was asked for; nil for nothing.
    var reuse: Queries.ReuseInput.Age?
    var caller: Caller
    var database: String
    var catalog: String
    var workGroup: String
    /// `s3://bucket/folder/`, with its last slash.
    var output: String
    /// How its results are kept, where the query or its work group said.
    var settings: ResultSettings?
    var bytesCutoff: Int64?
    var token: String?
    var state: State
    var submitted: Timestamp
    var started: Timestamp?
    var completed: Timestamp?
    var reason: String?
    var error: QueryFailure?
    var statement: String?
    var substatement: String?
    var scanned: Int64
    var planningMs: Int64
    var engineMs: Int64
    var columns: [SQLResult.Column]
    var rows: Int64
    var resultBytes: Int64
    /// The result is plain text without a header, not CSV.
    var isText: Bool
    /// Where the rows went instead of into a result. nil for other statements and in records from before.
    var written: Written?
    /// How many rows its tables gave, where that was counted.
    var scannedRows: Int64?
    /// Under what its result may serve again; nil for statements whose result may not.
    var fingerprint: String?
    /// The earlier query whose result this is.
    var reusedFrom: String?
    /// The query's own result configuration stands in the place of its work group's.
    var overridesWorkGroup: Bool?

    enum Written: String, Codable, Sendable { case ctas, insert, unload }

    init(id: String, sql: String, caller: Caller, submitted: Timestamp) {
        (self.id, self.sql, self.caller, self.submitted) = (id, sql, caller, submitted)
        (database, catalog, workGroup, output) = ("default", "AwsDataCatalog", "primary", "")
        (state, scanned, planningMs, engineMs, columns, rows, resultBytes, isText) = (.queued, 0, 0, 0, [], 0, 0, false)
    }

    /// Where the result goes; for a statement that writes, what its manifest's name begins with
    /// (https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html).
    var resultLocation: String {
        guard let written else { return output + (reusedFrom ?? id) + (isText ? ".txt" : ".csv") }
        return output + (written == .ctas ? "tables/" : "") + id
    }
    /// The list of the files that it wrote.
    var manifestLocation: String? { written.map { _ in resultLocation + "-manifest.csv" } }
}

/// Why a query ended badly (https://docs.aws.amazon.com/athena/latest/ug/error-reference.html).
struct QueryFailure: Error, Codable, Sendable, Hashable {
    enum Category: Int, Codable, Sendable { case system = 1, user = 2, other = 3 }
    var category: Category
    var type: Int
    var isRetryable: Bool
    /// As in StateChangeReason, with its code in front.
    var reason: String
    var isCancellation = false

    init(_ category: Category, _ type: Int, _ reason: String, isRetryable: Bool = false) {
        (self.category, self.type, self.reason, self.isRetryable) = (category, type, reason, isRetryable)
    }

    static func user(_ code: String, _ text: String) -> QueryFailure { QueryFailure(.user, 1_000, "\(code): \(text)") }
    static func ddl(_ text: String) -> QueryFailure {
        QueryFailure(.user, 1_003, "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. \(text)")
    }
    static func unsupported(_ what: String) -> QueryFailure { user("NOT_SUPPORTED", what) }
    static func cutoff(_ bytes: Int64) -> QueryFailure {
        var failure = QueryFailure(.user, 1_000, "Query cancelled! : Bytes scanned limit was exceeded (\(bytes) bytes)")
        failure.isCancellation = true
        return failure
    }
}

extension QueryFailure {
    /// An engine's refusal in Athena's terms.
    init(_ fault: SQLFault) {
        switch fault {
        case .refused(let code, let text): self.init(code, text)
        case .crashed(let how): self.init(.system, 200, "GENERIC_INTERNAL_ERROR: the SQL engine ended: \(how)", isRetryable: true)
        case .notInstalled(let how): self.init(.system, 200, "GENERIC_INTERNAL_ERROR: the SQL engine is not installed: \(how)")
        case .saturated: self.init(.system, 0, "EXCEEDED_RESOURCE_LIMIT: too many statements are running", isRetryable: true)
        case .lineTooLong: self.init(.user, 1_000, "EXCEEDED_RESOURCE_LIMIT: the tables have too many partitions to read at once")
        case .malformed(let what): self.init(.system, 200, "GENERIC_INTERNAL_ERROR: \(what)")
        case .stopping: self.init(.system, 100, "GENERIC_INTERNAL_ERROR: the platform is stopping", isRetryable: true)
        }
    }

    private init(_ code: SQLFault.Code, _ text: String) {
        switch code {
        case .timeout: self.init(.system, 206, "EXCEEDED_TIME_LIMIT: \(text)")
        case .outOfMemory, .resourceLimit: self.init(.system, 0, "EXCEEDED_RESOURCE_LIMIT: \(text)")
        case .internal, .invalidRequest: self.init(.system, 200, "GENERIC_INTERNAL_ERROR: \(text)")
        case .storageError: self.init(.system, 200, "HIVE_CURSOR_ERROR: \(text)", isRetryable: true)
        case .fileChanged: self.init(.system, 200, "HIVE_FILESYSTEM_ERROR: \(text)", isRetryable: true)
        case .accessDenied: self.init(.user, 1_000, "PERMISSION_DENIED: \(text)")
        case .noSuchBucket: self.init(.user, 1_000, "HIVE_FILESYSTEM_ERROR: \(text)")
        case .hiveBadData: self.init(.user, 1_001, "\(code.rawValue): \(text)")
        case .cancelled:
            self.init(.user, 1_000, text)
            isCancellation = true
        default: self.init(.user, 1_000, "\(code.rawValue): \(text)")
        }
    }
}

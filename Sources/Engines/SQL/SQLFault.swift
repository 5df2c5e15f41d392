/// Why a statement was not carried out.
public enum SQLFault: Error, Sendable, Equatable {
    /// The engine's own answer; `message` has Trino's wording where Trino has one.
    case refused(Code, String)
    /// The worker ended while it worked on this statement.
    case crashed(String)
    /// The interpreter or a library is missing; the text names the command that installs it.
    case notInstalled(String)
    /// More than ``SQLLimit/pending`` requests are waiting.
    case saturated
    /// A request or an answer is longer than ``SQLLimit/line``.
    case lineTooLong
    /// The worker answered with something that is not in the protocol.
    case malformed(String)
    case stopping

    /// The worker's error codes (Runtimes/sql/README.md).
    public enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "INVALID_REQUEST"
        case syntaxError = "SYNTAX_ERROR"
        case notSupported = "NOT_SUPPORTED"
        case schemaNotFound = "SCHEMA_NOT_FOUND"
        case tableNotFound = "TABLE_NOT_FOUND"
        case columnNotFound = "COLUMN_NOT_FOUND"
        case missingColumnName = "MISSING_COLUMN_NAME"
        case duplicateColumnName = "DUPLICATE_COLUMN_NAME"
        case columnTypeUnknown = "COLUMN_TYPE_UNKNOWN"
        case invalidTableProperty = "INVALID_TABLE_PROPERTY"
        case invalidView = "INVALID_VIEW"
        case constraintViolation = "CONSTRAINT_VIOLATION"
        case metastoreError = "HIVE_METASTORE_ERROR"
        case columnOrderMismatch = "HIVE_COLUMN_ORDER_MISMATCH"
        case tooManyOpenPartitions = "HIVE_TOO_MANY_OPEN_PARTITIONS"
        case functionNotFound = "FUNCTION_NOT_FOUND"
        case typeMismatch = "TYPE_MISMATCH"
        case invalidParameterUsage = "INVALID_PARAMETER_USAGE"
        case invalidCastArgument = "INVALID_CAST_ARGUMENT"
        case invalidFunctionArgument = "INVALID_FUNCTION_ARGUMENT"
        case numericValueOutOfRange = "NUMERIC_VALUE_OUT_OF_RANGE"
        case divisionByZero = "DIVISION_BY_ZERO"
        case hiveBadData = "HIVE_BAD_DATA"
        case accessDenied = "ACCESS_DENIED"
        case noSuchBucket = "NO_SUCH_BUCKET"
        case storageError = "STORAGE_ERROR"
        case fileChanged = "FILE_CHANGED"
        case outOfMemory = "OUT_OF_MEMORY"
        case resourceLimit = "RESOURCE_LIMIT"
        case cancelled = "CANCELLED"
        case timeout = "TIMEOUT"
        case `internal` = "INTERNAL"
    }
}

/// Bounds on the worker and the conversation with it.
public enum SQLLimit {
    /// Bytes of one request or answer, as the worker has it. Partition lists are the long part.
    public static let line = 64 << 20
    /// Requests under way at once.
    public static let pending = 256
    /// Memory of one statement in megabytes; what doesn't fit is spilled to disk.
    public static let memory = 1_024
    public static let threads = 2
    /// Athena's default time-out of a DML statement, in seconds
    /// (https://docs.aws.amazon.com/athena/latest/ug/service-limits.html).
    public static let timeout = 30 * 60
    /// A worker without work is ended after this.
    public static let idle: Duration = .seconds(300)
    /// Between asking a worker to end and making it.
    public static let grace: Int32 = 3_000
}

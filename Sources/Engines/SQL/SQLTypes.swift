import Documents

/// What the worker is asked and what it answers (Runtimes/sql/README.md). Types are in Hive's notation in requests and in
/// Athena's in results.
public struct SQLColumn: Codable, Sendable, Hashable {
    public var name: String
    public var type: String?
    public var comment: String?
    public init(name: String, type: String?, comment: String? = nil) {
        (self.name, self.type, self.comment) = (name, type, comment)
    }
}

/// S3 as the statement's user sees it.
public struct SQLAccess: Codable, Sendable, Hashable {
    /// Host and port.
    public var endpoint: String
    public var region: String
    public var accessKey: String
    public var secretKey: String
    public var sessionToken: String?
    public var useSSL: Bool
    public init(endpoint: String, region: String, accessKey: String, secretKey: String, sessionToken: String?, useSSL: Bool) {
        (self.endpoint, self.region, self.useSSL) = (endpoint, region, useSSL)
        (self.accessKey, self.secretKey, self.sessionToken) = (accessKey, secretKey, sessionToken)
    }
}

public struct SQLPartition: Codable, Sendable, Hashable {
    public var values: [String]
    public var location: String
    public init(values: [String], location: String) { (self.values, self.location) = (values, location) }
}

public struct SQLTable: Codable, Sendable, Hashable {
    public var database: String
    public var name: String
    public var location: String
    /// `json`, `csv`, `regex`, `parquet` or `orc`; `partitions` for a table of another's partitions, which has no files.
    public var format: String
    public var columns: [SQLColumn]
    public var partitionKeys: [SQLColumn] = []
    public var partitions: [SQLPartition] = []
    public var serde: String?
    public var serdeProperties: [String: String] = [:]
    public var skipHeader = 0
    /// The properties of a table whose partitions are projected; empty for others.
    public var projection: [String: String] = [:]
    public init(database: String, name: String, location: String, format: String, columns: [SQLColumn]) {
        (self.database, self.name, self.location, self.format, self.columns) = (database, name, location, format, columns)
    }
}

public struct SQLQuery: Codable, Sendable {
    public struct Limits: Codable, Sendable {
        public var memoryMB = SQLLimit.memory
        public var threads = SQLLimit.threads
        public var timeoutSeconds = SQLLimit.timeout
    }
    public var sql: String
    public var database: String
    public var tables: [SQLTable]
    public var s3: SQLAccess?
    /// Where the worker writes the result as CSV.
    public var resultPath: String
    public var limits = Limits()
    /// Texts of values, for the question marks.
    public var parameters: [String] = []
    /// Databases that the catalogue does not have.
    public var missingDatabases: [String] = []
    /// What the statement takes for the present, ISO 8601 in UTC; nil for the machine's time.
    public var now: String?
    /// Stored queries that the statement reads, each behind those that it reads itself.
    public var views: [SQLView] = []
    /// What `information_schema` shows; nil where it is not read.
    public var information: SQLInformation?
    /// The rows become files instead of a result.
    public var output: SQLOutput?
    /// The statement is bound, not run: the answer is its columns, with Trino's types.
    public var describeOnly = false
    public init(sql: String, database: String, tables: [SQLTable], s3: SQLAccess?, resultPath: String) {
        (self.sql, self.database, self.tables, self.s3, self.resultPath) = (sql, database, tables, s3, resultPath)
    }
}

public struct SQLResult: Codable, Sendable {
    public struct Column: Codable, Sendable, Hashable {
        public var name: String
        public var type: String
        public var precision: Int
        public var scale: Int
        public var nullable: String
        /// The catalogue's type, and whether the query names the column; of described queries only.
        public var hive: String?
        public var isNamed: Bool?
        public init(name: String, type: String, precision: Int, scale: Int, nullable: String = "UNKNOWN") {
            (self.name, self.type, self.precision, self.scale, self.nullable) = (name, type, precision, scale, nullable)
        }
    }
    public struct Timing: Codable, Sendable {
        public var stagingMs: Int
        public var executionMs: Int
        public init(stagingMs: Int, executionMs: Int) { (self.stagingMs, self.executionMs) = (stagingMs, executionMs) }
    }
    public var columns: [Column]
    public var rowCount: Int
    public var resultBytes: Int
    public var bytesScanned: Int
    public var timing: Timing
    /// How many rows the tables gave; nil where it was not counted.
    public var rowsScanned: Int?
    /// What ``SQLQuery/output`` asked for, and the columns that the files and their partitions have.
    public var files: [SQLFile]?
    public var outputColumns: [SQLColumn]?
    public init(columns: [Column], rowCount: Int, resultBytes: Int, bytesScanned: Int, timing: Timing) {
        (self.columns, self.rowCount, self.resultBytes) = (columns, rowCount, resultBytes)
        (self.bytesScanned, self.timing) = (bytesScanned, timing)
    }
}

/// A file of rows that is to become a columnar one. An empty field without quotation marks is null.
public struct TableFile: Codable, Sendable, Hashable {
    /// Paths of this machine; the source has no header line.
    public var source: String
    public var target: String
    /// `parquet` or `orc`.
    public var format: String
    /// Types: string, boolean, bigint, timestamp.
    public var columns: [SQLColumn]
    public init(source: String, target: String, format: String, columns: [SQLColumn]) {
        (self.source, self.target, self.format, self.columns) = (source, target, format, columns)
    }
}

/// A table that lies under a prefix, as far as its files tell.
public struct InferredTable: Codable, Sendable {
    public struct Partition: Codable, Sendable {
        public var values: [String]
        public var location: String
        public var objectCount: Int
        public var sizeKey: Int
        public var recordCount: Int
        public var averageRecordSize: Int
    }
    public var name: String
    public var location: String
    public var format: String
    public var columns: [SQLColumn]
    public var partitionKeys: [SQLColumn]
    public var partitions: [Partition]
    public var delimiter: String?
    public var header: Bool
    public var compression: String
    public var objectCount: Int
    public var sizeKey: Int
    public var recordCount: Int
    public var averageRecordSize: Int
}

/// A statement taken apart. `kind` says which of the other members there are.
public struct ParsedStatement: Codable, Sendable {
    public struct Reference: Codable, Sendable, Hashable {
        public var database: String?
        public var table: String
        public init(database: String?, table: String) { (self.database, self.table) = (database, table) }
    }
    public struct Partition: Codable, Sendable {
        public var values: [String: String]
        public var location: String?
        public init(values: [String: String], location: String?) { (self.values, self.location) = (values, location) }
    }
    public var kind: String
    public var reads: [Reference]?
    /// The same data gives the same rows: nothing in it depends on chance, on the time or on an order that is not said.
    public var isRepeatable: Bool?
    public var database: String?
    public var table: String?
    public var pattern: String?
    public var property: String?
    public var ifNotExists: Bool?
    public var ifExists: Bool?
    public var cascade: Bool?
    public var extended: Bool?
    public var external: Bool?
    public var comment: String?
    public var location: String?
    public var columns: [SQLColumn]?
    public var partitionKeys: [SQLColumn]?
    public var serde: String?
    public var serdeProperties: [String: String]?
    public var format: String?
    public var inputFormat: String?
    public var outputFormat: String?
    public var properties: [String: String]?
    /// Properties whose values are arrays of names.
    public var lists: [String: [String]]?
    /// The columns that INSERT and CREATE VIEW name.
    public var given: [String]?
    /// OR REPLACE.
    public var replace: Bool?
    /// WITH NO DATA.
    public var withoutData: Bool?
    public var partitions: [Partition]?
    /// Of a prepared statement.
    public var name: String?
    /// The statement inside PREPARE and others.
    public var query: String?
    /// EXPLAIN ANALYZE.
    public var analyze: Bool?
    /// Texts of values, of EXECUTE.
    public var parameters: [String]?

    public init(kind: String) { self.kind = kind }
}

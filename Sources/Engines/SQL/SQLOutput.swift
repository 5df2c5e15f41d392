import Documents

/// Files that a statement's rows become (`output` in Runtimes/sql/README.md).
public struct SQLOutput: Codable, Sendable, Hashable {
    /// A folder of this machine, which is there and empty.
    public var folder: String
    /// `parquet`, `orc`, `json` or `textfile`.
    public var format: String
    /// nil for the format's own.
    public var compression: String?
    /// Between the fields of a text file.
    public var delimiter: String?
    /// What the files' names begin with.
    public var name: String
    public var partitionedBy: [String] = []
    public var bucketedBy: [String] = []
    public var bucketCount = 0
    /// The target's columns, its partition keys last; nil where the query says them.
    public var columns: [SQLColumn]?
    /// Those of `columns` that the query's are for; empty for all.
    public var given: [String] = []
    /// Every column of the query must have a name.
    public var needsNames = false
    /// The columns are wanted, not the rows.
    public var isEmpty = false
    public init(folder: String, format: String, name: String) {
        (self.folder, self.format, self.name) = (folder, format, name)
    }
}

/// One of the files.
public struct SQLFile: Codable, Sendable, Hashable {
    public var path: String
    /// The last part of its key.
    public var name: String
    /// Of its partition.
    public var values: [String]
    public var rows: Int
    public var bytes: Int
}

/// A stored query.
public struct SQLView: Codable, Sendable, Hashable {
    public var database: String
    public var name: String
    public var sql: String
    /// Whose tables names without a database are.
    public var schema: String
    public var columns: [String]
    public init(database: String, name: String, sql: String, schema: String, columns: [String]) {
        (self.database, self.name, self.sql, self.schema, self.columns) = (database, name, sql, schema, columns)
    }
}

/// The catalogue, for `information_schema`.
public struct SQLInformation: Codable, Sendable, Hashable {
    public struct Table: Codable, Sendable, Hashable {
        public var database: String
        public var name: String
        /// A view's text.
        public var view: String?
        public var columns: [SQLColumn]
        public var partitionKeys: [SQLColumn]
        public init(database: String, name: String, view: String?, columns: [SQLColumn], partitionKeys: [SQLColumn]) {
            (self.database, self.name, self.view) = (database, name, view)
            (self.columns, self.partitionKeys) = (columns, partitionKeys)
        }
    }
    public var databases: [String] = []
    public var tables: [Table] = []
    public init() {}
}

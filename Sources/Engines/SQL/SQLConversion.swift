/// Records that are to be written into one file.
public struct SQLConversion: Codable, Sendable {
    public var columns: [SQLColumn]
    /// `parquet` or `orc`.
    public var format: String
    /// The serializer's name for it: `SNAPPY`, `GZIP`, `ZLIB`, `UNCOMPRESSED`, `NONE`.
    public var compression: String
    /// A file with the base64 of one record on each line; a record is one or more JSON objects.
    public var inputPath: String
    /// Where the worker writes.
    public var outputPath: String
    public var caseInsensitive = true
    public var dotsToUnderscores = false
    /// Column to JSON key.
    public var keys: [String: String] = [:]
    /// Joda's patterns, `millis` among them.
    public var timestampFormats: [String] = []

    public init(columns: [SQLColumn], format: String, compression: String, inputPath: String, outputPath: String) {
        (self.columns, self.format, self.compression) = (columns, format, compression)
        (self.inputPath, self.outputPath) = (inputPath, outputPath)
    }
}

/// What has been written, and which records could not be.
public struct SQLConverted: Codable, Sendable {
    public struct Failure: Codable, Sendable {
        /// The record's line in the input, from 0.
        public var index: Int
        public var code: String
        public var message: String
        public init(index: Int, code: String, message: String) {
            (self.index, self.code, self.message) = (index, code, message)
        }
    }
    /// With none there is no file.
    public var rowCount: Int
    public var failures: [Failure]

    public init(rowCount: Int, failures: [Failure]) { (self.rowCount, self.failures) = (rowCount, failures) }
}

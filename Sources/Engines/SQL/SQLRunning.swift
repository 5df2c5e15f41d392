import Kernel

/// Something that understands and runs Athena's SQL. ``SQLEngine`` does; tests put others in its place.
public protocol SQLRunning: Sendable {
    /// - Throws: ``SQLFault``.
    func parse(_ sql: String, on platform: Platform) async throws -> ParsedStatement
    /// Runs a SELECT and writes its result to the query's `resultPath`. Cancelling the task cancels the statement.
    /// - Throws: ``SQLFault``.
    func query(_ query: SQLQuery, on platform: Platform) async throws -> SQLResult
    /// Finds the tables under `location`.
    /// - Throws: ``SQLFault``.
    func infer(_ location: String, _ rules: InferenceRules, access: SQLAccess, on platform: Platform) async throws
        -> [InferredTable]
    /// Writes JSON records into one Parquet or ORC file.
    /// - Throws: ``SQLFault``.
    func convert(_ conversion: SQLConversion, on platform: Platform) async throws -> SQLConverted
    func stop() async
}

extension SQLRunning {
    public func convert(_ conversion: SQLConversion, on platform: Platform) async throws -> SQLConverted {
        throw SQLFault.refused(.notSupported, "This engine converts no records.")
    }
}

/// How the tables under a place are told apart.
public struct InferenceRules: Sendable, Hashable {
    /// Glob patterns, relative to the location, of objects to leave out.
    public var exclusions: [String]
    /// At which folder tables stand, the bucket being 1; nil for the highest folder whose files are alike.
    public var tableLevel: Int?
    /// Files of one format are one table, however unlike their columns.
    public var combinesSchemas: Bool

    public init(exclusions: [String] = [], tableLevel: Int? = nil, combinesSchemas: Bool = false) {
        (self.exclusions, self.tableLevel, self.combinesSchemas) = (exclusions, tableLevel, combinesSchemas)
    }
}

/// Something that makes columnar files. ``SQLEngine`` does.
public protocol TableWriting: Sendable {
    /// Turns a file of comma-separated values into one of `format`.
    /// - Throws: ``SQLFault``.
    func write(_ table: TableFile, on platform: Platform) async throws
}

extension SQLAccess {
    /// Temporary keys of `caller` for Tarn's own endpoint: what the caller may not read, the engine can't either.
    public static func actingAs(_ caller: Caller, region: String, on platform: Platform) async throws -> SQLAccess {
        let keys = try await platform.identity.credentials(actingAs: caller, for: .seconds(Int64(SQLLimit.timeout) + 600))
        let isSecure = platform.endpoint.hasPrefix("https://")
        let host = platform.endpoint.dropFirst(isSecure ? 8 : 7)
        return SQLAccess(
            endpoint: String(host.prefix { $0 != "/" }), region: region, accessKey: keys.accessKeyID,
            secretKey: keys.secretAccessKey, sessionToken: keys.sessionToken, useSSL: isSecure)
    }
}

import Documents
import Kernel
import SQLEngine

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Carries one query out, in its caller's name: catalog, data and result are reached as the caller may reach them.
struct QueryExecution: Sendable {
    let place: Place
    let platform: Platform
    let engine: any SQLRunning
    /// A run before this one was interrupted.
    let isAgain: Bool

    /// Fills in what `query` learns on the way.
    /// - Throws: ``QueryFailure``, ``SQLFault``, `AWSError`.
    func run(_ query: inout QueryRecord) async throws {
        let begin = platform.clock.now()
        let statement = try await engine.parse(query.sql, on: platform)
        (query.statement, query.substatement) = Self.types(statement)
        query.planningMs = (platform.clock.now() - begin).wholeMilliseconds
        switch statement.kind {
        case "select":
            return try await select(Bound(statement: statement, sql: query.sql, parameters: query.parameters ?? []), &query)
        case "ctas", "insert", "unload":
            return try await write(Bound(statement: statement, sql: query.sql, parameters: query.parameters ?? []), &query)
        case "execute":
            let bound = try await prepared(statement, query)
            (query.statement, query.substatement) = Self.types(bound.statement)
            return try await bound.statement.kind == "select" ? select(bound, &query) : write(bound, &query)
        case "explain": return try await explain(statement, &query)
        default: break
        }
        guard query.parameters?.isEmpty ?? true else {
            throw QueryFailure.user("INVALID_PARAMETER_USAGE", "Parameters are supported in DML statements only")
        }
        let lines = try await DDL(query: query, place: place, platform: platform, engine: engine).run(statement)
        try await finish(lines, &query)
        query.engineMs = (platform.clock.now() - begin).wholeMilliseconds
    }

    /// A result that is plain text, a line for each row.
    func finish(_ lines: DDL.Lines, _ query: inout QueryRecord) async throws {
        query.isText = true
        query.columns = lines.columns
        query.rows = Int64(lines.rows.count)
        let text = Array(lines.rows.map { $0 + "\n" }.joined().utf8)
        query.resultBytes = Int64(text.count)
        try await put(text, query.resultLocation, "text/plain", query)
        try await putMetadata(query)
    }

    /// StatementType and SubstatementType (https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html).
    private static func types(_ statement: ParsedStatement) -> (String, String) {
        let kind = statement.kind
        let sub = kind == "ctas" ? "CREATE_TABLE_AS_SELECT" : kind == "msck" ? "MSCK_REPAIR" : kind.uppercased()
        switch kind {
        case "select", "insert", "unload": return ("DML", sub)
        case let kind where kind.hasPrefix("show_") || kind == "describe" || kind == "explain": return ("UTILITY", sub)
        default: return ("DDL", sub)
        }
    }

    /// A statement with a query in it, and values for its question marks.
    struct Bound {
        var statement: ParsedStatement
        var sql: String
        var parameters: [String]
    }

    /// The statement that EXECUTE names, read as the caller.
    private func prepared(_ statement: ParsedStatement, _ query: QueryRecord) async throws -> Bound {
        let input: Document = ["StatementName": .string(statement.name ?? ""), "WorkGroup": .string(query.workGroup)]
        let found: Document
        do {
            found = try await platform.call(
                Call(AthenaService.id, "GetPreparedStatement", input, caller: query.caller, region: place.region)
            ).output
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            throw QueryFailure(.user, 1_000, error.message)
        }
        let sql = found["PreparedStatement"]?["QueryStatement"]?.string ?? ""
        let inner = try await engine.parse(sql, on: platform)
        guard ["select", "ctas", "insert", "unload"].contains(inner.kind) else {
            throw QueryFailure.unsupported("EXECUTE runs SELECT, CTAS, INSERT and UNLOAD statements; this is \(inner.kind)")
        }
        return Bound(statement: inner, sql: sql, parameters: (statement.parameters ?? []) + (query.parameters ?? []))
    }

    private func select(_ bound: Bound, _ query: inout QueryRecord) async throws {
        if try await reuse(bound, &query) { return }
        let path = try resultPath("\(query.id).csv")
        defer { unlink(path) }
        let result = try await ask(bound, &query) { $0.resultPath = path }
        query.columns = result.columns
        query.resultBytes = Int64(result.resultBytes)
        guard let file = FileStream(path) else { throw QueryFailure(.system, 401, "GENERIC_INTERNAL_ERROR: the result is gone") }
        defer { file.close() }
        try await put(file.stream, query.resultLocation, "application/octet-stream", query)
        try await putMetadata(query)
    }

    /// Runs the engine, again where files changed under it, and notes in `query` what that took.
    func ask(_ bound: Bound, _ query: inout QueryRecord, _ fill: (inout SQLQuery) -> Void) async throws -> SQLResult {
        var attempt = 1
        while true {
            do {
                let result = try await once(bound, query, fill)
                query.scanned = Int64(result.bytesScanned)
                query.scannedRows = result.rowsScanned.map { Int64($0) }
                query.engineMs = Int64(result.timing.stagingMs + result.timing.executionMs)
                query.rows = Int64(result.rowCount)
                if let cutoff = query.bytesCutoff, query.scanned > cutoff { throw QueryFailure.cutoff(cutoff) }
                return result
            } catch SQLFault.refused(.fileChanged, let text) {
                guard attempt < AthenaLimit.attempts else { throw SQLFault.refused(.fileChanged, text) }
                attempt += 1
            }
        }
    }

    private func once(_ bound: Bound, _ query: QueryRecord, _ fill: (inout SQLQuery) -> Void) async throws -> SQLResult {
        let catalog = CatalogReader(caller: query.caller, region: place.region, platform: platform)
        var sources = QuerySources(catalog: catalog, engine: engine)
        try await sources.add(bound.statement.reads ?? [], in: query.database)
        let access = try await SQLAccess.actingAs(query.caller, region: place.region, on: platform)
        // What UNLOAD or EXPLAIN holds is no statement of its own for the engine.
        let sql = ["unload", "explain"].contains(bound.statement.kind) ? bound.statement.query ?? "" : bound.sql
        var request = SQLQuery(sql: sql, database: query.database, tables: [], s3: access, resultPath: "")
        sources.fill(&request)
        request.parameters = bound.parameters
        request.now = platform.clock.now().iso8601(milliseconds: true)
        fill(&request)
        return try await engine.query(request, on: platform)
    }

    /// A place of our own for the worker to write.
    func resultPath(_ name: String) throws -> String {
        let folder = platform.configuration.dataDirectory + "/athena"
        mkdir(folder, 0o700)
        guard let resolved = realpath(folder, nil) else {
            throw QueryFailure(.system, 401, "GENERIC_INTERNAL_ERROR: no room for results")
        }
        defer { free(resolved) }
        return "\(String(cString: resolved))/\(name)"
    }

    func put(_ bytes: [UInt8], _ url: String, _ type: String, _ query: QueryRecord) async throws {
        try await put(ByteStream(bytes: bytes), url, type, query)
    }

    /// Writes an object below the query's output location.
    private func put(_ body: ByteStream, _ url: String, _ type: String, _ query: QueryRecord) async throws {
        let location = try OutputLocation(query.output)
        let key = location.prefix + url.dropFirst(location.url.count)
        try await put(body, location.bucket, key, type, query, settings: query.settings?.upload ?? [:])
    }

    func put(
        _ body: ByteStream, _ bucket: String, _ key: String, _ type: String, _ query: QueryRecord, settings: Members
    ) async throws {
        var input: Members = ["Bucket": .string(bucket), "Key": .string(key), "ContentType": .string(type)]
        input["ContentLength"] = body.length.map { .integer($0) }
        input.merge(settings) { $1 }
        do {
            _ = try await platform.call(
                Call("s3", "PutObject", .map(input), body: RequestBody(body), caller: query.caller, region: place.region))
        } catch let error as AWSError where error.status == 403 {
            throw QueryFailure(
                .user, 1_000,
                "PERMISSION_DENIED: Access denied when writing output to url: s3://\(bucket)/\(key) . "
                    + "Please ensure you are allowed to access the S3 bucket. \(error.message)")
        } catch let error as AWSError where error.code == "NoSuchBucket" {
            throw QueryFailure(.user, 1_000, "Unable to verify/create output bucket \(bucket). \(error.message)")
        }
    }

    /// AWS writes an undocumented binary form here; ours is JSON with the same content: the columns and their types.
    func putMetadata(_ query: QueryRecord) async throws {
        let columns = try query.columns.map { try DocumentEncoder().encode($0) }
        let document: Document = ["queryExecutionId": .string(query.id), "columns": .list(columns)]
        try await put(JSON.write(document), query.resultLocation + ".metadata", "application/json", query)
    }
}

extension QueryFailure {
    /// Another service's refusal, met while the query ran.
    static func of(_ error: AWSError) -> QueryFailure {
        if error.code.hasPrefix("AccessDenied") { return QueryFailure(.user, 1_000, "PERMISSION_DENIED: \(error.message)") }
        if error.isSenders { return QueryFailure(.user, 1_000, "\(error.code): \(error.message)") }
        return QueryFailure(.system, 204, "GENERIC_INTERNAL_ERROR: \(error.message)", isRetryable: true)
    }
}

/// A local file as a stream; each piece is read when it is asked for.
final class FileStream: Sendable {
    private static let piece = 256 << 10
    private let descriptor: Int32
    private let length: Int64

    init?(_ path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            _ = Glibc.close(descriptor)
            return nil
        }
        length = Int64(status.st_size)
    }

    var stream: ByteStream {
        ByteStream(length: length) { [descriptor] in
            var buffer = [UInt8](repeating: 0, count: Self.piece)
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw QueryFailure(.system, 401, "GENERIC_INTERNAL_ERROR: the result can't be read") }
            return count == 0 ? nil : Array(buffer[..<count])
        }
    }

    func close() { _ = Glibc.close(descriptor) }
}

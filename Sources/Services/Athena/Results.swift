import Documents
import Kernel
import SQLEngine

/// GetQueryResults: reads the result file from S3 as the caller, a page at a time. The token is the next row's byte offset.
enum Results {
    struct Input: Codable, Sendable {
        var QueryExecutionId: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Output: Codable, Sendable {
        struct Datum: Codable, Sendable { var VarCharValue: String? }
        struct Row: Codable, Sendable { var Data: [Datum] }
        struct Column: Codable, Sendable {
            var CatalogName = "hive"
            var SchemaName = ""
            var TableName = ""
            var Name: String
            var Label: String
            var `Type`: String
            var Precision: Int
            var Scale: Int
            var Nullable: String
            var CaseSensitive: Bool

            init(_ column: SQLResult.Column) {
                (Name, Label, `Type`) = (column.name, column.name, column.type)
                (Precision, Scale, Nullable) = (column.precision, column.scale, column.nullable)
                CaseSensitive = ["varchar", "char", "string"].contains(column.type)
            }
        }
        struct Metadata: Codable, Sendable { var ColumnInfo: [Column] }
        struct Set: Codable, Sendable {
            var Rows: [Row]
            var ResultSetMetadata: Metadata
        }
        var UpdateCount: Int
        var ResultSet: Set
        var NextToken: String?
    }

    static func get(_ input: Input, _ context: Context) async throws -> Output {
        let query = try await Queries.record(input.QueryExecutionId, context)
        switch query.state {
        case .succeeded: break
        case .queued, .running: throw AthenaFault.queryNotFinished(query.state.rawValue)
        case .failed, .cancelled: throw AthenaFault.queryFailed(state: query.state.rawValue)
        }
        let size = min(input.MaxResults ?? AthenaLimit.resultRows, AthenaLimit.resultRows)
        // Of a statement that writes, the bytes are those of its files.
        let length = query.written == nil ? query.resultBytes : 0
        let list = context.list(query.id)
        var start: Int64 = 0
        if let token = input.NextToken {
            guard let offset = PageToken.name(token, of: list).flatMap({ Int64($0) }), offset > 0, offset < length else {
                throw AthenaFault.invalid("Invalid NextToken")
            }
            start = offset
        }
        var rows: [Output.Row] = []
        var used: Int64 = 0
        if length > start {
            (rows, used) = try await read(query, from: start, rows: size, context)
        }
        let end = start + used
        return Output(
            UpdateCount: query.written == nil ? 0 : Int(query.rows),
            ResultSet: Output.Set(
                Rows: rows, ResultSetMetadata: Output.Metadata(ColumnInfo: query.columns.map { Output.Column($0) })),
            NextToken: end < length ? PageToken.write(String(end), of: list) : nil)
    }

    /// - Returns: whole rows, at most `rows` of them, and how many bytes they take.
    private static func read(
        _ query: QueryRecord, from start: Int64, rows limit: Int, _ context: Context
    ) async throws -> ([Output.Row], Int64) {
        let location = try OutputLocation(query.output)
        var input: Members = [
            "Bucket": .string(location.bucket),
            "Key": .string(location.prefix + query.resultLocation.dropFirst(location.url.count)),
        ]
        if start > 0 { input["Range"] = .string("bytes=\(start)-") }
        let reply: Reply
        do {
            reply = try await context.callAsCaller("s3", "GetObject", .map(input))
        } catch let error as AWSError where error.status == 404 {
            throw AthenaFault.invalid("Could not find results")
        } catch let error as AWSError where error.status == 403 {
            throw AthenaFault.invalid("Access denied when reading the results: \(error.message)")
        }
        var parser = query.isText ? ResultParser.text : ResultParser.csv
        var rows: [Output.Row] = []
        guard let body = reply.body else { return ([], 0) }
        for try await piece in body {
            for byte in piece {
                guard let row = parser.take(byte) else { continue }
                rows.append(Output.Row(Data: row.map { Output.Datum(VarCharValue: $0) }))
                if rows.count == limit { return (rows, parser.used) }
            }
            guard parser.read < AthenaLimit.resultPage || rows.isEmpty else { return (rows, parser.used) }
            guard parser.read < 4 * AthenaLimit.resultPage else { throw AthenaFault.invalid("A row of the result is too large") }
        }
        return (rows, parser.used)
    }
}

/// Cuts a result file into rows, byte by byte. Every row ends with a line feed.
struct ResultParser {
    private let isText: Bool
    private var cell: [UInt8] = []
    private var row: [String?] = []
    private var isQuoted = false
    private var wasQuoted = false
    private var sawQuote = false
    /// Bytes taken in.
    private(set) var read: Int64 = 0
    /// Bytes of the rows given out.
    private(set) var used: Int64 = 0

    static let text = ResultParser(isText: true)
    static let csv = ResultParser(isText: false)

    private init(isText: Bool) { self.isText = isText }

    /// - Returns: the row that this byte ends. A NULL is a cell with nothing in it, not even quotes.
    mutating func take(_ byte: UInt8) -> [String?]? {
        read += 1
        if isText {
            if byte == UInt8(ascii: "\n") { return finishRow() }
            cell.append(byte)
            wasQuoted = true
            return nil
        }
        if isQuoted {
            if sawQuote {
                sawQuote = false
                if byte == UInt8(ascii: "\"") {
                    cell.append(byte)
                    return nil
                }
                isQuoted = false
            } else if byte == UInt8(ascii: "\"") {
                sawQuote = true
                return nil
            } else {
                cell.append(byte)
                return nil
            }
        }
        switch byte {
        case UInt8(ascii: "\""): (isQuoted, wasQuoted) = (true, true)
        case UInt8(ascii: ","): finishCell()
        case UInt8(ascii: "\n"): return finishRow()
        default: cell.append(byte)
        }
        return nil
    }

    private mutating func finishCell() {
        row.append(cell.isEmpty && !wasQuoted && !isText ? nil : String(decoding: cell, as: UTF8.self))
        (cell, wasQuoted) = ([], false)
    }

    private mutating func finishRow() -> [String?] {
        finishCell()
        used = read
        defer { row = [] }
        return row
    }
}

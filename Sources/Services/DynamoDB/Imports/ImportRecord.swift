import Documents
import Kernel
import Store

/// An import from S3 into a new table (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html).
struct ImportRecord: Stored {
    static let tag: UInt8 = 1
    var id: String
    var table: TableRecord
    /// Who asked for it: the objects are read, and errors logged, in their name.
    var caller: Caller
    var started: Timestamp
    var ended: Timestamp?
    var clientToken: String
    var source: ImportSource
    /// `DYNAMODB_JSON` or `CSV`
    var format: String
    var csv: CSVOptions?
    /// `NONE`, `GZIP` or `ZSTD`
    var compression: String
    /// `TableCreationParameters`, as given.
    var parameters: Document
    var failureCode: String?
    var failureMessage: String?
    var errors: Int64 = 0
    /// Items met, and those that came in.
    var items: Int64 = 0
    var imported: Int64 = 0
    /// Bytes of source files, out of their compression.
    var bytes: Int64 = 0

    static func imports(_ account: String, _ region: String) -> Key { Key(.dynamoImport, .text(account), .text(region)) }
    static func key(_ table: TableName, _ id: String) -> Key { imports(table.account, table.region).appending(.text(id)) }
    var key: Key { Self.key(table.tableName, id) }
    var arn: String { "\(table.arn)/import/\(id)" }
    var status: String { ended == nil ? "IN_PROGRESS" : failureCode == nil ? "COMPLETED" : "FAILED" }

    static let logGroup = "/aws-dynamodb/imports"
    private var logGroupARN: String { "arn:aws:logs:\(table.region):\(table.account):log-group:\(Self.logGroup):*" }

    /// The key of the import that an ARN names.
    static func key(_ arn: String) -> Key? {
        guard let parts = ARN(arn), parts.service == "dynamodb" else { return nil }
        let path = parts.resource.split(separator: "/")
        guard path.count == 4, path[0] == "table", path[2] == "import" else { return nil }
        return imports(parts.account, parts.region).appending(.text(String(path[3])))
    }

    /// `ImportSummary`
    var summary: Members {
        var members: Members = [
            "ImportArn": .string(arn), "ImportStatus": .string(status), "TableArn": .string(table.arn),
            "S3BucketSource": source.document, "CloudWatchLogGroupArn": .string(logGroupARN), "InputFormat": .string(format),
            "StartTime": .timestamp(started),
        ]
        if let ended { members["EndTime"] = .timestamp(ended) }
        return members
    }

    /// `ImportTableDescription`
    var description: Document {
        var members = summary
        members["TableId"] = .string(table.id)
        members["ClientToken"] = .string(clientToken)
        members["InputCompressionType"] = .string(compression)
        members["TableCreationParameters"] = parameters
        members["ErrorCount"] = .integer(errors)
        members["ProcessedSizeBytes"] = .integer(bytes)
        members["ProcessedItemCount"] = .integer(items)
        members["ImportedItemCount"] = .integer(imported)
        if let csv { members["InputFormatOptions"] = ["Csv": csv.document] }
        if let failureCode { members["FailureCode"] = .string(failureCode) }
        if let failureMessage { members["FailureMessage"] = .string(failureMessage) }
        return .map(members)
    }
}

struct ImportSource: Codable, Sendable, Equatable {
    var S3Bucket: String
    var S3BucketOwner: String?
    var S3KeyPrefix: String?

    var document: Document {
        var members: Members = ["S3Bucket": .string(S3Bucket)]
        if let S3BucketOwner { members["S3BucketOwner"] = .string(S3BucketOwner) }
        if let S3KeyPrefix { members["S3KeyPrefix"] = .string(S3KeyPrefix) }
        return .map(members)
    }
}

struct CSVOptions: Codable, Sendable, Equatable {
    var Delimiter: String?
    var HeaderList: [String]?

    var document: Document {
        var members: Members = [:]
        if let Delimiter { members["Delimiter"] = .string(Delimiter) }
        if let HeaderList { members["HeaderList"] = .list(HeaderList.map { .string($0) }) }
        return .map(members)
    }
}

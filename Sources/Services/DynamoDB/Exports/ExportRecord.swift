import Documents
import Kernel
import Store

/// An export of a table to S3.
struct ExportRecord: Stored {
    static let tag: UInt8 = 1
    var id: String
    var table: TableRecord
    /// Who asked for it: the objects are written in their name.
    var caller: Caller
    var asOf: Timestamp
    var started: Timestamp
    var ended: Timestamp?
    var bucket: String
    var bucketOwner: String?
    var prefix: String?
    var algorithm: String?
    var kmsKey: String?
    var clientToken: String
    /// `DYNAMODB_JSON`, which nil means, or `ION`.
    var format: String?
    var failureCode: String?
    var failureMessage: String?
    var items: Int64 = 0
    var bytes: Int64 = 0
    /// The data files that are written, in order.
    var files: [ExportedFile] = []
    /// Of an incremental export.
    var period: IncrementalSpecification?

    static func exports(_ account: String, _ region: String) -> Key { Key(.dynamoExport, .text(account), .text(region)) }
    static func key(_ table: TableName, _ id: String) -> Key { exports(table.account, table.region).appending(.text(id)) }
    var key: Key { Self.key(table.tableName, id) }
    var arn: String { "\(table.arn)/export/\(id)" }
    var isIon: Bool { format == "ION" }
    var status: String { ended == nil ? "IN_PROGRESS" : failureCode == nil ? "COMPLETED" : "FAILED" }
    private var exports: String { (prefix.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? "") + "AWSDynamoDB/" }
    var folder: String { exports + "\(id)/" }
    var type: String { period == nil ? "FULL_EXPORT" : "INCREMENTAL_EXPORT" }
    /// Where data files go: those of incremental exports share a folder.
    var dataFolder: String { (period == nil ? folder : exports) + "data/" }
    var manifest: String { folder + "manifest-summary.json" }

    /// The key of the export that an ARN names.
    static func key(_ arn: String) -> Key? {
        guard let parts = ARN(arn), parts.service == "dynamodb" else { return nil }
        let path = parts.resource.split(separator: "/")
        guard path.count == 4, path[0] == "table", path[2] == "export" else { return nil }
        return exports(parts.account, parts.region).appending(.text(String(path[3])))
    }

    /// `ExportDescription`
    var description: Document {
        var members: Members = [
            "ExportArn": .string(arn), "ExportStatus": .string(status), "StartTime": .timestamp(started),
            "TableArn": .string(table.arn), "TableId": .string(table.id),
            "ClientToken": .string(clientToken), "S3Bucket": .string(bucket), "S3SseAlgorithm": .string(algorithm ?? "AES256"),
            "ExportFormat": .string(format ?? "DYNAMODB_JSON"), "ExportType": .string(type),
        ]
        if let period {
            members["IncrementalExportSpecification"] = period.document
        } else {
            members["ExportTime"] = .timestamp(asOf)
        }
        if let ended { members["EndTime"] = .timestamp(ended) }
        for (name, value) in [
            ("S3BucketOwner", bucketOwner), ("S3Prefix", prefix), ("S3SseKmsKeyId", kmsKey), ("FailureCode", failureCode),
            ("FailureMessage", failureMessage),
        ] {
            if let value { members[name] = .string(value) }
        }
        if status == "COMPLETED" {
            members["ExportManifest"] = .string(manifest)
            members["BilledSizeBytes"] = .integer(bytes)
            members["ItemCount"] = .integer(items)
        }
        return .map(members)
    }
}

struct ExportedFile: Codable, Sendable {
    var key: String
    var items: Int64
    var md5: String
    var etag: String
}

import Documents
import Kernel
import Store

struct ExportInput: Codable, Sendable {
    var TableArn: String
    var ExportTime: Timestamp?
    var ClientToken: String?
    var S3Bucket: String
    var S3BucketOwner: String?
    var S3Prefix: String?
    var S3SseAlgorithm: String?
    var S3SseKmsKeyId: String?
    var ExportFormat: String?
    var ExportType: String?
    var IncrementalExportSpecification: Document?
}
struct ExportOutput: Codable, Sendable { var ExportDescription: Document }
struct ExportArnInput: Codable, Sendable { var ExportArn: String }

struct ListExportsInput: Codable, Sendable {
    var TableArn: String?
    var MaxResults: Int?
    var NextToken: String?
}
struct ListExportsOutput: Codable, Sendable {
    var ExportSummaries: [Document]
    var NextToken: String?
}

/// ExportTableToPointInTime, DescribeExport and ListExports.
extension DynamoDBService {
    func exportTable(_ input: ExportInput, _ context: Context) async throws -> ExportOutput {
        let isIncremental = input.ExportType == "INCREMENTAL_EXPORT"
        guard isIncremental || input.IncrementalExportSpecification == nil else {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: IncrementalExportSpecification can only be specified when ExportType is INCREMENTAL_EXPORT"
            )
        }
        guard !isIncremental || input.ExportTime == nil else {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: ExportTime can only be specified when ExportType is FULL_EXPORT")
        }
        let name = try TableName(input.TableArn, context)
        let token = input.ClientToken ?? Identifier.uuid()
        let (tables, platform) = (tables, context.platform)
        return try await context.store.write { transaction in
            if input.ClientToken != nil, let known = try Self.export(token, name, input, in: transaction) {
                return ExportOutput(ExportDescription: known.description)
            }
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.tableNotNamed(name.name) }
            guard let recovery = table.recovery else { throw DynamoDBFault.pointInTimeRecoveryOff(name.name) }
            let now = platform.clock.now()
            let period =
                isIncremental ? try IncrementalSpecification(input.IncrementalExportSpecification, recovery, at: now) : nil
            // Just before the period's end: what is written at that very moment is no more of it.
            let moment = period.map { $0.to - .microseconds(1) } ?? input.ExportTime ?? now
            guard moment >= recovery.earliest(at: now), moment <= now else { throw DynamoDBFault.invalidExportTime }
            let milliseconds = String(now.milliseconds)
            var made = ExportRecord(
                id: "0\(milliseconds)-\(Hex.encode(Identifier.random(4)))", table: table, caller: context.caller, asOf: moment,
                started: now, bucket: input.S3Bucket, bucketOwner: input.S3BucketOwner, prefix: input.S3Prefix,
                algorithm: input.S3SseAlgorithm, kmsKey: input.S3SseKmsKeyId, clientToken: token,
                format: input.ExportFormat)
            made.period = period
            let export = made
            try transaction.put(export.key, export)
            if let period {
                try TableCopy.begin(PeriodChanges.hold(export.id), of: &table, asOf: period.from, in: transaction)
            }
            try TableCopy.begin(export.id, of: &table, asOf: moment, in: transaction)
            try TableWork.enqueue(TableWork.export, table, id: export.id, in: transaction, on: platform)
            return ExportOutput(ExportDescription: export.description)
        }
    }

    /// The export that a client's token stands for.
    private static func export(
        _ token: String, _ name: TableName, _ input: ExportInput, in snapshot: any Snapshot
    ) throws -> ExportRecord? {
        var found: ExportRecord?
        try snapshot.records(ExportRecord.self, ExportRecord.exports(name.account, name.region)) { _, export in
            if export.clientToken == token { found = export }
            return found == nil
        }
        guard let found else { return nil }
        guard found.table.tableName == name, found.bucket == input.S3Bucket, found.prefix == input.S3Prefix,
            found.format ?? "DYNAMODB_JSON" == input.ExportFormat ?? "DYNAMODB_JSON"
        else {
            throw DynamoDBFault.exportConflict
        }
        return found
    }

    func describeExport(_ input: ExportArnInput, _ context: Context) async throws -> ExportOutput {
        let export = try await context.store.read { snapshot in
            try ExportRecord.key(input.ExportArn).flatMap { try snapshot.record(ExportRecord.self, $0) }
        }
        guard let export, export.arn == input.ExportArn else { throw DynamoDBFault.exportNotFound(input.ExportArn) }
        return ExportOutput(ExportDescription: export.description)
    }

    func listExports(_ input: ListExportsInput, _ context: Context) async throws -> ListExportsOutput {
        let limit = input.MaxResults ?? 25
        let list = context.list(input.TableArn)
        let after = try input.NextToken.map { token in
            guard let key = PageToken.name(token, of: list).flatMap(ExportRecord.key) else {
                throw DynamoDBFault.validation("Invalid NextToken")
            }
            return key
        }
        return try await context.store.read { snapshot in
            var found: [ExportRecord] = []
            try snapshot.records(ExportRecord.self, ExportRecord.exports(context.account, context.region), after: after) {
                _, export in
                if input.TableArn == nil || export.table.arn == input.TableArn { found.append(export) }
                return found.count <= limit
            }
            let page = found.prefix(limit)
            return ListExportsOutput(
                ExportSummaries: page.map {
                    ["ExportArn": .string($0.arn), "ExportStatus": .string($0.status), "ExportType": .string($0.type)]
                }, NextToken: found.count > limit ? page.last.map { PageToken.write($0.arn, of: list) } : nil)
        }
    }
}

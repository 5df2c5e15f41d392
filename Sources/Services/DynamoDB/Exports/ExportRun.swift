import Compression
import Crypto
import Documents
import Kernel
import Store

/// Writes an export's objects: data files of DynamoDB JSON or Ion, then the manifests
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html).
extension DynamoDBService {
    enum ExportLimit {
        /// Bytes of lines in one data file, before compression.
        static let file = 8 * 1_024 * 1_024
        static let rows = 500
    }

    func export(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let id = delivery.payload["id"]?.string else { return }
        try await TableCopy.run(id, of: name, tables, on: platform)
        let key = ExportRecord.key(name, id)
        guard var export = try await platform.store.read({ try $0.record(ExportRecord.self, key) }), export.ended == nil else {
            return try await TableCopy.delete(id, on: platform)
        }
        let period = export.period
        if let period { try await PeriodChanges.gather(export, period, on: platform) }
        // From the beginning, if this is not the first attempt.
        (export.files, export.items, export.bytes) = ([], 0, 0)
        do {
            if period == nil { try await write(&export, platform) } else { try await writeChanges(&export, platform) }
        } catch let error as AWSError where error.isSenders {
            export.failureCode = error.code == "NoSuchBucket" ? "S3NoSuchBucket" : "S3" + error.code
            export.failureMessage = error.message
        }
        export.ended = platform.clock.now()
        let done = export
        try await platform.store.write { try $0.put(key, done) }
        if period != nil { try await PeriodChanges.delete(done, tables, on: platform) }
        try await TableCopy.delete(id, on: platform)
    }

    private func write(_ export: inout ExportRecord, _ platform: Platform) async throws {
        _ = try await put([], "_started", export, platform)
        var (after, lines, count): (Key?, [UInt8], Int64) = (nil, [], 0)
        let copy = TableCopy.rows(export.id)
        repeat {
            let start = after
            let rows = try await platform.store.read { snapshot in
                var rows: [(Key, [UInt8])] = []
                try snapshot.scan(copy, after: start, limit: ExportLimit.rows) { row, bytes in
                    rows.append((row, bytes))
                    return true
                }
                return rows
            }
            for (_, bytes) in rows {
                let item = try await unlocked(platform) {
                    try ItemCoding.decode(try ItemCoding.open(bytes, KeyView(tables.keys)))
                }
                lines += (export.isIon ? Array(IonWriter.line(item).utf8) : JSON.write(["Item": item.document])) + [10]
                count += 1
                export.bytes += Int64(try ItemCoding.size(bytes))
                guard lines.count >= ExportLimit.file else { continue }
                try await putData(lines, count, &export, platform)
                (lines, count) = ([], 0)
            }
            after = rows.count == ExportLimit.rows ? rows.last?.0 : nil
        } while after != nil
        if count > 0 || export.files.isEmpty { try await putData(lines, count, &export, platform) }
        try await putManifests(export, platform)
    }

    private func writeChanges(_ export: inout ExportRecord, _ platform: Platform) async throws {
        _ = try await put([], "_started", export, platform)
        var (after, lines, count): (Key?, [UInt8], Int64) = (nil, [], 0)
        let view = export.period?.view ?? ""
        repeat {
            let (start, made) = (after, export)
            let (changes, next) = try await platform.store.read {
                try PeriodChanges.page(made, after: start, limit: ExportLimit.rows, in: $0)
            }
            for change in changes {
                let before = try await opened(change.before, platform)
                let item = try await opened(change.after, platform)
                let record = try PeriodChanges.record(
                    export.table, before: before, after: item, last: change.last, view: view)
                lines +=
                    (export.isIon ? Array(IonWriter.line(record, as: "Record").utf8) : JSON.write(PeriodChanges.document(record)))
                    + [10]
                count += 1
                for bytes in [change.before, change.after].compactMap({ $0 }) {
                    export.bytes += Int64(try ItemCoding.size(bytes))
                }
                guard lines.count >= ExportLimit.file else { continue }
                try await putData(lines, count, &export, platform)
                (lines, count) = ([], 0)
            }
            after = next
        } while after != nil
        if count > 0 || export.files.isEmpty { try await putData(lines, count, &export, platform) }
        try await putManifests(export, platform)
    }

    private func opened(_ bytes: [UInt8]?, _ platform: Platform) async throws -> Attributes? {
        guard let bytes else { return nil }
        return try await unlocked(platform) { try ItemCoding.decode(try ItemCoding.open(bytes, KeyView(tables.keys))) }
    }

    private func putData(
        _ lines: [UInt8], _ count: Int64, _ export: inout ExportRecord, _ platform: Platform
    ) async throws {
        let bytes = try Gzip.compress(lines)
        let key = export.dataFolder + "\(Identifier.code(26).lowercased()).\(export.isIon ? "ion" : "json").gz"
        let etag = try await put(bytes, at: key, export, platform)
        export.items += count
        export.files.append(
            ExportedFile(
                key: key, items: count, md5: Base64.string(Array(Insecure.MD5.hash(data: bytes))), etag: etag))
    }

    private func putManifests(_ export: ExportRecord, _ platform: Platform) async throws {
        var files: [UInt8] = []
        for file in export.files {
            files +=
                JSON.write([
                    "itemCount": .integer(file.items), "md5Checksum": .string(file.md5), "etag": .string(file.etag),
                    "dataFileS3Key": .string(file.key),
                ]) + [10]
        }
        var summary: Members = [
            "version": export.period == nil ? "2020-06-30" : "2023-08-01", "exportArn": .string(export.arn),
            "startTime": .string(export.started.iso8601(milliseconds: true)),
            "endTime": .string(platform.clock.now().iso8601(milliseconds: true)), "tableArn": .string(export.table.arn),
            "tableId": .string(export.table.id),
            "s3Bucket": .string(export.bucket), "s3Prefix": export.prefix.map { .string($0) } ?? .null,
            "s3SseAlgorithm": .string(export.algorithm ?? "AES256"),
            "s3SseKmsKeyId": export.kmsKey.map { .string($0) } ?? .null,
            "manifestFilesS3Key": .string(export.folder + "manifest-files.json"), "billedSizeBytes": .integer(export.bytes),
            "itemCount": .integer(export.items), "outputFormat": .string(export.format ?? "DYNAMODB_JSON"),
            "exportType": .string(export.type),
        ]
        if let period = export.period {
            summary["exportFromTime"] = .string(period.from.iso8601(milliseconds: true))
            summary["exportToTime"] = .string(period.to.iso8601(milliseconds: true))
            summary["outputView"] = .string(period.view)
        } else {
            summary["exportTime"] = .string(export.asOf.iso8601(milliseconds: true))
        }
        for (name, bytes) in [("manifest-files", files), ("manifest-summary", JSON.write(.map(summary)))] {
            let sum = Base64.string(Array(Insecure.MD5.hash(data: bytes)))
            _ = try await put(Array(sum.utf8), "\(name).checksum", export, platform)
            _ = try await put(bytes, "\(name).json", export, platform)
        }
    }

    /// - Returns: the object's entity tag, without quotation marks.
    private func put(_ bytes: [UInt8], _ name: String, _ export: ExportRecord, _ platform: Platform) async throws -> String {
        try await put(bytes, at: export.folder + name, export, platform)
    }

    private func put(
        _ bytes: [UInt8], at key: String, _ export: ExportRecord, _ platform: Platform
    ) async throws -> String {
        var input: Members = [
            "Bucket": .string(export.bucket), "Key": .string(key),
            "ContentLength": .integer(Int64(bytes.count)),
        ]
        if let owner = export.bucketOwner { input["ExpectedBucketOwner"] = .string(owner) }
        if export.algorithm == "KMS" {
            input["ServerSideEncryption"] = "aws:kms"
            if let key = export.kmsKey { input["SSEKMSKeyId"] = .string(key) }
        }
        let reply = try await platform.call(
            Call(
                "s3", "PutObject", .map(input), body: RequestBody(ByteStream(bytes: bytes)), caller: export.caller,
                region: export.table.region))
        return (reply.output["ETag"]?.string ?? "").filter { $0 != "\"" }
    }
}

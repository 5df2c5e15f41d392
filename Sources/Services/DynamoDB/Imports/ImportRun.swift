import Documents
import Kernel
import Store

/// Reads an import's objects into its table.
extension DynamoDBService {
    func runImport(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let id = delivery.payload["id"]?.string else { return }
        let key = ImportRecord.key(name, id)
        guard var record = try await platform.store.read({ try $0.record(ImportRecord.self, key) }), record.ended == nil else {
            return
        }
        // From the beginning, if this is not the first attempt: an item put twice is the same item.
        (record.errors, record.items, record.imported, record.bytes) = (0, 0, 0, 0)
        do {
            try await readObjects(&record, name, platform)
        } catch let error as AWSError where error.isSenders {
            record.failureCode = error.code == "NoSuchBucket" ? "S3NoSuchBucket" : error.code
            record.failureMessage = error.message
        }
        record.ended = platform.clock.now()
        let (done, tables) = (record, tables)
        try await platform.store.write { transaction in
            try transaction.put(key, done)
            guard var table = try tables.find(name, in: transaction), table.storage == done.table.storage else { return }
            table.activity = nil
            try transaction.put(table.key, table)
        }
    }

    private func readObjects(_ record: inout ImportRecord, _ name: TableName, _ platform: Platform) async throws {
        var token: Document?
        var log = ImportLog(record, platform)
        var count = 0
        repeat {
            var input: Members = ["Bucket": .string(record.source.S3Bucket)]
            input["Prefix"] = record.source.S3KeyPrefix.map { .string($0) }
            input["ContinuationToken"] = token
            let page = try await s3("ListObjectsV2", input, record, platform).output
            for object in page["Contents"]?.list ?? [] {
                // A folder's marker is no source file.
                guard let key = object["Key"]?.string, !key.hasSuffix("/") else { continue }
                count += 1
                guard count <= ImportLimit.objects else {
                    throw AWSError("ValidationException", 400, "The number of S3 objects exceeds \(ImportLimit.objects)")
                }
                try await readObject(key, &record, name, &log, platform)
            }
            token = page["NextContinuationToken"]
        } while token != nil
        guard count > 0 else {
            throw AWSError(
                "S3NoSuchKey", 400,
                "No objects found in bucket \(record.source.S3Bucket) with prefix \(record.source.S3KeyPrefix ?? "")")
        }
        try await log.flush()
    }

    private func s3(_ operation: String, _ input: Members, _ record: ImportRecord, _ platform: Platform) async throws -> Reply {
        var input = input
        if let owner = record.source.S3BucketOwner { input["ExpectedBucketOwner"] = .string(owner) }
        return try await platform.call(
            Call("s3", operation, .map(input), caller: record.caller, region: record.table.region))
    }

    private func readObject(
        _ key: String, _ record: inout ImportRecord, _ name: TableName, _ log: inout ImportLog, _ platform: Platform
    ) async throws {
        let reply = try await s3("GetObject", ["Bucket": .string(record.source.S3Bucket), "Key": .string(key)], record, platform)
        var reader = ImportReader(record.table, record.format, csv: record.csv)
        var index: Int64 = 0
        do {
            var plain: any Decompressor =
                switch record.compression {
                case "GZIP": try Gunzip()
                case "ZSTD": Zstandard()
                default: Uncompressed()
                }
            if let body = reply.body {
                for try await piece in body {
                    plain.append(piece)
                    while let bytes = try plain.next() {
                        record.bytes += Int64(bytes.count)
                        try await put(try reader.read(bytes, isEnd: false), key, &index, &record, name, &log, platform)
                    }
                }
            }
            guard plain.isComplete else { throw Malformed(reason: "The object ends in the midst of its compressed data") }
            try await put(try reader.read([], isEnd: true), key, &index, &record, name, &log, platform)
        } catch let error as Malformed {
            // The rest of this object is left out; the others are read.
            record.errors += 1
            try await log.add(error.reason, key, index)
        }
    }

    private func put(
        _ found: [ImportReader.Found], _ key: String, _ index: inout Int64, _ record: inout ImportRecord, _ name: TableName,
        _ log: inout ImportLog, _ platform: Platform
    ) async throws {
        let (tables, storage) = (tables, record.table.storage)
        var rest = found[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(ImportLimit.batch))
            rest = rest.dropFirst(ImportLimit.batch)
            let errors = try await sealedWrite(platform) { transaction -> [(Int, String)] in
                guard let table = try tables.find(name, in: transaction), table.storage == storage else { return [] }
                var writer = ItemWriter(transaction: transaction, table: table, platform: platform, now: platform.clock.now())
                writer.isSilent = true
                var errors: [(Int, String)] = []
                for (place, one) in batch.enumerated() {
                    switch one {
                    case .error(let reason): errors.append((place, reason))
                    case .item(let item):
                        let request = WriteRequest(action: .put(item), condition: nil, returnsOldOnFailure: false)
                        do { _ = try request.run(in: writer, wantsOld: false) } catch let fault as DynamoDBFault {
                            errors.append((place, fault.message))
                        }
                    }
                }
                return errors
            }
            for (place, reason) in errors { try await log.add(reason, key, index + Int64(place)) }
            record.items += Int64(batch.count)
            record.imported += Int64(batch.count - errors.count)
            record.errors += Int64(errors.count)
            index += Int64(batch.count)
        }
    }
}

/// What went wrong, in the log group `/aws-dynamodb/imports`, in the name of who asked for the import.
struct ImportLog {
    private let record: ImportRecord
    private let platform: Platform
    private var waiting: [Document] = []
    private var count = 0
    private var isOpen = false

    init(_ record: ImportRecord, _ platform: Platform) { (self.record, self.platform) = (record, platform) }

    mutating func add(_ reason: String, _ key: String, _ index: Int64) async throws {
        guard count < DynamoDBService.ImportLimit.logged else { return }
        count += 1
        let message: Document = [
            "itemS3Pointer": ["bucket": .string(record.source.S3Bucket), "key": .string(key), "itemIndex": .integer(index)],
            "importArn": .string(record.arn), "errorMessages": [.string(reason)],
        ]
        waiting.append([
            "timestamp": .integer(platform.clock.now().milliseconds), "message": .string(JSON.text(message)),
        ])
        if waiting.count >= DynamoDBService.ImportLimit.batch { try await flush() }
    }

    mutating func flush() async throws {
        guard !waiting.isEmpty else { return }
        let stream: Members = ["logGroupName": .string(ImportRecord.logGroup), "logStreamName": .string(record.id)]
        if !isOpen {
            try await make("CreateLogGroup", ["logGroupName": .string(ImportRecord.logGroup)])
            try await make("CreateLogStream", stream)
            isOpen = true
        }
        try await call("PutLogEvents", stream.merging(["logEvents": .list(waiting)]) { $1 })
        waiting = []
    }

    private func make(_ operation: String, _ input: Members) async throws {
        do { try await call(operation, input) } catch let error as AWSError where error.code == "ResourceAlreadyExistsException" {
            return
        }
    }

    private func call(_ operation: String, _ input: Members) async throws {
        _ = try await platform.call(
            Call("logs", operation, .map(input), caller: record.caller, region: record.table.region))
    }
}

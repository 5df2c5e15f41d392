import Compression
import Documents
import Kernel
import Store

/// Carries out one export: for each stream, files `PREFIX/TASK/STREAM/000000.gz` with lines of time and message. A run that
/// begins anew writes the same files again.
struct ExportRun: Sendable {
    private let record: ExportRecord
    private let platform: Platform
    private let service: CloudWatchLogsService

    init(_ record: ExportRecord, _ service: CloudWatchLogsService, _ platform: Platform) {
        (self.record, self.service, self.platform) = (record, service, platform)
    }

    private var caller: Caller {
        .service(
            CloudWatchLogsService.principal(record.region), account: record.account,
            sourceARN: ARN("logs", region: record.region, account: record.account, "export-task:*").description)
    }

    /// The bucket's policy must let CloudWatch Logs read its access list and write.
    func checkBucket() async throws {
        do {
            _ = try await platform.call(
                Call("s3", "GetBucketAcl", ["Bucket": .string(record.bucket)], caller: caller, region: record.region))
        } catch let error as AWSError {
            throw LogsFault.invalid(
                error.code == "NoSuchBucket"
                    ? "The given bucket does not exist. Please ensure the bucket exists in the same Region as the log group."
                    : "GetBucketAcl call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation."
            )
        }
        do {
            try await write("\(record.prefix)/aws-logs-write-test", Array("Permission Check Successful".utf8))
        } catch is AWSError {
            throw LogsFault.invalid(
                "PutObject call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation."
            )
        }
    }

    func run() async throws {
        guard try await set("RUNNING", "Task is running") else { return }
        do { try await copy() } catch let error as AWSError where !error.isTransient {
            _ = try await set("FAILED", error.message)
            return
        }
        _ = try await set("COMPLETED", "Completed successfully")
    }

    private func copy() async throws {
        let key = GroupRecord.key(record.account, record.region, record.group)
        guard let group = try await platform.store.read({ try $0.record(GroupRecord.self, key) }) else { return }
        let streams = try await platform.store.read { snapshot in
            try snapshot.all(StreamRecord.self, group.streams) { $0.name.hasPrefix(record.streamPrefix ?? "") }
        }
        for stream in streams {
            var begin = stream.events.appending(.integer(record.from))
            let end = stream.events.appending(.integer(record.to))
            var part = 0
            while let next = try await page(&begin, end, group) {
                guard try await isWanted() else { return }
                let number = String(repeating: "0", count: max(0, 6 - "\(part)".count)) + "\(part)"
                let folder = String(stream.name.map { $0 == "/" ? "-" : $0 })
                try await write("\(record.prefix)/\(record.id)/\(folder)/\(number).gz", Gzip.compress(next))
                part += 1
            }
        }
    }

    /// The lines of the next events, as many as one file takes; nil at the end.
    private func page(_ begin: inout Key, _ end: Key, _ group: GroupRecord) async throws -> [UInt8]? {
        let from = begin
        guard from < end else { return nil }
        let (lines, next) = try await service.withKeys(platform) { ring in
            try await platform.store.read { snapshot in
                var lines: [UInt8] = []
                var next: Key?
                try snapshot.scan(from: from, to: end, reverse: false, limit: nil) { key, value in
                    let event = try EventRecord(stored: value)
                    let message = try ring.message(of: event, in: group)
                    lines += Array("\(event.timestamp.iso8601(milliseconds: true)) \(message)\n".utf8)
                    next = key.successor
                    return lines.count < LogsLimit.exportFile
                }
                return (lines, next)
            }
        }
        guard let next else { return nil }
        begin = next
        return lines
    }

    private func write(_ key: String, _ bytes: [UInt8]) async throws {
        _ = try await platform.call(
            Call(
                "s3", "PutObject",
                [
                    "Bucket": .string(record.bucket), "Key": .string(key), "ContentLength": .integer(Int64(bytes.count)),
                    "ACL": "bucket-owner-full-control",
                ],
                body: RequestBody(ByteStream(bytes: bytes)), caller: caller, region: record.region))
    }

    private func isWanted() async throws -> Bool {
        try await platform.store.read { try $0.record(ExportRecord.self, record.key)?.isActive ?? false }
    }

    /// - Returns: false for a task that has ended meanwhile.
    private func set(_ state: String, _ message: String) async throws -> Bool {
        let now = platform.clock.now()
        return try await platform.store.write { transaction in
            guard var task = try transaction.record(ExportRecord.self, record.key), task.isActive else { return false }
            (task.state, task.message) = (state, message)
            if !task.isActive { task.completed = now }
            try transaction.put(task.key, task)
            return true
        }
    }
}

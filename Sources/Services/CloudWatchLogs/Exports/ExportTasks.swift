import Compression
import Documents
import Kernel
import Store

/// A task that copies a group's events to S3.
struct ExportRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var id: String
    var name: String?
    var group: String
    var streamPrefix: String?
    /// Milliseconds; the end is outside.
    var from: Int64
    var to: Int64
    var bucket: String
    var prefix: String
    /// `PENDING`, `RUNNING`, `COMPLETED`, `CANCELLED`, `FAILED`.
    var state: String
    var message: String
    var created: Timestamp
    var completed: Timestamp?

    static func all(_ account: String, _ region: String) -> Key { Key(.logExportTask, .text(account), .text(region)) }
    var key: Key { Self.all(account, region).appending(.text(id)) }
    var isActive: Bool { state == "PENDING" || state == "RUNNING" }
}

/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html
extension CloudWatchLogsService {
    struct ExportInput: Decodable, Sendable {
        var taskName: String?
        var logGroupName: String
        var logStreamNamePrefix: String?
        var from: Int64
        var to: Int64
        var destination: String
        var destinationPrefix: String?
    }

    struct TaskID: Codable, Sendable { var taskId: String }

    func createExport(_ input: ExportInput, _ context: Context) async throws -> TaskID {
        guard input.from < input.to else { throw LogsFault.invalid("The 'from' time must be before the 'to' time.") }
        let group = try await context.store.read { try $0.group(input.logGroupName, nil, context) }
        try group.mustBeStandard(for: "Export tasks")
        let record = ExportRecord(
            account: group.account, region: group.region, id: Identifier.uuid(), name: input.taskName, group: group.name,
            streamPrefix: input.logStreamNamePrefix, from: input.from, to: input.to, bucket: input.destination,
            prefix: input.destinationPrefix ?? "exportedlogs", state: "PENDING", message: "Task is pending", created: context.now)
        try await ExportRun(record, self, context.platform).checkBucket()
        try await context.store.write { transaction in
            let all = try transaction.exports(record.account, record.region)
            guard !all.contains(where: \.isActive) else { throw LogsFault.limitExceeded }
            for old in all.dropLast(LogsLimit.exportsKept - 1) { try transaction.delete(old.key) }
            try transaction.put(record.key, record)
            try transaction.enqueue(
                Delivery(
                    id: record.id, lane: "export \(record.account) \(record.region)", service: Self.id, name: "export",
                    payload: [
                        "account": .string(record.account), "region": .string(record.region), "id": .string(record.id),
                    ], created: context.now, expires: context.now + LogsLimit.exportAge), on: context.platform)
        }
        return TaskID(taskId: record.id)
    }

    func runExport(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let account = delivery.payload["account"]?.string, let region = delivery.payload["region"]?.string,
            let id = delivery.payload["id"]?.string,
            let record = try await platform.store.read({
                try $0.record(ExportRecord.self, ExportRecord.all(account, region).appending(.text(id)))
            }), record.isActive
        else { return }
        try await ExportRun(record, self, platform).run()
    }

    struct ExportsInput: Decodable, Sendable {
        var taskId: String?
        var statusCode: String?
        var nextToken: String?
        var limit: Int?
    }

    struct ExportsOutput: Encodable, Sendable {
        struct Status: Encodable, Sendable {
            var code: String
            var message: String
        }
        struct Execution: Encodable, Sendable {
            var creationTime: Int64
            var completionTime: Int64?
        }
        struct Task: Encodable, Sendable {
            var taskId: String
            var taskName: String?
            var logGroupName: String
            var from: Int64
            var to: Int64
            var destination: String
            var destinationPrefix: String
            var status: Status
            var executionInfo: Execution

            init(_ record: ExportRecord) {
                (taskId, taskName, logGroupName) = (record.id, record.name, record.group)
                (from, to, destination, destinationPrefix) = (record.from, record.to, record.bucket, record.prefix)
                status = Status(code: record.state, message: record.message)
                executionInfo = Execution(
                    creationTime: record.created.milliseconds, completionTime: record.completed?.milliseconds)
            }
        }
        var exportTasks: [Task]
        var nextToken: String?
    }

    func describeExports(_ input: ExportsInput, _ context: Context) async throws -> ExportsOutput {
        let all = try await context.store.read { try $0.exports(context.account, context.region) }
        if let id = input.taskId {
            guard let found = all.first(where: { $0.id == id }) else {
                throw LogsFault.notFound("The specified export task does not exist.")
            }
            return ExportsOutput(exportTasks: [.init(found)])
        }
        let fitting = all.filter { [$0.state, nil].contains(input.statusCode) }.sorted { $0.id < $1.id }
        let (page, token) = try LogsPage.cut(fitting, by: \.id, input.nextToken, input.limit, of: context.list(input.statusCode))
        return ExportsOutput(exportTasks: page.map { .init($0) }, nextToken: token)
    }

    func cancelExport(_ input: TaskID, _ context: Context) async throws -> Nothing {
        let now = context.now
        try await context.store.write { transaction in
            let key = ExportRecord.all(context.account, context.region).appending(.text(input.taskId))
            guard var record = try transaction.record(ExportRecord.self, key) else {
                throw LogsFault.notFound("The specified export task does not exist.")
            }
            guard record.isActive else { throw LogsFault.notStoppable("The specified export task has already finished.") }
            (record.state, record.message, record.completed) = ("CANCELLED", "Cancelled by user", now)
            try transaction.put(key, record)
        }
        return Nothing()
    }
}

extension Snapshot {
    /// An account's tasks, the oldest first.
    func exports(_ account: String, _ region: String) throws -> [ExportRecord] {
        try all(ExportRecord.self, ExportRecord.all(account, region)).sorted { $0.created < $1.created }
    }
}

import Documents
import Kernel
import Store

/// Where an event lies, as `@ptr` tells it.
struct LogPointer: Codable, Sendable {
    var group: String
    var stream: String
    var key: [UInt8]

    init(group: String, stream: String, key: Key) { (self.group, self.stream, self.key) = (group, stream, key.bytes) }

    /// - Throws: ``LogsFault/invalid(_:)``.
    init(_ text: String) throws(LogsFault) {
        guard let bytes = Base64.decode(text), let document = try? JSON.parse(bytes),
            let group = document["g"]?.string, let stream = document["s"]?.string,
            let key = document["k"]?.string.flatMap(Hex.decode)
        else { throw .invalid("The log record pointer is not valid.") }
        (self.group, self.stream, self.key) = (group, stream, key)
    }

    var text: String {
        Base64.string(JSON.write(["g": .string(group), "s": .string(stream), "k": .string(Hex.encode(key))]))
    }
}

/// Runs queries, and looks at events as queries see them.
extension CloudWatchLogsService {
    func runQuery(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let account = delivery.payload["account"]?.string, let region = delivery.payload["region"]?.string,
            let id = delivery.payload["id"]?.string
        else { return }
        let key = QueryRecord.all(account, region).appending(.text(id))
        guard var record = try await set("Running", key, platform) else { return }
        do {
            try await answer(&record, platform)
            record.status = "Complete"
        } catch let error as QueryError {
            platform.log.warning("a query failed", metadata: ["query": "\(id)", "reason": "\(error)"])
            record.status = "Failed"
        } catch let error as AWSError where !error.isTransient {
            platform.log.warning("a query failed", metadata: ["query": "\(id)", "reason": "\(error.code): \(error.message)"])
            record.status = "Failed"
        }
        record.ended = platform.clock.now()
        let finished = record
        try await platform.store.write { transaction in
            guard try transaction.record(QueryRecord.self, key)?.isActive == true else { return }
            try transaction.put(key, finished)
        }
    }

    private func set(_ status: String, _ key: Key, _ platform: Platform) async throws -> QueryRecord? {
        try await platform.store.write { transaction in
            guard var record = try transaction.record(QueryRecord.self, key), record.isActive else { return nil }
            record.status = status
            try transaction.put(key, record)
            return record
        }
    }

    private func answer(_ record: inout QueryRecord, _ platform: Platform) async throws {
        var run = try QueryRun(record.query, limit: record.limit, now: platform.clock.now())
        let (account, region) = (record.account, record.region)
        let unmasks = QueryParser.unmasks(record.query)
        for name in record.groups {
            let key = GroupRecord.key(account, region, name)
            guard let group = try await platform.store.read({ try $0.record(GroupRecord.self, key) }) else { continue }
            record.statistics.logGroupsScanned += 1
            for stream in try await streams(of: group, platform) {
                var begin = stream.events.appending(.integer(Timestamp(seconds: record.start).milliseconds))
                let end = stream.events.appending(.integer((Timestamp(seconds: record.end) + .seconds(1)).milliseconds))
                while true {
                    let page = try await page(from: begin, to: end, of: group, unmasked: unmasks, platform)
                    for (key, event) in page {
                        record.statistics.recordsScanned += 1
                        record.statistics.bytesScanned += Double(event.message.utf8.count)
                        try run.add(Self.row(event, key, stream.name, group, unmasked: unmasks))
                    }
                    guard page.count == LogsLimit.queryPage, let last = page.last?.key else { break }
                    begin = last.successor
                    let own = record.key
                    guard try await platform.store.read({ try $0.record(QueryRecord.self, own)?.isActive }) == true else {
                        return
                    }
                }
            }
        }
        record.statistics.recordsMatched = Double(run.matched)
        var bytes = 0
        for row in try run.results() {
            bytes += row.reduce(0) { $0 + $1.field.utf8.count + $1.value.utf8.count }
            guard bytes <= LogsLimit.queryBytes else { throw QueryError.malformed("The answer is too large.") }
            record.rows.append(row.map { .init(field: $0.field, value: $0.value) })
        }
    }

    /// - Parameter unmasked: the event's message is whole, and the row shows it masked.
    private static func row(
        _ event: EventRecord, _ key: Key, _ stream: String, _ group: GroupRecord, unmasked: Bool = false
    ) -> QueryRow {
        let pointer = LogPointer(group: group.name, stream: stream, key: key)
        let whole = QueryRow(event, message: event.message, stream: stream, group: group, pointer: pointer.text)
        guard unmasked, event.masks != nil else { return whole }
        var row = QueryRow(
            event, message: event.masked(event.message), stream: stream, group: group, pointer: pointer.text)
        row.whole = whole.fields
        return row
    }

    private func streams(of group: GroupRecord, _ platform: Platform) async throws -> [StreamRecord] {
        try await platform.store.read { try $0.all(StreamRecord.self, group.streams) }
    }

    /// The next events of a stream, opened.
    private func page(
        from begin: Key, to end: Key, of group: GroupRecord, unmasked: Bool = false, _ platform: Platform
    ) async throws -> [(key: Key, event: EventRecord)] {
        guard begin < end else { return [] }
        return try await withKeys(platform) { ring in
            try await platform.store.read { snapshot in
                var page: [(key: Key, event: EventRecord)] = []
                try snapshot.scan(from: begin, to: end, reverse: false, limit: LogsLimit.queryPage) { key, value in
                    var event = try EventRecord(stored: value)
                    event.message = try ring.message(of: event, in: group, unmasked: unmasked)
                    page.append((key, event))
                    return true
                }
                return page
            }
        }
    }

    struct PointerInput: Decodable, Sendable {
        var logRecordPointer: String
        var unmask: Bool?
    }

    struct RecordOutput: Encodable, Sendable { var logRecord: [String: String] }

    func getRecord(_ input: PointerInput, _ context: Context) async throws -> RecordOutput {
        let pointer = try LogPointer(input.logRecordPointer)
        let key = Key(bytes: pointer.key)
        let group = try await context.store.read { try $0.group(pointer.group, nil, context) }
        let stream = try await context.store.read { try $0.stream(pointer.stream, in: group) }
        // A pointer that is made up must not open another stream.
        guard key.bytes.starts(with: stream.events.bytes),
            let found = try await page(
                from: key, to: key.successor, of: group, unmasked: input.unmask ?? false, context.platform
            ).first
        else { throw LogsFault.notFound("The specified log record does not exist.") }
        return RecordOutput(logRecord: Self.row(found.event, found.key, stream.name, group).fields.compactMapValues(\.text))
    }

    struct FieldsInput: Decodable, Sendable {
        var logGroupName: String?
        var logGroupIdentifier: String?
        var time: Int64?
    }

    struct FieldsOutput: Encodable, Sendable {
        struct Field: Encodable, Sendable {
            var name: String
            var percent: Int
        }
        var logGroupFields: [Field]
    }

    /// Looks at events of the last 15 minutes, or of 8 minutes before and after a time
    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogGroupFields.html).
    func getFields(_ input: FieldsInput, _ context: Context) async throws -> FieldsOutput {
        let group = try await context.store.read { try $0.group(input.logGroupName, input.logGroupIdentifier, context) }
        let now = context.now.milliseconds
        let middle = input.time.map { Timestamp(seconds: $0).milliseconds }
        let (from, to) = middle.map { ($0 - 480_000, $0 + 480_000) } ?? (now - 900_000, now + 1)
        var (counts, total): ([String: Int], Int) = ([:], 0)
        for stream in try await streams(of: group, context.platform) where total < LogsLimit.queryPage {
            let page = try await page(
                from: stream.events.appending(.integer(from)), to: stream.events.appending(.integer(to)), of: group,
                context.platform)
            for (key, event) in page {
                total += 1
                for name in Self.row(event, key, stream.name, group).fields.keys where name != "@ptr" {
                    counts[name, default: 0] += 1
                }
            }
        }
        let seen = max(1, total)
        return FieldsOutput(
            logGroupFields: counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                .init(name: $0.key, percent: $0.value * 100 / seen)
            })
    }
}

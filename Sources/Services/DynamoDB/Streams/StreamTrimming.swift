import Documents
import Kernel
import Store

/// Stream records live for a day, and a stream that was turned off for a day after that.
enum StreamTrimming {
    enum Limit {
        static let retention = Duration.seconds(86_400)
        /// Records deleted in one transaction.
        static let batch = 500
        /// Between two sweeps of a busy stream.
        static let pause = Duration.seconds(60)
    }
    static let trimTimer = "trim"
    static let dropTimer = "drop"

    static func timer(_ table: TableRecord, _ label: String, due: Timestamp) -> TimerRecord {
        timer(trimTimer, account: table.account, region: table.region, table: table.name, label, due)
    }

    static func timer(_ name: String, account: String, region: String, table: String, _ label: String, _ due: Timestamp)
        -> TimerRecord
    {
        TimerRecord(
            id: "\(name)/\(account)/\(region)/\(table)/\(label)", service: DynamoDBService.id, name: name, due: due,
            payload: ["account": .string(account), "region": .string(region), "name": .string(table), "label": .string(label)])
    }
}

extension StreamInfo {
    func timer(_ name: String, due: Timestamp) -> TimerRecord {
        StreamTrimming.timer(name, account: account, region: region, table: table, label, due)
    }

    static func key(_ table: TableName, _ label: String) -> Key {
        Key(.dynamoStream, .text(table.account), .text(table.region), .text(table.name), .text(label))
    }
}

extension DynamoDBService {
    /// Deletes the records of a stream that are older than a day.
    func trim(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let name = TableName(timer.payload), let label = timer.payload["label"]?.string else { return }
        while try await trimBatch(name, label, platform) {}
    }

    /// - Returns: whether there may be more to delete.
    private func trimBatch(_ name: TableName, _ label: String, _ platform: Platform) async throws -> Bool {
        let tables = tables
        return try await platform.store.write { transaction in
            guard var info = try transaction.record(StreamInfo.self, StreamInfo.key(name, label)) else { return false }
            let now = platform.clock.now()
            let horizon = now - StreamTrimming.Limit.retention
            var old: [Key] = []
            var oldestLeft: Timestamp?
            try transaction.scan(info.records, limit: StreamTrimming.Limit.batch) { row, bytes in
                let created = try StreamEntry.created(bytes)
                guard created <= horizon else {
                    oldestLeft = created
                    return false
                }
                guard case .integer(let sequence)? = try row.elements().last else { throw StoreError.corrupt("stream key") }
                info.trimmedThrough = sequence
                old.append(row)
                return true
            }
            for row in old { try transaction.delete(row) }
            if !old.isEmpty { try transaction.put(info.key, info) }
            if let oldestLeft {
                let due = max(oldestLeft + StreamTrimming.Limit.retention, now + StreamTrimming.Limit.pause)
                try transaction.schedule(info.timer(StreamTrimming.trimTimer, due: due), on: platform)
                return false
            }
            if old.count == StreamTrimming.Limit.batch { return true }
            if let table = try tables.find(name, in: transaction), table.storage == info.storage, table.stream?.label == label {
                var tally = try TableTally.of(table, in: transaction)
                tally.isTrimming = false
                try transaction.put(TableKey.tally(table.storage), tally.stored)
            }
            return false
        }
    }

    /// Forgets a stream that was turned off a day ago.
    func drop(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let name = TableName(timer.payload), let label = timer.payload["label"]?.string else { return }
        while true {
            let isDone = try await platform.store.write { transaction in
                guard let info = try transaction.record(StreamInfo.self, StreamInfo.key(name, label)), info.disabled != nil else {
                    return true
                }
                guard try transaction.deleteSome(info.records, limit: StreamTrimming.Limit.batch) else { return false }
                try transaction.cancelTimer(DynamoDBService.id, id: info.timer(StreamTrimming.trimTimer, due: timer.due).id)
                try transaction.delete(info.key)
                return true
            }
            if isDone { return }
        }
    }
}

extension Transaction {
    /// Deletes at most `limit` rows under `prefix`.
    /// - Returns: whether none are left.
    func deleteSome(_ prefix: Key, limit: Int) throws -> Bool {
        var rows: [Key] = []
        try scan(prefix, limit: limit + 1) { row, _ in
            rows.append(row)
            return true
        }
        for row in rows.prefix(limit) { try delete(row) }
        return rows.count <= limit
    }
}

/// Turning a table's stream on and off, in the transaction that changes the table.
extension TableRecord {
    mutating func startStream(_ view: StreamView, at now: Timestamp, in transaction: any Transaction) throws {
        let label = String(now.iso8601(milliseconds: true).dropLast())
        stream = TableStream(label: label, view: view)
        latestStreamLabel = label
        let sequence = try TableTally.of(self, in: transaction).sequence
        let info = StreamInfo(
            account: account, region: region, table: name, storage: storage, label: label, view: view, schema: schema,
            created: now,
            disabled: nil, firstSequence: sequence + 1)
        try transaction.put(info.key, info)
    }

    mutating func stopStream(at now: Timestamp, in transaction: any Transaction, on platform: Platform) throws {
        guard let stream else { return }
        self.stream = nil
        var tally = try TableTally.of(self, in: transaction)
        tally.isTrimming = false
        try transaction.put(TableKey.tally(storage), tally.stored)
        guard var info = try transaction.record(StreamInfo.self, StreamInfo.key(tableName, stream.label)) else { return }
        (info.disabled, info.lastSequence) = (now, tally.sequence)
        try transaction.put(info.key, info)
        try transaction.schedule(info.timer(StreamTrimming.dropTimer, due: now + StreamTrimming.Limit.retention), on: platform)
        let (changes, arn) = (platform.changes, info.arn)
        transaction.afterCommit { changes.notify(arn) }
    }
}

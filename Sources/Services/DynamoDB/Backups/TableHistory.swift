import Documents
import Kernel
import Store

/// What a table's items were before they changed: kept while point-in-time recovery is on or a copy is being made. A table
/// as of a moment is the table as it is, with every change since taken back, the latest first.
enum TableHistory {
    enum Limit {
        /// Entries deleted in one transaction.
        static let batch = 500
        /// Between two sweeps.
        static let pause = Duration.seconds(3_600)
    }
    static let timer = "trimHistory"

    static func entries(_ storage: String) -> Key { Key(.dynamoHistory, .text(storage)) }

    /// Notes what stood at `row` before a change. Of several changes in one microsecond the first counts.
    static func note(_ row: Key, was bytes: [UInt8]?, of table: TableRecord, at now: Timestamp, in transaction: any Transaction)
        throws
    {
        let suffix = suffix(of: row, in: table.storage)
        let key = entries(table.storage).appending(.integer(now.microseconds), .bytes(suffix))
        guard try !transaction.contains(key) else { return }
        try transaction.put(key, bytes.map { [1] + $0 } ?? [0])
    }

    /// An item's key within its table's rows.
    static func suffix(of row: Key, in storage: String) -> [UInt8] {
        Array(row.bytes.dropFirst(TableKey.items(storage).bytes.count))
    }

    static func timer(_ table: TableRecord, due: Timestamp) -> TimerRecord {
        TimerRecord(
            id: "history/\(table.storage)", service: DynamoDBService.id, name: timer, due: due,
            payload: [
                "account": .string(table.account), "region": .string(table.region), "name": .string(table.name),
                "storage": .string(table.storage),
            ])
    }
}

extension TableRecord {
    var keepsHistory: Bool { recovery != nil || !(copies ?? []).isEmpty }

    /// The earliest change that may still be asked for; nil if none.
    func historyHorizon(at now: Timestamp) -> Timestamp? {
        ([recovery?.earliest(at: now)] + (copies ?? []).map(\.asOf)).compactMap { $0 }.min()
    }
}

extension DynamoDBService {
    /// Deletes what no restore can ask for any more.
    func trimHistory(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let name = TableName(timer.payload), let storage = timer.payload["storage"]?.string else { return }
        let tables = tables
        var isDone = false
        while !isDone {
            isDone = try await platform.store.write { transaction in
                let now = platform.clock.now()
                let found = try tables.find(name, in: transaction)
                let table = found?.storage == storage ? found : nil
                let all = TableHistory.entries(storage)
                let end = table?.historyHorizon(at: now).map { all.appending(.integer($0.microseconds)) } ?? all.rangeEnd
                var rows: [Key] = []
                try transaction.scan(from: all, to: end, reverse: false, limit: TableHistory.Limit.batch) { row, _ in
                    rows.append(row)
                    return true
                }
                for row in rows { try transaction.delete(row) }
                guard rows.count < TableHistory.Limit.batch else { return false }
                if let table, table.keepsHistory {
                    try transaction.schedule(TableHistory.timer(table, due: now + TableHistory.Limit.pause), on: platform)
                }
                return true
            }
        }
    }
}

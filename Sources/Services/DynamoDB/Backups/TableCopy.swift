import Documents
import Kernel
import Store

/// A copy of a table as of one moment, row by row: a backup, what a restore fills a new table from, what an export writes.
///
/// The rows are copied in bounded transactions while the table is in use. Whatever changes after the moment is in the
/// history by then, and is taken back in the copy afterwards, the latest change first. Doing it again does no harm.
enum TableCopy {
    enum Limit {
        static let batch = 200
    }

    static func rows(_ id: String) -> Key { Key(.dynamoBackupItem, .text(id)) }

    /// Notes in `table` that a copy is under way, so that its history is kept.
    static func begin(
        _ id: String, of table: inout TableRecord, asOf moment: Timestamp, in transaction: any Transaction
    ) throws {
        table.copies = (table.copies ?? []) + [CopyUnderWay(id: id, asOf: moment)]
        try transaction.put(table.key, table)
    }

    static func run(_ id: String, of name: TableName, _ tables: TableCache, on platform: Platform) async throws {
        guard let (storage, moment) = try await source(id, name, tables, platform) else { return }
        try await copy(id, storage, platform)
        try await takeBack(id, storage, since: moment, platform)
        try await platform.store.write { transaction in
            guard var table = try tables.find(name, in: transaction), table.storage == storage else { return }
            table.copies?.removeAll { $0.id == id }
            if table.copies?.isEmpty == true { table.copies = nil }
            try transaction.put(table.key, table)
            let now = platform.clock.now()
            try transaction.schedule(TableHistory.timer(table, due: now + TableHistory.Limit.pause), on: platform)
        }
    }

    /// nil once it is done.
    private static func source(
        _ id: String, _ name: TableName, _ tables: TableCache, _ platform: Platform
    ) async throws -> (String, Timestamp)? {
        try await platform.store.read { snapshot in
            guard let table = try tables.find(name, in: snapshot), let copy = table.copies?.first(where: { $0.id == id }) else {
                return nil
            }
            return (table.storage, copy.asOf)
        }
    }

    private static func copy(_ id: String, _ storage: String, _ platform: Platform) async throws {
        var after: Key?
        repeat {
            let start = after
            after = try await platform.store.write { transaction -> Key? in
                var rows: [(Key, [UInt8])] = []
                try transaction.scan(TableKey.items(storage), after: start, limit: Limit.batch) { row, bytes in
                    rows.append((row, bytes))
                    return true
                }
                for (row, bytes) in rows {
                    try transaction.put(Self.rows(id).appending(.bytes(TableHistory.suffix(of: row, in: storage))), bytes)
                }
                return rows.count == Limit.batch ? rows.last?.0 : nil
            }
        } while after != nil
    }

    private static func takeBack(_ id: String, _ storage: String, since moment: Timestamp, _ platform: Platform) async throws {
        let entries = TableHistory.entries(storage)
        let begin = entries.appending(.integer(moment.microseconds + 1))
        var end = entries.rangeEnd
        while true {
            let stop = end
            let last = try await platform.store.write { transaction -> Key? in
                var found: [(Key, [UInt8])] = []
                try transaction.scan(from: begin, to: stop, reverse: true, limit: Limit.batch) { row, bytes in
                    found.append((row, bytes))
                    return true
                }
                for (row, bytes) in found {
                    guard case .bytes(let suffix)? = try row.elements().last else { throw StoreError.corrupt("history key") }
                    let target = rows(id).appending(.bytes(suffix))
                    if bytes.first == 1 {
                        try transaction.put(target, Array(bytes.dropFirst()))
                    } else {
                        try transaction.delete(target)
                    }
                }
                return found.last?.0
            }
            guard let last else { return }
            end = last
        }
    }

    static func delete(_ id: String, on platform: Platform) async throws {
        while try await !platform.store.write({ try $0.deleteSome(rows(id), limit: TableWork.Limit.batch) }) {}
    }
}

import Store
import Synchronization

/// Decoded table records. A transaction still reads the record's bytes, which is cheap, and so always works on the table
/// as it is, whichever process changed it; only decoding is spared.
final class TableCache: Sendable {
    enum Limit {
        static let entries = 2_048
    }
    private let known = Mutex<[Key: (bytes: [UInt8], table: TableRecord)]>([:])

    /// The table of a name.
    /// - Throws: ``DynamoDBFault/tableNotFound`` and what the store throws.
    func table(_ name: TableName, in snapshot: any Snapshot) throws -> TableRecord {
        guard let table = try find(name, in: snapshot), table.activity == nil else { throw DynamoDBFault.tableNotFound }
        return table
    }

    func find(_ name: TableName, in snapshot: any Snapshot) throws -> TableRecord? {
        let key = name.key
        guard let bytes = try snapshot.value(key) else {
            known.withLock { $0[key] = nil }
            return nil
        }
        if let entry = known.withLock({ $0[key] }), entry.bytes == bytes { return entry.table }
        let table = try TableRecord(stored: bytes)
        known.withLock { known in
            if known.count >= Limit.entries { known.removeAll() }
            known[key] = (bytes, table)
        }
        return table
    }
}

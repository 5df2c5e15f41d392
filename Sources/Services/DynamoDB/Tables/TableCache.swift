import Kernel
import Store
import Synchronization

/// Decoded table records. A transaction still reads the record's bytes, which is cheap, and so always works on the table
/// as it is, whichever process changed it; only decoding is spared.
final class TableCache: Sendable {
    enum Limit {
        static let entries = 2_048
    }
    /// Data keys of the tables that rest encrypted.
    let keys = TableKeys()
    private let known = Mutex<[Key: (bytes: [UInt8], table: TableRecord)]>([:])

    /// The table of a name.
    /// - Parameter context: whose request reads or writes items; nil where none are touched.
    /// - Throws: ``DynamoDBFault/tableNotFound``, ``NeedsDataKey`` and what the store throws.
    func table(_ name: TableName, in snapshot: any Snapshot, for context: Context? = nil) throws -> TableRecord {
        guard var table = try find(name, in: snapshot), table.activity == nil else { throw DynamoDBFault.tableNotFound }
        guard let context, table.keys != nil else { return table }
        let view = KeyView(keys, for: context)
        if let sealing = table.sealing { _ = try view.key(sealing.id) }
        table.keys = view
        return table
    }

    func find(_ name: TableName, in snapshot: any Snapshot) throws -> TableRecord? {
        let key = name.key
        guard let bytes = try snapshot.value(key) else {
            known.withLock { $0[key] = nil }
            return nil
        }
        if let entry = known.withLock({ $0[key] }), entry.bytes == bytes { return entry.table }
        var table = try TableRecord(stored: bytes)
        if table.sealing != nil || table.wasSealed == true { table.keys = KeyView(keys) }
        known.withLock { known in
            if known.count >= Limit.entries { known.removeAll() }
            known[key] = (bytes, table)
        }
        return table
    }
}

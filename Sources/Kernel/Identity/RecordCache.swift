import Store
import Synchronization

/// Records read on every request, kept decoded: reading the bytes costs a tenth of making a record of them. An entry holds
/// while the store has the very bytes that it was made of, so nothing needs invalidating.
final class RecordCache: Sendable {
    enum Limit {
        static let entries = 4_096
    }
    private struct Entry {
        var bytes: [UInt8]
        var record: any Stored
    }
    private let entries = Mutex<[Key: Entry]>([:])

    /// The record as `snapshot` has it; nil if it is not there.
    func record<Record: Stored>(_ type: Record.Type, _ key: Key, in snapshot: Snapshot) throws -> Record? {
        guard let bytes = try snapshot.value(key) else { return nil }
        if let known = entries.withLock({ $0[key] }), known.bytes == bytes, let record = known.record as? Record { return record }
        let record = try Record(stored: bytes)
        entries.withLock { entries in
            if entries.count >= Limit.entries { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(bytes: bytes, record: record)
        }
        return record
    }
}

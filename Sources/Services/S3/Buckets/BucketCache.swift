import Store
import Synchronization

/// Bucket records, decoded once. Each use compares the stored bytes, so it is never stale, whoever wrote them.
final class BucketCache: Sendable {
    private struct Entry {
        let bytes: [UInt8]
        let record: BucketRecord
    }
    private let entries = Mutex<[String: Entry]>([:])

    /// - Returns: nil if there is no such bucket.
    func record(_ name: String, in snapshot: Snapshot) throws -> BucketRecord? {
        guard let bytes = try snapshot.value(BucketRecord.key(name)) else { return nil }
        if let entry = entries.withLock({ $0[name] }), entry.bytes == bytes { return entry.record }
        let record = try BucketRecord(stored: bytes)
        entries.withLock { entries in
            if entries.count >= Limit.cachedBuckets { entries = [:] }
            entries[name] = Entry(bytes: bytes, record: record)
        }
        return record
    }
}

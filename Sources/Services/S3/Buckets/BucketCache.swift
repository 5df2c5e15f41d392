import Store
import Synchronization

/// Bucket records, decoded once.
final class BucketCache: Sendable {
    private struct Entry {
        let bytes: [UInt8]
        let record: BucketRecord
    }
    private struct State {
        var entries: [String: Entry] = [:]
        /// The records as last committed, for those who look without a snapshot of their own.
        var current: [String: BucketRecord] = [:]
        /// How many changes were committed: a record read before the last of them is not kept.
        var generation: UInt64 = 0
    }
    private let state = Mutex(State())

    /// The record in a snapshot. Each use compares the stored bytes, so it is never stale.
    /// - Returns: nil if there is no such bucket.
    func record(_ name: String, in snapshot: Snapshot) throws -> BucketRecord? {
        guard let bytes = try snapshot.value(BucketRecord.key(name)) else { return nil }
        let known = state.withLock { state -> BucketRecord? in
            guard let place = state.entries.index(forKey: name), state.entries.values[place].bytes == bytes else { return nil }
            return state.entries.values[place].record
        }
        if let known { return known }
        let record = try BucketRecord(stored: bytes)
        state.withLock { state in
            if state.entries.count >= Limit.cachedBuckets { state.entries = [:] }
            state.entries[name] = Entry(bytes: bytes, record: record)
        }
        return record
    }

    /// The record as of the last answered write, mostly without a look at the store. Whoever writes a record says so
    /// with ``changes(_:in:)``.
    func current(_ name: String, in store: any KeyValueStore) async throws -> BucketRecord? {
        let (known, generation) = state.withLock { ($0.current[name], $0.generation) }
        if let known { return known }
        let record = try await store.read { try self.record(name, in: $0) }
        if let record {
            state.withLock { state in
                guard state.generation == generation else { return }
                if state.current.count >= Limit.cachedBuckets { state.current = [:] }
                state.current[name] = record
            }
        }
        return record
    }

    /// The record, if somebody has just asked for it.
    func known(_ name: String) -> BucketRecord? { state.withLock { $0.current[name] } }

    /// The transaction writes or removes the record: forget it before the writer hears of success.
    func changes(_ name: String, in transaction: Transaction) {
        transaction.afterCommit { [self] in
            state.withLock { state in
                state.generation += 1
                state.current[name] = nil
            }
        }
    }
}

import Synchronization

/// Records as the last commit left them, in memory. A reader's SQLite connection forgets its pages with every commit of the
/// writer's; most records (a table, a bucket, a policy) outlive thousands of commits. The writer reads here too, all but what
/// its open transaction has changed (``BatchChanges``).
///
/// Invariants: the writer announces the keys of a commit before it becomes visible to readers (``begin(_:)``), and ends it
/// after (``end()``), before anybody hears of it. What is here was therefore true at the present generation: a key under
/// change is not here. One process only, as the store is.
final class RecordCache: Sendable {
    enum Limit {
        /// Keys and values together.
        static let bytes = 8 << 20
        /// A larger value is not kept.
        static let valueBytes = 4 << 10
        /// About what an entry costs beside its bytes.
        static let entryBytes = 96
    }

    /// Counts the writer's steps: odd while a commit is on its way.
    typealias Generation = UInt64

    private struct Entry {
        /// Nil where there is no such record.
        var value: [UInt8]?
        /// Asked for since the last sweep.
        var isUsed = false
    }

    private struct State {
        var generation: Generation = 0
        var entries: [Key: Entry] = [:]
        var bytes = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    var generation: Generation { state.withLock { $0.generation } }

    /// - Returns: nil if the key is not known here; otherwise its value, nil in turn if there is none.
    func value(_ key: Key) -> (value: [UInt8]?, at: Generation)? {
        state.withLock { state in
            guard let place = state.entries.index(forKey: key) else { return nil }
            if !state.entries.values[place].isUsed { state.entries.values[place].isUsed = true }
            return (state.entries.values[place].value, state.generation)
        }
    }

    /// Keeps what a snapshot of the generation holds, if that is still the present one.
    func keep(_ key: Key, _ value: [UInt8]?, at generation: Generation) {
        let count = value?.count ?? 0
        guard count <= Limit.valueBytes else { return }
        state.withLock { state in
            guard state.generation == generation, generation.isMultiple(of: 2), !state.isClosed else { return }
            guard state.entries.updateValue(Entry(value: value), forKey: key) == nil else { return }
            state.bytes += Self.cost(key, value)
            if state.bytes > Limit.bytes { Self.sweep(&state) }
        }
    }

    /// From here to ``end()`` the changed keys are not answered from memory.
    func begin(_ changes: BatchChanges) {
        state.withLock { state in
            state.generation += 1
            if changes.isWide {
                state.entries = [:]
                state.bytes = 0
            }
            guard !state.entries.isEmpty else { return }
            for key in changes.keys {
                if let entry = state.entries.removeValue(forKey: key) { state.bytes -= Self.cost(key, entry.value) }
            }
        }
    }

    /// The commit is visible to readers, or has failed.
    func end() { state.withLock { $0.generation += 1 } }

    /// Knows nothing any more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.entries = [:]
        }
    }

    /// Lets go of what was not asked for since the last sweep; of all if that is too little.
    private static func sweep(_ state: inout State) {
        state.entries = state.entries.filter { $0.value.isUsed }
        state.bytes = state.entries.reduce(0) { $0 + cost($1.key, $1.value.value) }
        if state.bytes > Limit.bytes / 2 { (state.entries, state.bytes) = ([:], 0) }
        state.entries = state.entries.mapValues { Entry(value: $0.value) }
    }

    private static func cost(_ key: Key, _ value: [UInt8]?) -> Int {
        key.bytes.count + (value?.count ?? 0) + Limit.entryBytes
    }
}

/// What the bodies of one SQLite transaction have changed. Touched by the writer's thread alone.
///
/// Changes gather here and reach SQLite before the commit, in the order they came: a row that every body of a batch changes (a
/// table's tally, a queue's counters) is written once, and read back without a statement. What the last commit wrote is
/// remembered too, because the next batch most likely changes the same such rows.
///
/// Invariants: a scan sees every change under its range in SQLite (``apply(from:to:on:)``); a value that is answered here is
/// what SQLite would answer once the waiting changes were applied.
final class BatchChanges {
    enum Limit {
        /// Waiting changes that a scan looks through; where more wait, it applies all.
        static let searched = 64
        /// Bytes of waiting changes; more are applied at once, and their values forgotten here.
        static let bytes = 1 << 20
        /// Changes that memory is kept for from one transaction to the next.
        static let kept = 4_096
    }

    /// A record's value, nil where there is no record.
    struct Known {
        let value: [UInt8]?
    }

    private struct Change {
        var value: [UInt8]?
        /// Not in SQLite yet.
        var isWaiting = true
        /// Only SQLite knows the value.
        var isUnknown = false
    }

    private var changes: [Key: Change] = [:]
    /// Keys of waiting changes in the order they came. One that was applied early, for a scan, still stands here.
    private var waiting: [Key] = []
    private var waitingBytes = 0
    /// What the last commit left.
    private var committed: [Key: Change] = [:]
    /// Ranges of keys were deleted that nobody has counted.
    private(set) var isWide = false

    var keys: some Sequence<Key> { changes.keys }

    /// Forgets what was changed: a transaction begins.
    func begin() {
        changes.removeAll(keepingCapacity: changes.capacity <= Limit.kept)
        noneWaits()
        isWide = false
    }

    /// The transaction is committed.
    func commit() {
        if isWide { changes.removeAll(keepingCapacity: true) }
        swap(&committed, &changes)
    }

    /// Remembers a change that ``apply(on:)`` carries out.
    /// - Parameter value: nil deletes the record.
    func set(_ key: Key, _ value: [UInt8]?) {
        if changes.updateValue(Change(value: value), forKey: key)?.isWaiting != true { waiting.append(key) }
        waitingBytes += key.bytes.count + (value?.count ?? 0)
    }

    /// More waits than shall be kept in memory.
    var isFull: Bool { waitingBytes > Limit.bytes }

    /// The record was changed in SQLite, and may be changed back there.
    func touch(_ key: Key) { changes[key] = Change(isWaiting: false, isUnknown: true) }

    /// A range of records is deleted in SQLite, once what waits is applied.
    func touchRange() {
        isWide = true
        committed.removeAll(keepingCapacity: true)
        for key in changes.keys { touch(key) }
    }

    /// Whether the record may be another than at the last commit.
    func mayHold(_ key: Key) -> Bool { isWide || changes[key] != nil }

    /// What is known of a record without asking SQLite.
    func value(_ key: Key) -> Known? {
        guard let change = changes[key] ?? (isWide ? nil : committed[key]), !change.isUnknown else { return nil }
        return Known(value: change.value)
    }

    /// Carries all waiting changes out.
    func apply(on connection: SQLiteConnection) throws {
        let forgets = isFull
        for key in waiting {
            try apply(key, on: connection)
            if forgets { touch(key) }
        }
        noneWaits()
    }

    /// Carries the waiting changes under `begin..<end` out, and perhaps others.
    func apply(from begin: Key, to end: Key, on connection: SQLiteConnection) throws {
        if waiting.count > Limit.searched { return try apply(on: connection) }
        for key in waiting where key >= begin && key < end { try apply(key, on: connection) }
    }

    private func apply(_ key: Key, on connection: SQLiteConnection) throws {
        guard let place = changes.index(forKey: key), changes.values[place].isWaiting else { return }
        if let value = changes.values[place].value {
            try connection.put(key, value)
        } else {
            try connection.delete(key)
        }
        changes.values[place].isWaiting = false
    }

    private func noneWaits() {
        waiting.removeAll(keepingCapacity: waiting.capacity <= Limit.kept)
        waitingBytes = 0
    }
}

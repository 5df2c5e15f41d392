/// A transaction's or snapshot's view of one connection.
///
/// Invariants: once a call of the engine has failed, the view is spent: every later call throws the same error, and the
/// body counts as failed even if it swallowed the error (SQLite may have rolled back under it). A view that outlives its
/// closure throws ``StoreError/closed``.
final class SQLiteView: Transaction {
    private let connection: SQLiteConnection
    /// Whether a savepoint is set before this body first writes, so that its writes alone can be taken back.
    private let usesSavepoint: Bool
    /// Where the writer gathers what changes; none for a reader.
    private let changes: BatchChanges?
    /// For the writer, what its transaction has not changed.
    private let records: RecordCache?
    private var isOver = false
    private(set) var failure: StoreError?
    private(set) var hasSavepoint = false
    private(set) var hasWritten = false
    private(set) var effects: [@Sendable () -> Void] = []
    /// Bytes that the body wrote: what the batch will have to flush.
    private(set) var written = 0

    init(
        _ connection: SQLiteConnection, usesSavepoint: Bool = false, _ changes: BatchChanges? = nil,
        _ records: RecordCache? = nil
    ) {
        self.connection = connection
        self.usesSavepoint = usesSavepoint
        (self.changes, self.records) = (changes, records)
    }

    /// No call reaches the connection after this.
    func end() { isOver = true }

    func value(_ key: Key) throws -> [UInt8]? {
        try check()
        if let changes {
            if let known = changes.value(key) { return known.value }
            if let records, !changes.mayHold(key), let known = records.value(key) { return known.value }
        }
        return try engine { try connection.value(key) }
    }

    func scan(from begin: Key, to end: Key, reverse: Bool, limit: Int?, _ visit: (Key, [UInt8]) throws -> Bool) throws {
        guard begin < end, limit ?? 1 > 0 else { return try check() }
        try engine { try changes?.apply(from: begin, to: end, on: connection) }
        try connection.withScan(reverse: reverse) { scan in
            try begin.bytes.withUnsafeBytes { begin in
                try end.bytes.withUnsafeBytes { end in
                    try engine {
                        try scan.bind(1, begin)
                        try scan.bind(2, end)
                        try scan.bind(3, Int64(limit ?? -1))
                    }
                    while let row = try engine({ try scan.step() ? (Key(bytes: scan.bytes(0)), scan.bytes(1)) : nil }) {
                        guard try visit(row.0, row.1) else { return }
                    }
                }
            }
        }
    }

    func put(_ key: Key, _ value: [UInt8]) throws {
        guard key.bytes.count <= StoreLimit.keySize else { throw StoreError.tooLarge(what: "key", limit: StoreLimit.keySize) }
        guard value.count <= StoreLimit.valueSize else { throw StoreError.tooLarge(what: "value", limit: StoreLimit.valueSize) }
        written += key.bytes.count + value.count
        try change(key, value)
    }

    func delete(_ key: Key) throws {
        written += key.bytes.count
        try change(key, nil)
    }

    func deleteRange(from begin: Key, to end: Key) throws {
        try engine {
            try beginWriting()
            try changes?.apply(on: connection)
            changes?.touchRange()
            try connection.deleteRange(from: begin, to: end)
        }
    }

    func afterCommit(_ effect: @escaping @Sendable () -> Void) { effects.append(effect) }

    private func change(_ key: Key, _ value: [UInt8]?) throws {
        try engine {
            try beginWriting()
            if let changes, !usesSavepoint {
                changes.set(key, value)
                if changes.isFull { try changes.apply(on: connection) }
                return
            }
            // What a savepoint takes back has to be in SQLite.
            changes?.touch(key)
            if let value { try connection.put(key, value) } else { try connection.delete(key) }
        }
    }

    private func beginWriting() throws {
        if usesSavepoint && !hasSavepoint {
            try connection.run(.savepoint)
            hasSavepoint = true
        }
        hasWritten = true
    }

    private func check() throws {
        if let failure { throw failure }
        if isOver { throw StoreError.closed }
    }

    private func engine<Result>(_ call: () throws -> Result) throws -> Result {
        try check()
        do {
            return try call()
        } catch let error as StoreError {
            failure = error
            throw error
        }
    }
}

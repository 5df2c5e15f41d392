import Synchronization

/// A bounded pool of read-only connections, and the records that need none. A read runs on its caller's thread and sees
/// one commit, no older than the last that was answered before it began.
final class SQLiteReaders: Sendable {
    private struct State {
        var idle: [SQLiteConnection] = []
        var isClosed = false
    }

    private let path: String
    private let gate: AsyncGate
    private let cacheSize: Int
    private let records: RecordCache
    private let state = Mutex(State())

    /// - Parameter cacheSize: each connection's page cache, in KiB.
    init(path: String, count: Int, cacheSize: Int, _ records: RecordCache) {
        self.path = path
        self.cacheSize = cacheSize
        self.records = records
        gate = AsyncGate(capacity: count)
    }

    func read<Result: Sendable>(_ body: @Sendable (Snapshot) throws -> Result) async throws -> Result {
        await gate.acquire()
        defer { gate.release() }
        let view = CachedView(self, records)
        let result = run(body, view)
        // What the body took from memory and what it then read may be of different commits: then once more, from one.
        return try view.isTorn ? run(body, CachedView(self, nil)).get() : result.get()
    }

    private func run<Result>(_ body: (Snapshot) throws -> Result, _ view: CachedView) -> Swift.Result<Result, any Error> {
        let result = Swift.Result { try body(view) }
        view.end()
        return view.failure.map { .failure($0) } ?? result
    }

    /// Waits for the running reads; later ones throw ``StoreError/closed``.
    func close() async {
        await gate.acquire(gate.capacity)
        records.close()
        state.withLock { state in
            state.isClosed = true
            state.idle = []
        }
        gate.release(gate.capacity)
    }

    fileprivate func borrow() throws -> SQLiteConnection {
        let idle = try state.withLock { state in
            guard !state.isClosed else { throw StoreError.closed }
            return state.idle.popLast()
        }
        return try idle ?? SQLiteConnection(path: path, readOnly: true, cacheSize: cacheSize)
    }

    fileprivate func giveBack(_ connection: SQLiteConnection) {
        // A connection that couldn't end its transaction is let go.
        guard !connection.isInTransaction else { return }
        state.withLock { $0.idle.append(connection) }
    }
}

/// A connection of the pool with a transaction on it. SQLite takes the snapshot at the first look.
struct Reading {
    let view: SQLiteView
    private let connection: SQLiteConnection
    private let readers: SQLiteReaders

    init(_ readers: SQLiteReaders) throws {
        let connection = try readers.borrow()
        (self.readers, self.connection) = (readers, connection)
        view = SQLiteView(connection)
        do {
            try connection.run(.beginRead)
        } catch {
            readers.giveBack(connection)
            throw error
        }
    }

    /// - Throws: what ends a transaction that only read; the connection is then let go.
    func end() throws {
        view.end()
        defer { readers.giveBack(connection) }
        try connection.run(.commit)
    }
}

import Synchronization

/// A bounded pool of read-only connections. A read runs on its caller's thread, inside one SQLite transaction, which sees
/// every commit that returned before it began.
final class SQLiteReaders: Sendable {
    private struct State {
        var idle: [SQLiteConnection] = []
        var isClosed = false
    }

    private let path: String
    private let gate: AsyncGate
    private let cacheSize: Int
    private let state = Mutex(State())

    /// - Parameter cacheSize: each connection's page cache, in KiB.
    init(path: String, count: Int, cacheSize: Int) {
        self.path = path
        self.cacheSize = cacheSize
        gate = AsyncGate(capacity: count)
    }

    func read<Result: Sendable>(_ body: @Sendable (Snapshot) throws -> Result) async throws -> Result {
        await gate.acquire()
        defer { gate.release() }
        let connection = try borrow()
        defer { giveBack(connection) }
        try connection.run(.beginRead)
        let view = SQLiteView(connection)
        do {
            let result = try body(view)
            view.end()
            if let failure = view.failure { throw failure }
            try connection.run(.commit)
            return result
        } catch {
            view.end()
            try connection.rollback()
            throw error
        }
    }

    /// Waits for the running reads; later ones throw ``StoreError/closed``.
    func close() async {
        await gate.acquire(gate.capacity)
        state.withLock { state in
            state.isClosed = true
            state.idle = []
        }
        gate.release(gate.capacity)
    }

    private func borrow() throws -> SQLiteConnection {
        let idle = try state.withLock { state in
            guard !state.isClosed else { throw StoreError.closed }
            return state.idle.popLast()
        }
        return try idle ?? SQLiteConnection(path: path, readOnly: true, cacheSize: cacheSize)
    }

    private func giveBack(_ connection: SQLiteConnection) {
        // A connection that couldn't end its transaction is let go.
        guard !connection.isInTransaction else { return }
        state.withLock { $0.idle.append(connection) }
    }
}

/// Copies the write-ahead log into the database file beside the writer, on a thread and a connection of its own: a copy
/// takes milliseconds, in which the writer goes on committing. Asked and stopped by the writer's thread alone.
///
/// SQLite flushes the database file only with the copy that reaches the log's end, which is the writer's: for that flush
/// every write waits. So the file is flushed here first, and what the writer added meanwhile is copied too, until little is
/// left to do for it.
///
/// Whatever fails here (a full disk) loses nothing: the log keeps what it holds, and the next copy tries again. A flush that
/// fails is told (``doubt``): the next one may succeed without what this one lost, and the log must not start over on it.
/// Source: https://sqlite.org/c3ref/wal_checkpoint_v2.html (a passive checkpoint blocks nobody).
final class SQLiteCheckpointer: Sendable {
    enum Limit {
        /// Pages that one copy may leave behind for the writer's own.
        static let remainder = 256
        /// Copies for one asking; a writer that adds faster than they copy is not chased for ever.
        static let copies = 4
    }

    enum Phase {
        /// Nothing is asked of it.
        case idle
        case copying
        /// What the log held when it was asked has been copied.
        case copied
    }

    private struct State {
        var phase = Phase.idle
        var doubt: (any Error)?
        var isStopping = false
        var isStopped = false
    }

    private let monitor = Monitor(State())

    init(_ connection: sending SQLiteConnection) throws {
        let monitor = self.monitor
        let connection = Handover(connection)
        try PosixThread.start("tarn-checkpoint") {
            guard let connection = connection.take() else { return }
            while Self.isAsked(monitor) {
                var doubt: (any Error)?
                do { try Self.copy(connection) } catch { if SQLiteError.leavesDoubt(error) { doubt = error } }
                monitor.updateAll {
                    $0.phase = .copied
                    $0.doubt = doubt
                }
            }
            connection.close()
            monitor.updateAll { $0.isStopped = true }
        }
    }

    var phase: Phase { monitor.update { $0.phase } }

    /// Why nobody can tell what the database file holds; nil if the last copy's flushes succeeded.
    var doubt: (any Error)? { monitor.update { $0.doubt } }

    /// Begins a copy.
    func begin() { monitor.updateAll { $0.phase = .copying } }

    /// Forgets that a copy has ended.
    func reset() { monitor.updateAll { $0.phase = .idle } }

    /// Returns when a running copy has ended and the connection is closed.
    func stop() {
        monitor.updateAll { $0.isStopping = true }
        monitor.wait { $0.isStopped ? () : nil }
    }

    private static func copy(_ connection: SQLiteConnection) throws {
        var before = 0
        for _ in 0..<Limit.copies {
            guard let log = try connection.copyLog(.passive) else { return }
            try connection.flushDatabase()
            // What the next copy would find is about what the writer added during this one: as many pages as this one copied,
            // or fewer.
            if log.copied - before <= Limit.remainder { return }
            before = log.copied
        }
    }

    private static func isAsked(_ monitor: Monitor<State>) -> Bool {
        monitor.wait { state in
            if state.isStopping { return false }
            return state.phase == .copying ? true : nil
        }
    }
}

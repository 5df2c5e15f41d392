/// Copies the write-ahead log into the database file beside the writer, on a thread and a connection of its own: a copy
/// takes milliseconds, in which the writer goes on committing. Asked and stopped by the writer's thread alone.
///
/// Whatever fails here (a full disk) loses nothing: the log keeps what it holds, and the next copy tries again.
/// Source: https://sqlite.org/c3ref/wal_checkpoint_v2.html (a passive checkpoint blocks nobody).
final class SQLiteCheckpointer: Sendable {
    enum Phase {
        /// Nothing is asked of it.
        case idle
        case copying
        /// What the log held when it was asked has been copied.
        case copied
    }

    private struct State {
        var phase = Phase.idle
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
                _ = try? connection.checkpoint(.passive)
                monitor.updateAll { $0.phase = .copied }
            }
            connection.close()
            monitor.updateAll { $0.isStopped = true }
        }
    }

    var phase: Phase { monitor.update { $0.phase } }

    /// Begins a copy.
    func begin() { monitor.updateAll { $0.phase = .copying } }

    /// Forgets that a copy has ended.
    func reset() { monitor.updateAll { $0.phase = .idle } }

    /// Returns when a running copy has ended and the connection is closed.
    func stop() {
        monitor.updateAll { $0.isStopping = true }
        monitor.wait { $0.isStopped ? () : nil }
    }

    private static func isAsked(_ monitor: Monitor<State>) -> Bool {
        monitor.wait { state in
            if state.isStopping { return false }
            return state.phase == .copying ? true : nil
        }
    }
}

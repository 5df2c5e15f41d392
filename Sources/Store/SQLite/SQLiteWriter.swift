/// The one writer: a thread that runs bodies in the order they came, many to a SQLite transaction.
///
/// Invariants: a job's caller hears of success only after the COMMIT that holds it, which flushes the log, has returned.
/// While one batch is flushed, the next gathers; nothing waits for company. A body that throws takes back its own writes
/// alone, but its error, too, is told only after the commit: it may rest on what an earlier body of the batch wrote. If a
/// batch can't be kept, its bodies run again one by one, so that each gets its own verdict. After a failed flush every
/// write is refused until the store is opened anew.
final class SQLiteWriter: Sendable {
    /// A body on its way.
    struct Job: Sendable {
        /// Runs the body; what it returns tells the caller of success.
        let run: @Sendable (Transaction) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    enum Limit {
        /// Writes accepted and not yet answered; further callers wait.
        static let jobsMax = 1024
        /// Bodies in one transaction.
        static let batchMax = 256
        /// Bytes written in one transaction before it is committed.
        static let batchBytesMax = 4 << 20
        /// Bytes of a page of a new database: what a change of one small row costs in the log. Rows of 1 KiB objects and items
        /// fit a leaf.
        static let pageSize = 4_096
        /// Pages in the log before it is copied into the database: 48 MiB. The longer it is, the more changes of a page are
        /// copied as one, and the more a start after a crash reads.
        static let walPages = 12_000
        /// Pages in the log before the writer waits for readers so as to start the log over: 128 MiB.
        static let walPagesMax = 32_000
    }

    private struct State {
        var jobs = FIFO<Job>()
        var isStopping = false
        var isStopped = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let queue = Monitor(State())

    /// - Parameter lock: held until the connection is closed.
    init(
        _ connection: sending SQLiteConnection, _ checkpointer: SQLiteCheckpointer, _ records: RecordCache,
        lock: DirectoryLock
    ) throws {
        let queue = self.queue
        let loop = Handover(SQLiteWriterLoop(connection, checkpointer, records, lock: lock))
        try PosixThread.start("tarn-store") {
            guard let loop = loop.take() else { return }
            while let batch = Self.next(queue) { loop.run(batch) }
            loop.close()
            let waiters = queue.update { state in
                state.isStopped = true
                return state.stopWaiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    /// - Returns: false if the writer is stopping.
    func enqueue(_ job: Job) -> Bool {
        queue.update { state in
            guard !state.isStopping else { return false }
            state.jobs.append(job)
            return true
        }
    }

    /// Finishes the queue, then closes the connection. Does not wait.
    func stop() { queue.update { $0.isStopping = true } }

    /// Returns when the connection is closed and the lock released.
    func stopped() async {
        await withCheckedContinuation { continuation in
            let isStopped = queue.update { state in
                if !state.isStopped { state.stopWaiters.append(continuation) }
                return state.isStopped
            }
            if isStopped { continuation.resume() }
        }
    }

    private static func next(_ queue: Monitor<State>) -> [Job]? {
        queue.wait { state -> [Job]?? in
            if state.jobs.isEmpty { return state.isStopping ? .some(nil) : nil }
            var batch: [Job] = []
            while batch.count < Limit.batchMax, let job = state.jobs.removeFirst() { batch.append(job) }
            return batch
        }
    }
}

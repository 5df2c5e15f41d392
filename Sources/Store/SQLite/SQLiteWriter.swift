/// The one writer: bodies run in the order they came, one at a time, many to a SQLite transaction.
///
/// Two threads take turns: while one flushes the batch that it has committed, the other runs and commits the next, as soon
/// as that has grown as large or the flush has ended. So batches stay large, and flushes few.
///
/// Invariants: a job's caller hears of success only after the COMMIT that holds it has returned and the log was flushed
/// (``SQLiteFlusher``). Nothing waits for company. A body that throws takes back its own writes alone, but its error, too,
/// is told only after that flush: it may rest on what an earlier body wrote. If a batch can't be kept, its bodies run again
/// one by one, so that each gets its own verdict. After a failed flush every write is refused until the store is opened
/// anew.
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
        /// Bytes of a page of a new database. A row of up to a quarter of it stays in its leaf: 1 KiB objects and items do.
        static let pageSize = 8_192
        /// Pages in the log before it is copied into the database: 16 MiB.
        static let walPages = 2_000
        /// Pages in the log before the writer waits for readers so as to start the log over: 64 MiB.
        static let walPagesMax = 8_000
    }

    private struct State {
        var jobs = FIFO<Job>()
        /// What the last turn had no room for.
        var rest: ArraySlice<Job> = []
        /// Whether a thread has its turn with the loop.
        var isBusy = false
        /// The youngest batch whose flush has not ended.
        var flushing: (number: UInt64, jobs: Int)?
        var threads = Self.threads
        var isStopping = false
        var isStopped = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []

        static let threads = 2

        var isReady: Bool { !jobs.isEmpty && jobs.count >= flushing?.jobs ?? 0 }
    }

    private let queue = Monitor(State())

    /// - Parameter lock: held until the connection is closed.
    init(
        _ connection: sending SQLiteConnection, _ checkpointer: SQLiteCheckpointer, _ records: RecordCache,
        _ flusher: SQLiteFlusher, lock: DirectoryLock
    ) throws {
        let queue = self.queue
        let loop = SQLiteWriterLoop(connection, checkpointer, records, flusher, lock: lock)
        for _ in 0..<State.threads {
            try PosixThread.start("tarn-store") {
                while let batch = Self.takeTurn(queue) {
                    let (committed, rest) = loop.run(batch)
                    Self.giveTurn(queue, committed, rest)
                    flusher.finish(committed)
                    Self.endFlush(queue, committed)
                }
                Self.leave(queue, loop)
            }
        }
    }

    /// - Returns: false if the writer is stopping.
    func enqueue(_ job: Job) -> Bool {
        let (isTaken, isWanted) = queue.withLock { state in
            guard !state.isStopping else { return (false, false) }
            state.jobs.append(job)
            return (true, !state.isBusy && state.isReady)
        }
        // Whoever has the turn looks for more when giving it back.
        if isWanted { queue.wake() }
        return isTaken
    }

    /// Finishes the queue, then closes the connection. Does not wait.
    func stop() { queue.updateAll { $0.isStopping = true } }

    /// Returns when the connection is closed and the lock released.
    func stopped() async {
        await withCheckedContinuation { continuation in
            let isStopped = queue.withLock { state in
                if !state.isStopped { state.stopWaiters.append(continuation) }
                return state.isStopped
            }
            if isStopped { continuation.resume() }
        }
    }

    /// Waits for jobs and for the loop.
    /// - Returns: nil when the writer has stopped and all is done.
    private static func takeTurn(_ queue: Monitor<State>) -> ArraySlice<Job>? {
        queue.wait { state -> ArraySlice<Job>?? in
            if state.isBusy { return nil }
            var batch = state.rest
            state.rest = []
            if batch.isEmpty {
                if state.jobs.isEmpty, state.isStopping { return .some(nil) }
                guard state.isReady else { return nil }
                while batch.count < Limit.batchMax, let job = state.jobs.removeFirst() { batch.append(job) }
            }
            state.isBusy = true
            return batch
        }
    }

    private static func giveTurn(_ queue: Monitor<State>, _ batch: SQLiteFlusher.Batch, _ rest: ArraySlice<Job>) {
        let isWanted = queue.withLock { state in
            state.isBusy = false
            state.rest = rest
            state.flushing = (batch.number, batch.answers.count)
            return state.isStopping || !rest.isEmpty || state.isReady
        }
        if isWanted { queue.wake() }
    }

    /// The thread that comes from here looks for jobs next, so there is nobody to wake.
    private static func endFlush(_ queue: Monitor<State>, _ batch: SQLiteFlusher.Batch) {
        queue.withLock { state in
            if state.flushing?.number == batch.number { state.flushing = nil }
        }
    }

    /// The last thread to leave closes the connection.
    private static func leave(_ queue: Monitor<State>, _ loop: SQLiteWriterLoop) {
        let isLast = queue.updateAll { state in
            state.threads -= 1
            return state.threads == 0
        }
        guard isLast else { return }
        loop.close()
        let waiters = queue.withLock { state in
            state.isStopped = true
            return state.stopWaiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

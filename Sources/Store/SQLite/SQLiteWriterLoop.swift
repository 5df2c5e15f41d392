import Synchronization

/// What the writer does with its batches. Touched only by the thread whose turn it is.
final class SQLiteWriterLoop: @unchecked Sendable {  // one thread at a time has the turn: `SQLiteWriter.State.isBusy`
    private let connection: SQLiteConnection
    private let checkpointer: SQLiteCheckpointer
    private let records: RecordCache
    private let flusher: SQLiteFlusher
    private let changes = RecordCache.Changes()
    private var lock: DirectoryLock?
    private var batches: UInt64 = 0
    /// Whether anything of the present batch is in the log.
    private var hasWritten = false

    init(
        _ connection: SQLiteConnection, _ checkpointer: SQLiteCheckpointer, _ records: RecordCache, _ flusher: SQLiteFlusher,
        lock: DirectoryLock
    ) {
        self.connection = connection
        self.checkpointer = checkpointer
        self.records = records
        self.flusher = flusher
        self.lock = lock
    }

    /// Runs and commits as much of the batch as fits one transaction.
    /// - Returns: what is to be flushed and answered, and the jobs that had no room.
    func run(_ batch: ArraySlice<SQLiteWriter.Job>) -> (SQLiteFlusher.Batch, rest: ArraySlice<SQLiteWriter.Job>) {
        checkpoint()
        hasWritten = false
        var rest = batch
        let answers = attempt(&rest)
        batches += 1
        return (
            SQLiteFlusher.Batch(
                number: batches, generation: records.committed, hasWritten: hasWritten, answers: answers), rest
        )
    }

    /// Copies the log into the database file and closes; whatever fails here is still in the log, for the next start.
    func close() {
        checkpointer.stop()
        _ = try? connection.checkpoint(.truncate)
        connection.close()
        lock = nil
    }

    private typealias Answer = SQLiteFlusher.Answer

    /// A body of several threw after it had written, and nothing marks where its writes begin.
    private struct Spoilt: Error {}

    /// Runs the jobs in front of `rest`, as many as fit one transaction, and takes them off.
    ///
    /// Bodies look before they write, so hardly one throws after it has written. They run without savepoints, each of
    /// which would copy all pages that its body changes; if one has spoilt the batch, all run again with them.
    /// - Returns: how to answer them.
    private func attempt(_ rest: inout ArraySlice<SQLiteWriter.Job>, withSavepoints: Bool = false) -> [Answer] {
        if let doubt = flusher.doubt { return refuse(&rest, doubt) }
        var answers: [Answer] = []
        do {
            changes.removeAll()
            try connection.run(.beginWrite)
            let isShared = rest.count > 1
            var written = 0
            var taken = 0
            while taken < rest.count && written < SQLiteWriter.Limit.batchBytesMax {
                let job = rest[rest.startIndex + taken]
                taken += 1
                let (answer, bytes) = try runBody(job, isShared: isShared, usesSavepoint: isShared && withSavepoints)
                answers.append(answer)
                written += bytes
            }
            // A lone body that threw has ended the transaction.
            if connection.isInTransaction { try commit() }
            rest = rest.dropFirst(taken)
            return answers
        } catch is Spoilt {
            do {
                try connection.rollback()
            } catch {
                return recover(&rest, from: error)
            }
            return attempt(&rest, withSavepoints: true)
        } catch {
            return recover(&rest, from: error)
        }
    }

    /// Readers take what changes from SQLite while it changes.
    private func commit() throws {
        records.begin(changes)
        defer { records.end() }
        try connection.run(.commit)
        hasWritten = hasWritten || changes.areAny
    }

    /// - Throws: only what spoils the whole transaction.
    private func runBody(_ job: SQLiteWriter.Job, isShared: Bool, usesSavepoint: Bool) throws -> (Answer, written: Int) {
        let view = SQLiteView(connection, usesSavepoint: usesSavepoint, changes)
        do {
            let succeed = try job.run(view)
            view.end()
            if let failure = view.failure { throw failure }
            if view.hasSavepoint { try connection.run(.release) }
            let effects = view.effects
            let answer = Answer(
                succeed: {
                    for effect in effects { effect() }
                    succeed()
                }, fail: job.fail)
            return (answer, view.written)
        } catch {
            view.end()
            if let failure = view.failure { throw failure }
            if view.hasSavepoint {
                try connection.run(.rollbackToSavepoint)
                try connection.run(.release)
            } else if !isShared {
                try connection.rollback()
            } else if view.hasWritten {
                throw Spoilt()
            }
            return (refusal(of: job, error), 0)
        }
    }

    /// Takes everything back and decides who is told: a lone job the error; of several, each runs again alone.
    private func recover(_ rest: inout ArraySlice<SQLiteWriter.Job>, from error: any Error) -> [Answer] {
        do {
            try connection.rollback()
        } catch {
            flusher.raise(error)
        }
        if SQLiteError.leavesDoubt(error) { flusher.raise(error) }
        if let doubt = flusher.doubt { return refuse(&rest, doubt) }
        if rest.count == 1 { return refuse(&rest, error) }
        let jobs = rest
        rest = []
        return jobs.flatMap { job in
            var alone = [job][...]
            return attempt(&alone)
        }
    }

    private func refuse(_ rest: inout ArraySlice<SQLiteWriter.Job>, _ error: any Error) -> [Answer] {
        let jobs = rest
        rest = []
        return jobs.map { refusal(of: $0, error) }
    }

    private func refusal(of job: SQLiteWriter.Job, _ error: any Error) -> Answer {
        Answer(succeed: { job.fail(error) }, fail: job.fail)
    }

    /// A checkpoint that fails (a full disk) loses nothing: the log keeps what it holds, and the next commit tries again.
    private func checkpoint() {
        guard connection.walSize >= SQLiteWriter.Limit.walPages else { return }
        if connection.walSize >= SQLiteWriter.Limit.walPagesMax { return finishCheckpoint(.restart) }
        switch checkpointer.phase {
        case .idle: checkpointer.begin()
        case .copying: break
        case .copied:
            checkpointer.reset()
            // The little that has come meanwhile; then the log can start over.
            finishCheckpoint(.passive)
        }
    }

    private func finishCheckpoint(_ checkpoint: SQLiteConnection.Checkpoint) {
        if (try? connection.checkpoint(checkpoint)) == true { connection.walSize = 0 }
    }
}

/// Carries a value that isn't Sendable to the one thread that takes it.
final class Handover<Value>: Sendable {
    private let value: Mutex<Value?>

    init(_ value: consuming sending Value) { self.value = Mutex(value) }

    func take() -> sending Value? {
        value.withLock { held in
            defer { held = nil }
            return held
        }
    }
}

import Synchronization

/// What the writer's thread does with its batches. Touched by that thread alone.
final class SQLiteWriterLoop {
    private let connection: SQLiteConnection
    private let checkpointer: SQLiteCheckpointer
    private let records: RecordCache
    private let changes = BatchChanges()
    private var lock: DirectoryLock?
    /// Whether the checkpointer was asked for a copy that is not finished yet.
    private var isCopying = false
    /// Why every write is refused: a flush failed.
    private var doubt: (any Error)?

    init(
        _ connection: SQLiteConnection, _ checkpointer: SQLiteCheckpointer, _ records: RecordCache, lock: DirectoryLock
    ) {
        self.connection = connection
        self.checkpointer = checkpointer
        self.records = records
        self.lock = lock
    }

    /// Answers every job of the batch.
    func run(_ batch: [SQLiteWriter.Job]) {
        var rest = batch[...]
        while !rest.isEmpty {
            let outcomes = attempt(&rest)
            for outcome in outcomes { outcome() }
        }
        checkpoint()
    }

    /// Copies the log into the database file and closes; whatever fails here is still in the log, for the next start.
    func close() {
        checkpointer.stop()
        if doubt == nil {
            _ = try? connection.checkpoint(.truncate)
            connection.close()
        } else {
            // SQLite would copy the log and remove it as it closes; the next start shall read it whole.
            _ = Unmanaged.passRetained(connection)
        }
        lock = nil
    }

    private typealias Answer = () -> Void

    /// A body of several threw after it had written, and nothing marks where its writes begin.
    private struct Spoilt: Error {}

    /// Runs the jobs in front of `rest`, as many as fit one transaction, and takes them off.
    ///
    /// Bodies look before they write, so hardly one throws after it has written. They run without savepoints, each of
    /// which would copy all pages that its body changes; if one has spoilt the batch, all run again with them.
    /// - Returns: how to answer them.
    private func attempt(_ rest: inout ArraySlice<SQLiteWriter.Job>, withSavepoints: Bool = false) -> [Answer] {
        if let doubt { return refuse(&rest, doubt) }
        var answers: [Answer] = []
        do {
            changes.begin()
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
        try changes.apply(on: connection)
        records.begin(changes)
        defer { records.end() }
        try connection.run(.commit)
        changes.commit()
    }

    /// - Throws: only what spoils the whole transaction.
    private func runBody(_ job: SQLiteWriter.Job, isShared: Bool, usesSavepoint: Bool) throws -> (Answer, written: Int) {
        let view = SQLiteView(connection, usesSavepoint: usesSavepoint, changes, records)
        do {
            let succeed = try job.run(view)
            view.end()
            if let failure = view.failure { throw failure }
            if view.hasSavepoint { try connection.run(.release) }
            let effects = view.effects
            return (
                {
                    for effect in effects { effect() }
                    succeed()
                }, view.written
            )
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
            return ({ job.fail(error) }, 0)
        }
    }

    /// Takes everything back and decides who is told: a lone job the error; of several, each runs again alone.
    private func recover(_ rest: inout ArraySlice<SQLiteWriter.Job>, from error: any Error) -> [Answer] {
        do {
            try connection.rollback()
        } catch {
            doubt = error
        }
        if SQLiteError.leavesDoubt(error) { doubt = error }
        if let doubt { return refuse(&rest, doubt) }
        if rest.count == 1 { return refuse(&rest, error) }
        for job in rest {
            var alone = [job][...]
            for answer in attempt(&alone) { answer() }
        }
        rest = []
        return []
    }

    private func refuse(_ rest: inout ArraySlice<SQLiteWriter.Job>, _ error: any Error) -> [Answer] {
        let jobs = rest
        rest = []
        return jobs.map { job in { job.fail(error) } }
    }

    /// A checkpoint that fails (a full disk) loses nothing: the log keeps what it holds, and the next commit tries again. A
    /// failed flush ends all writes, and the log stays.
    private func checkpoint() {
        guard doubt == nil, isCopying || connection.walSize >= SQLiteWriter.Limit.walPages else { return }
        if connection.walSize >= SQLiteWriter.Limit.walPagesMax { return finishCheckpoint(.restart) }
        switch checkpointer.phase {
        case .idle:
            checkpointer.begin()
            isCopying = true
        case .copying: break
        case .copied:
            checkpointer.reset()
            isCopying = false
            doubt = checkpointer.doubt
            guard doubt == nil else { return }
            // The little that has come meanwhile; then the log can start over. If nothing had come, it has.
            if connection.walSize >= SQLiteWriter.Limit.walPages { finishCheckpoint(.passive) }
        }
    }

    private func finishCheckpoint(_ checkpoint: SQLiteConnection.Checkpoint) {
        do {
            if try connection.checkpoint(checkpoint) { connection.walSize = 0 }
        } catch {
            if SQLiteError.leavesDoubt(error) { doubt = error }
        }
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

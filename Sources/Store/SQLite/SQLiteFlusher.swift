import Synchronization

/// Brings commits to stable storage, in their order, and only then tells anybody of them: their callers, and readers who
/// have seen them already.
///
/// SQLite itself leaves the log's flush to us (synchronous=NORMAL), so that the next batch runs while this one is flushed:
/// group commit in two stages. Commits are numbered by ``RecordCache/Generation``.
///
/// Sources: https://sqlite.org/pragma.html#pragma_synchronous; DeWitt et al., "Implementation Techniques for Main Memory
/// Database Systems" (SIGMOD 1984), section 5.2, on group commit.
final class SQLiteFlusher: Sendable {
    /// How a caller hears of its write.
    struct Answer {
        let succeed: () -> Void
        let fail: (any Error) -> Void
    }

    /// A committed batch.
    struct Batch {
        /// Counts up from 1.
        let number: UInt64
        /// What readers may see of it, and of all before it.
        let generation: RecordCache.Generation
        /// Whether the log has grown by it.
        let hasWritten: Bool
        let answers: [Answer]
    }

    private struct Reader {
        let generation: RecordCache.Generation
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        /// The last batch that was answered.
        var finished: UInt64 = 0
        var doubt: (any Error)?
        var readers: [Reader] = []
    }

    private let state = Monitor(State())
    private let flushed = Atomic<RecordCache.Generation>(0)
    private let records: RecordCache
    private let flush: @Sendable () throws -> Void

    /// - Parameter flush: returns when all that the log holds is on stable storage.
    init(_ records: RecordCache, flush: @escaping @Sendable () throws -> Void) {
        (self.records, self.flush) = (records, flush)
    }

    /// Why every write is refused: a flush failed, and nobody can tell what the disk holds until the log is read anew.
    var doubt: (any Error)? { state.withLock { $0.doubt } }

    /// Refuses all writes from now on, and what has not been answered.
    func raise(_ doubt: any Error) { state.withLock { $0.doubt = $0.doubt ?? doubt } }

    /// Waits for the batches before this one, flushes it and answers. Blocks its thread.
    func finish(_ batch: Batch) {
        var doubt = state.wait { state in state.finished + 1 == batch.number ? .some(state.doubt) : nil }
        if doubt == nil, flushed.load(ordering: .acquiring) < batch.generation {
            // The flush takes with it what has been committed meanwhile.
            let reached = batch.hasWritten ? max(batch.generation, records.committed) : batch.generation
            do {
                if batch.hasWritten { try flush() }
                flushed.store(reached, ordering: .releasing)
            } catch {
                doubt = error
                raise(error)
            }
        }
        for answer in batch.answers {
            if let doubt { answer.fail(doubt) } else { answer.succeed() }
        }
        let reached = flushed.load(ordering: .acquiring)
        let readers = state.updateAll { state in
            state.finished = batch.number
            guard !state.readers.isEmpty else { return [Reader]() }
            let ready = state.readers.filter { doubt != nil || $0.generation <= reached }
            if doubt != nil { state.readers = [] } else { state.readers.removeAll { $0.generation <= reached } }
            return ready
        }
        for reader in readers { reader.continuation.resume(with: doubt.map { .failure($0) } ?? .success(())) }
    }

    /// Returns when what a reader has seen can no longer be lost.
    /// - Throws: if its flush failed.
    func reached(_ generation: RecordCache.Generation) async throws {
        if flushed.load(ordering: .acquiring) >= generation { return }
        try await withCheckedThrowingContinuation { continuation in
            let verdict: Result<Void, any Error>? = state.withLock { state in
                if flushed.load(ordering: .acquiring) >= generation { return .success(()) }
                if let doubt = state.doubt { return .failure(doubt) }
                state.readers.append(Reader(generation: generation, continuation: continuation))
                return nil
            }
            if let verdict { continuation.resume(with: verdict) }
        }
    }
}

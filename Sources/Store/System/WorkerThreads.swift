/// A bounded pool of threads for calls that block (files), so that they never hold a thread of the cooperative pool.
///
/// Invariants: at most `count` threads, started when first needed; at most `queueMax` pieces of work accepted, further
/// callers wait as suspended tasks. The threads end when the pool is let go.
final class WorkerThreads: Sendable {
    private struct State {
        var work = FIFO<@Sendable () -> Void>()
        var threads = 0
        var idle = 0
        var isStopping = false
    }

    private let count: Int
    private let gate: AsyncGate
    private let queue = Monitor(State())

    init(count: Int, queueMax: Int = 256) {
        self.count = count
        gate = AsyncGate(capacity: queueMax)
    }

    deinit { queue.updateAll { $0.isStopping = true } }

    /// Runs `work` on a thread of the pool.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        await gate.acquire()
        defer { gate.release() }
        return try await withCheckedThrowingContinuation { continuation in
            do {
                try enqueue {
                    do {
                        continuation.resume(returning: try work())
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// As ``run(_:)``, for work that tells of its own end and whose number its caller bounds.
    func submit(_ work: @escaping @Sendable () -> Void) throws { try enqueue(work) }

    /// Queues the work, or starts a thread with it.
    private func enqueue(_ work: @escaping @Sendable () -> Void) throws {
        let needsThread = queue.update { state in
            if state.idle > state.work.count || state.threads == count {
                state.work.append(work)
                return false
            }
            state.threads += 1
            return true
        }
        guard needsThread else { return }
        do {
            try PosixThread.start("tarn-files") { [queue] in Self.loop(queue, first: work) }
        } catch {
            try queue.update { state in
                state.threads -= 1
                guard state.threads > 0 else { throw error }
                state.work.append(work)
            }
        }
    }

    private static func loop(_ queue: Monitor<State>, first: @Sendable () -> Void) {
        first()
        while let work = next(queue) { work() }
    }

    private static func next(_ queue: Monitor<State>) -> (@Sendable () -> Void)? {
        queue.update { $0.idle += 1 }
        return queue.wait { state -> (@Sendable () -> Void)?? in
            if let work = state.work.removeFirst() {
                state.idle -= 1
                return .some(work)
            }
            return state.isStopping ? .some(nil) : nil
        }
    }
}

import Kernel
import ServiceLifecycle

/// Bounds how long a server may take to end.
///
/// A client that has stopped reading, or sends no more of its request, would otherwise hold it for as long as it likes, until
/// a supervisor kills it.
enum Stopping {
    private enum Event: Sendable {
        case ended(Result<Void, any Error>)
        case overdue
    }

    /// How long a server that is cancelled may take to close what is open.
    private static let cutTime = Duration.seconds(1)

    /// Runs `serve` until it ends. Once the service group has begun to shut down it has `time`, and is cancelled after that;
    /// what does not heed that is left behind.
    /// - Parameter overdue: told when the time is over.
    /// - Throws: what `serve` throws in its time.
    static func within(
        _ time: Duration, _ serve: @escaping @Sendable () async throws -> Void,
        overdue: @escaping @Sendable () -> Void
    ) async throws {
        let (events, told) = AsyncStream.makeStream(of: Event.self)
        let serving = Task {
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await serve()) } catch { outcome = .failure(error) }
            told.yield(.ended(outcome))
        }
        let alarm = Task {
            try await gracefulShutdown()
            try await RealTime.wait(time)
            told.yield(.overdue)
            try await RealTime.wait(cutTime)
            told.yield(.overdue)
        }
        // A task of its own: whoever is cancelled waits for the end all the same.
        let next = Task {
            var isOverdue = false
            for await event in events {
                switch event {
                case .ended(let outcome): return outcome
                case .overdue where isOverdue: return .success(())
                case .overdue:
                    isOverdue = true
                    overdue()
                    serving.cancel()
                }
            }
            return .success(())
        }
        let outcome = await withTaskCancellationHandler {
            await next.value
        } onCancel: {
            serving.cancel()
        }
        alarm.cancel()
        try outcome.get()
    }
}

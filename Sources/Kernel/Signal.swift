import Documents
import Synchronization

/// Wakes one waiting worker. A signal raised while nobody waits is kept for the next wait.
public final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    public init() {}

    public func raise() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state.waiter = nil }
            if state.waiter == nil { state.isRaised = true }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Takes back a raised signal that nobody has waited for.
    func takeIfRaised() -> Bool {
        state.withLock { state in
            defer { state.isRaised = false }
            return state.isRaised
        }
    }

    /// Waits until the signal is raised.
    /// - Throws: `CancellationError`.
    public func wait() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        } onCancel: {
            raise()
        }
        try Task.checkCancellation()
    }

    /// Waits until the signal is raised or the clock shows `due`.
    public func wait(until due: Timestamp?, on clock: PlatformClock) async throws {
        guard let due else { return try await wait() }
        let alarm = Task {
            if (try? await clock.sleep(until: due)) != nil { self.raise() }
        }
        defer { alarm.cancel() }
        try await wait()
    }
}

import Documents
import Synchronization

/// The one clock of a platform: real time plus an offset that only grows, so that `tarn clock advance` can move it.
///
/// Nothing else in the sources reads the system's clock or sleeps. A frozen clock (for tests and simulation) stands
/// still but for ``advance(to:)``.
public final class PlatformClock: Sendable {
    private struct Waiter {
        let due: Timestamp
        let continuation: CheckedContinuation<Void, any Error>
        var alarm: Task<Void, Never>?
    }
    private struct State {
        var offset: Duration
        var frozen: Timestamp?
        var waiters: [UInt64: Waiter] = [:]
        var nextID: UInt64 = 0
        /// When the clock was moved, by the machine's time, and its offset before that; the oldest first.
        var moves: [(machine: Timestamp, before: Duration)] = []
    }
    private static let movesKept = 256
    private let state: Mutex<State>

    /// A clock that runs, `offset` ahead of the machine's.
    public init(offset: Duration = .zero) { state = Mutex(State(offset: offset, frozen: nil)) }

    /// A clock that stands at `moment` until it is moved.
    public init(frozenAt moment: Timestamp) { state = Mutex(State(offset: .zero, frozen: moment)) }

    public func now() -> Timestamp { state.withLock { Self.now($0) } }

    /// How far ahead of the machine's clock this one is; kept in the store, so that a restart does not go back in time.
    public var offset: Duration { state.withLock { $0.offset } }

    /// The machine's own time, by which clients outside sign their requests.
    public var machineNow: Timestamp { machineTime() }

    /// How far ahead this clock was at a moment of the machine's time, as far back as this process remembers.
    public func offset(at machine: Timestamp) -> Duration {
        state.withLock { state in state.moves.first { machine < $0.machine }?.before ?? state.offset }
    }

    private static func now(_ state: State) -> Timestamp { state.frozen ?? machineTime() + state.offset }

    /// Moves the clock forward to `moment`; nothing happens if that has passed. Wakes whoever waited for a time up to it.
    public func advance(to moment: Timestamp) {
        let due = state.withLock { state -> [Waiter] in
            let now = Self.now(state)
            guard moment > now else { return [] }
            if state.frozen != nil {
                state.frozen = moment
            } else {
                if state.moves.count >= Self.movesKept { state.moves.removeFirst() }
                state.moves.append((machineTime(), state.offset))
                state.offset += moment - now
            }
            let ids = state.waiters.filter { $0.value.due <= moment }.keys
            return ids.compactMap { state.waiters.removeValue(forKey: $0) }
        }
        for waiter in due {
            waiter.alarm?.cancel()
            waiter.continuation.resume()
        }
    }

    /// Waits until the clock shows `due`, by running or by being moved.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func sleep(until due: Timestamp) async throws {
        let id = state.withLock { state -> UInt64 in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let alarm: Duration? = state.withLock { state in
                    let now = Self.now(state)
                    guard due > now else { return nil }
                    state.waiters[id] = Waiter(due: due, continuation: continuation)
                    return state.frozen == nil ? due - now : .seconds(0)
                }
                guard let alarm else { return continuation.resume() }
                if Task.isCancelled { return finish(id, throwing: CancellationError()) }
                if alarm > .zero { setAlarm(id, after: alarm) }
            }
        } onCancel: {
            finish(id, throwing: CancellationError())
        }
    }

    public func sleep(for duration: Duration) async throws { try await sleep(until: now() + duration) }

    private func setAlarm(_ id: UInt64, after delay: Duration) {
        let alarm = Task {
            // A cancelled alarm belongs to a waiter that has been woken already.
            guard (try? await Task.sleep(for: delay)) != nil else { return }
            self.finish(id, throwing: nil)
        }
        let stillWaiting = state.withLock { state in
            guard state.waiters[id] != nil else { return false }
            state.waiters[id]?.alarm = alarm
            return true
        }
        if !stillWaiting { alarm.cancel() }
    }

    private func finish(_ id: UInt64, throwing error: (any Error)?) {
        guard let waiter = state.withLock({ $0.waiters.removeValue(forKey: id) }) else { return }
        waiter.alarm?.cancel()
        if let error { waiter.continuation.resume(throwing: error) } else { waiter.continuation.resume() }
    }
}

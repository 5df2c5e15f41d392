import Synchronization

/// Bounds the bytes of batches that are in memory at once: first come, first served.
final class WorkGate: Sendable {
    private struct Waiter {
        let weight: Int
        let continuation: CheckedContinuation<Void, Never>
    }
    private struct State {
        var free: Int
        var waiters: [Waiter] = []
    }
    let capacity: Int
    private let state: Mutex<State>

    init(capacity: Int) {
        self.capacity = capacity
        state = Mutex(State(free: capacity))
    }

    /// Runs `body` when there is room for `weight` bytes; more than the capacity counts as all of it.
    func with<Result: Sendable>(_ weight: Int, _ body: () async throws -> Result) async rethrows -> Result {
        let weight = min(max(weight, 1), capacity)
        await acquire(weight)
        defer { release(weight) }
        return try await body()
    }

    private func acquire(_ weight: Int) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.waiters.isEmpty, state.free >= weight else {
                    state.waiters.append(Waiter(weight: weight, continuation: continuation))
                    return false
                }
                state.free -= weight
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    private func release(_ weight: Int) {
        let woken = state.withLock { state in
            state.free += weight
            var woken: [Waiter] = []
            while let first = state.waiters.first, first.weight <= state.free {
                state.free -= first.weight
                woken.append(state.waiters.removeFirst())
            }
            return woken
        }
        for waiter in woken { waiter.continuation.resume() }
    }
}

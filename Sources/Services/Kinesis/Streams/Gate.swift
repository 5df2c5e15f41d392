import Synchronization

/// Lets many writers through, or one who needs them all to stand still: a shard is closed between two writes.
final class Gate: Sendable {
    private struct State {
        var inside = 0
        var isHeld = false
        var outside: [CheckedContinuation<Void, Never>] = []
        var holder: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    /// Waits while the gate is held.
    func enter() async {
        while true {
            if state.withLock({ Self.pass(&$0) }) { return }
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    guard state.isHeld else { return true }
                    state.outside.append(continuation)
                    return false
                }
                if isOpen { continuation.resume() }
            }
        }
    }

    private static func pass(_ state: inout State) -> Bool {
        guard !state.isHeld else { return false }
        state.inside += 1
        return true
    }

    func leave() {
        let holder = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.inside -= 1
            guard state.inside == 0, let holder = state.holder else { return nil }
            state.holder = nil
            return holder
        }
        holder?.resume()
    }

    /// Keeps newcomers out and waits for those inside, after whoever holds it now.
    func hold() async {
        while true {
            let taken = state.withLock { state in
                if state.isHeld { return false }
                state.isHeld = true
                return true
            }
            if taken { break }
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    guard state.isHeld else { return true }
                    state.outside.append(continuation)
                    return false
                }
                if isOpen { continuation.resume() }
            }
        }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.inside == 0 { return true }
                state.holder = continuation
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func release() {
        let waiting = state.withLock { state in
            defer { state.outside = [] }
            state.isHeld = false
            return state.outside
        }
        for continuation in waiting { continuation.resume() }
    }
}

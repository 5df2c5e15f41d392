import Synchronization

/// Permits for a bounded resource, handed out first come, first served. Tasks wait without holding a thread; each waiter
/// costs its own suspended task and nothing else.
final class AsyncGate: Sendable {
    private struct Waiter {
        let weight: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var available: Int
        var waiters = FIFO<Waiter>()
    }

    let capacity: Int
    private let state: Mutex<State>

    init(capacity: Int) {
        self.capacity = capacity
        state = Mutex(State(available: capacity))
    }

    /// Waits for `weight` permits. More than the capacity counts as all of it.
    func acquire(_ weight: Int = 1) async {
        let weight = min(weight, capacity)
        if state.withLock({ Self.take(weight, &$0) }) { return }
        await withCheckedContinuation { continuation in
            let taken = state.withLock { state in
                if Self.take(weight, &state) { return true }
                state.waiters.append(Waiter(weight: weight, continuation: continuation))
                return false
            }
            if taken { continuation.resume() }
        }
    }

    /// Gives back what ``acquire(_:)`` took with the same weight.
    func release(_ weight: Int = 1) {
        let woken = state.withLock { state in
            state.available += min(weight, capacity)
            var woken: [CheckedContinuation<Void, Never>] = []
            while let first = state.waiters.first, first.weight <= state.available {
                state.available -= first.weight
                woken.append(first.continuation)
                state.waiters.removeFirst()
            }
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    private static func take(_ weight: Int, _ state: inout State) -> Bool {
        guard state.waiters.isEmpty, state.available >= weight else { return false }
        state.available -= weight
        return true
    }
}

/// A queue with constant-time ends, enough for waiters and jobs.
struct FIFO<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var count: Int { elements.count - head }
    var first: Element? { head < elements.count ? elements[head] : nil }

    mutating func append(_ element: Element) { elements.append(element) }

    @discardableResult
    mutating func removeFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: head <= 64)
            head = 0
        } else if head > 64, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}

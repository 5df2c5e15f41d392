import Documents
import Kernel
import Synchronization

/// The GetObject requests that wait for their functions' answers, by the token that each function was given.
final class Transformations: Sendable {
    /// What ends a wait.
    enum Outcome: Sendable {
        /// The function has written a response.
        case response(Document, ByteStream, Handover)
        case failed(any Error)
    }

    /// One request that waits.
    final class Wait: Sendable {
        let token: String
        /// The ARN of the access point that was asked.
        let point: String
        private enum State {
            case open
            case waiting(CheckedContinuation<Outcome, Never>)
            case settled(Outcome)
        }
        private let state = Mutex(State.open)

        init(token: String, point: String) { (self.token, self.point) = (token, point) }

        /// - Returns: whether this outcome is the first.
        @discardableResult
        func settle(_ outcome: Outcome) -> Bool {
            let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Outcome, Never>?) in
                switch state {
                case .open:
                    state = .settled(outcome)
                    return (true, nil)
                case .waiting(let continuation):
                    state = .settled(outcome)
                    return (true, continuation)
                case .settled: return (false, nil)
                }
            }
            waiter?.resume(returning: outcome)
            return isFirst
        }

        /// Waited for once.
        func outcome() async -> Outcome {
            await withCheckedContinuation { continuation in
                let settled = state.withLock { state -> Outcome? in
                    if case .settled(let outcome) = state { return outcome }
                    state = .waiting(continuation)
                    return nil
                }
                if let settled { continuation.resume(returning: settled) }
            }
        }
    }

    /// How long a function may take for its answer, by the machine's time.
    let patience: Duration
    private let waits = Mutex<[String: Wait]>([:])

    init(patience: Duration = .seconds(Limit.transformationSeconds)) { self.patience = patience }

    /// - Parameter point: the access point's ARN.
    /// - Throws: ``ObjectLambdaFault/busy``
    func begin(_ point: String) throws -> Wait {
        let wait = Wait(token: Hex.encode(Identifier.random(32)), point: point)
        try waits.withLock { waits in
            guard waits.count < Limit.transformations else { throw ObjectLambdaFault.busy }
            waits[wait.token] = wait
        }
        return wait
    }

    /// The request that waits for the answer with this token.
    func wait(_ token: String) -> Wait? { waits.withLock { $0[token] } }

    /// A token serves once.
    func end(_ token: String) { waits.withLock { _ = $0.removeValue(forKey: token) } }
}

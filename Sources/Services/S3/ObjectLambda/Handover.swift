import Documents
import Kernel
import Synchronization

/// Bytes on their way from a function's WriteGetObjectResponse to the client that waits for them. Nothing is kept: a piece
/// is read from the one when the other has room.
final class Handover: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Void, any Error>)
        case ended((any Error)?)
    }
    private let state = Mutex(State.open)

    /// - Parameter source: the function's payload.
    /// - Returns: what the waiting client reads. Given up before its end, it ends the function's request with an error.
    func body(_ source: ByteStream) -> ByteStream {
        let reader = Reader(source, self)
        return ByteStream(length: source.length) {
            do {
                guard let piece = try await reader.next() else {
                    reader.handover.end(nil)
                    return nil
                }
                return piece
            } catch {
                reader.handover.end(error)
                throw error
            }
        }
    }

    /// The first end counts.
    func end(_ error: (any Error)?) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            switch state {
            case .open:
                state = .ended(error)
                return nil
            case .waiting(let continuation):
                state = .ended(error)
                return continuation
            case .ended: return nil
            }
        }
        if let error { waiter?.resume(throwing: error) } else { waiter?.resume() }
    }

    /// Returns when the client has taken everything. Waited for once.
    /// - Throws: ``ObjectLambdaFault/clientClosed`` when it went away first, and what reading the payload threw.
    func finished() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let outcome = state.withLock { state -> State in
                guard case .ended = state else {
                    state = .waiting(continuation)
                    return state
                }
                return state
            }
            guard case .ended(let error) = outcome else { return }
            if let error { continuation.resume(throwing: error) } else { continuation.resume() }
        }
    }

    private final class Reader: @unchecked Sendable {  // its one client waits for each piece before it asks again
        let handover: Handover
        private var iterator: ByteStream.AsyncIterator

        init(_ source: ByteStream, _ handover: Handover) {
            (iterator, self.handover) = (source.makeAsyncIterator(), handover)
        }
        deinit { handover.end(ObjectLambdaFault.clientClosed) }

        func next() async throws -> [UInt8]? { try await iterator.next() }
    }
}

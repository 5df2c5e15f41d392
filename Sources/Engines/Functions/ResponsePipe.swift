import Kernel
import Synchronization

/// A response on its way to its reader while the function still makes it
/// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
///
/// Bounded: when the reader is slow, the function's connection is not read.
public final class ResponsePipe: Sendable {
    enum Limit {
        /// Bytes that wait for the reader before the function is made to wait.
        static let waiting = 1 << 20
        /// Bytes of a whole streamed response (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
        static let response = 200 << 20
    }

    public enum Piece: Sendable {
        /// The function has begun to answer, before its first bytes; not for a response that came whole.
        case opened(contentType: String?)
        case bytes([UInt8])
        /// The last piece. A response that came whole is in its payload.
        case ended(InvocationOutcome)
    }

    private struct State {
        var pieces: [Piece] = []
        var waiting = 0
        var total = 0
        var isOpened = false
        var isEnded = false
        var isAbandoned = false
        var failure: (any Error)?
        var reader: CheckedContinuation<Void, Never>?
        var whenRoom: (@Sendable () -> Void)?

        mutating func add(_ piece: Piece) -> CheckedContinuation<Void, Never>? {
            if !isAbandoned { pieces.append(piece) }
            defer { reader = nil }
            return reader
        }
    }

    private let state = Mutex(State())

    public init() {}

    // MARK: The function's end

    func open(contentType: String?) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isOpened = true
            return state.add(.opened(contentType: contentType))
        }?.resume()
    }

    enum Room { case free, full, tooLarge }

    /// - Parameter whenRoom: called once if the answer is ``Room/full``, when the reader has caught up.
    func write(_ bytes: [UInt8], whenRoom: @escaping @Sendable () -> Void) -> Room {
        let (room, reader) = state.withLock { state -> (Room, CheckedContinuation<Void, Never>?) in
            guard state.total + bytes.count <= Limit.response else { return (.tooLarge, nil) }
            state.total += bytes.count
            guard !state.isAbandoned, !bytes.isEmpty else { return (.free, nil) }
            state.waiting += bytes.count
            let isFull = state.waiting > Limit.waiting
            if isFull { state.whenRoom = whenRoom }
            return (isFull ? .full : .free, state.add(.bytes(bytes)))
        }
        reader?.resume()
        return room
    }

    /// The invocation is over.
    public func end(_ outcome: InvocationOutcome) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isEnded else { return nil }
            state.isEnded = true
            return state.add(.ended(outcome))
        }?.resume()
    }

    /// The function could not be run.
    public func fail(_ error: any Error) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            (state.failure, state.isEnded) = (error, true)
            defer { state.reader = nil }
            return state.reader
        }?.resume()
    }

    // MARK: The reader's end

    /// The next piece, for one reader.
    /// - Throws: why the function could not be run; `CancellationError`.
    public func next() async throws -> Piece {
        while true {
            try Task.checkCancellation()
            let (piece, whenRoom) = try state.withLock { state -> (Piece?, (@Sendable () -> Void)?) in
                guard !state.pieces.isEmpty else {
                    if let failure = state.failure { throw failure }
                    return (nil, nil)
                }
                let piece = state.pieces.removeFirst()
                if case .bytes(let bytes) = piece { state.waiting -= bytes.count }
                guard state.waiting <= Limit.waiting / 2 else { return (piece, nil) }
                defer { state.whenRoom = nil }
                return (piece, state.whenRoom)
            }
            whenRoom?()
            if let piece { return piece }
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.pieces.isEmpty, state.failure == nil, !Task.isCancelled else { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }?.resume()
        }
    }

    /// Nobody reads any more: what the function still says is dropped, and it is not held up.
    public func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            (state.pieces, state.waiting) = ([], 0)
            defer { state.whenRoom = nil }
            return state.whenRoom
        }?()
    }
}

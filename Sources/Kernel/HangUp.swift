import Synchronization

/// Tells whoever answers a connection's requests that the client is gone, or that the server is about to close: a long poll
/// need not wait on.
public final class HangUp: Sendable {
    private struct State {
        var isOver = false
        var nextID: UInt64 = 0
        var effects: [UInt64: @Sendable () -> Void] = [:]
    }
    private let state = Mutex(State())

    public init() {}

    /// The connection is over. Further calls do nothing.
    public func raise() {
        let effects = state.withLock { state in
            defer { state.effects = [:] }
            state.isOver = true
            return Array(state.effects.values)
        }
        for effect in effects { effect() }
    }

    /// Runs `body`, and cancels it when the connection is over.
    /// - Throws: what `body` throws; `CancellationError` from whatever it waited for.
    public func whileConnected<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let work = Task { try await body() }
        let id = state.withLock { state -> UInt64? in
            guard !state.isOver else { return nil }
            state.nextID += 1
            state.effects[state.nextID] = { work.cancel() }
            return state.nextID
        }
        guard let id else {
            work.cancel()
            return try await work.value
        }
        defer { state.withLock { $0.effects[id] = nil } }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            work.cancel()
        }
    }
}

extension Context {
    /// Waits with `body` while the client is there, for a stream that may last.
    /// - Returns: false when the client is gone or the server is about to close: the stream ends.
    public func waits(_ body: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        guard let hangUp = http?.hangUp else {
            try await body()
            return true
        }
        do { try await hangUp.whileConnected(body) } catch is CancellationError {
            try Task.checkCancellation()
            return false
        }
        return true
    }
}

import Dispatch

/// A place for work that computes for longer than a request's thread can be held: one piece at a time, at low priority.
public struct Workshop: Sendable {
    private let queue: DispatchQueue

    /// - Parameter name: of its threads.
    public init(_ name: String) { queue = DispatchQueue(label: "tarn.\(name)", qos: .utility) }

    /// - Throws: what `work` throws.
    public func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }
}

import Synchronization

/// Runs work one piece behind the other, in the order in which it was asked for: the last one sees the last change.
public final class Succession: Sendable {
    private let last = Mutex<Task<Void, any Error>?>(nil)

    public init() {}

    /// - Throws: what `work` throws. How the work before it has ended does not matter.
    public func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = last.withLock { last in
            let before = last
            let task = Task {
                _ = try? await before?.value
                try await work()
            }
            last = task
            return task
        }
        try await task.value
    }
}

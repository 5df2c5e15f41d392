import Documents
import Synchronization

/// When each of many destinations may be called next, so that a rate is kept. In memory: a start begins with free lanes.
public final class Pace: Sendable {
    enum Limit {
        /// Beyond so many, what lies in the past is cleared away.
        static let destinations = 1_000
    }
    private let free = Mutex<[String: Timestamp]>([:])

    public init() {}

    /// Takes the next free moment for a call.
    /// - Parameter rate: calls in a second.
    /// - Returns: the moment, `now` or later; the caller waits for it.
    public func reserve(_ destination: String, perSecond rate: Int, now: Timestamp) -> Timestamp {
        free.withLock { free in
            if free.count >= Limit.destinations { free = free.filter { $0.value > now } }
            let slot = max(free[destination] ?? now, now)
            free[destination] = slot + .microseconds(1_000_000 / Int64(max(rate, 1)))
            return slot
        }
    }
}

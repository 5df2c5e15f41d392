import Documents
import Synchronization

/// What is used of watched resources in each minute, in memory: what an auto scaler decides by. Nothing is counted of
/// what nobody watches, and nothing outlives the process.
public final class UsageMeter: Sendable {
    public enum Limit {
        /// Whole minutes that are remembered.
        public static let minutes = 16
    }

    /// One measured thing: `arn:aws:dynamodb:...:table/t` and `writes`.
    public struct Place: Hashable, Sendable {
        public var resource: String
        public var measure: String
        public init(_ resource: String, _ measure: String) { (self.resource, self.measure) = (resource, measure) }
    }

    private struct State {
        var watched: [Place: [Int64: Double]] = [:]
        var onMinute: (@Sendable (Place, _ end: Timestamp) -> Void)?
    }
    private let state = Mutex(State())

    public init() {}

    /// Tells `body` the first time that something is used in a minute, with the minute's end. One listener, the auto scaler.
    public func listen(_ body: @escaping @Sendable (Place, _ end: Timestamp) -> Void) { state.withLock { $0.onMinute = body } }

    /// Which places to count from now on.
    public func watch(_ place: Place) { state.withLock { if $0.watched[place] == nil { $0.watched[place] = [:] } } }
    public func unwatch(_ place: Place) { state.withLock { $0.watched[place] = nil } }

    /// Counts `amount` at `now`. Costs one look-up where nobody watches.
    public func add(_ amount: Double, to place: Place, at now: Timestamp) {
        let minute = now.seconds / 60
        let listener = state.withLock { state -> (@Sendable (Place, Timestamp) -> Void)? in
            guard var minutes = state.watched[place] else { return nil }
            let isFirst = minutes[minute] == nil
            minutes[minute, default: 0] += amount
            if minutes.count > Limit.minutes + 1 { minutes = minutes.filter { $0.key >= minute - Int64(Limit.minutes) } }
            state.watched[place] = minutes
            return isFirst ? state.onMinute : nil
        }
        listener?(place, Timestamp(seconds: (minute + 1) * 60))
    }

    /// Sums of the last `count` whole minutes before `now`, the latest first; nil for a minute in which nothing was used.
    public func sums(_ place: Place, last count: Int, before now: Timestamp) -> [Double?] {
        let minute = now.seconds / 60
        return state.withLock { state in
            (1...Int64(count)).map { state.watched[place]?[minute - $0] }
        }
    }
}

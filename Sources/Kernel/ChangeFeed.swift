import Documents
import Synchronization

/// Tells whoever watches a topic that something new is there, so that readers of streams need not poll.
///
/// A topic is the ARN of what changed. Nothing is carried along and nothing is durable: a change itself is in the store,
/// and a watcher reads it there. Watch first, then read, then wait: a change between reading and waiting is not missed.
public final class ChangeFeed: Sendable {
    private let watches = Mutex<[String: [UInt64: Signal]]>([:])
    private let nextID = Mutex<UInt64>(0)

    public init() {}

    /// Something under `topic` has changed. Call it after the change is durable (`Transaction.afterCommit`). Costs one
    /// look-up when nobody watches.
    public func notify(_ topic: String) {
        let signals = watches.withLock { $0[topic].map { Array($0.values) } }
        for signal in signals ?? [] { signal.raise() }
    }

    /// Watches `topic` until the result is let go.
    public func watch(_ topic: String) -> Watch {
        let id = nextID.withLock { id -> UInt64 in
            id += 1
            return id
        }
        let signal = Signal()
        watches.withLock { $0[topic, default: [:]][id] = signal }
        return Watch(feed: self, topic: topic, id: id, signal: signal)
    }

    fileprivate func end(_ topic: String, _ id: UInt64) {
        watches.withLock { watches in
            watches[topic]?[id] = nil
            if watches[topic]?.isEmpty == true { watches[topic] = nil }
        }
    }
}

/// One watcher's view of a topic. Changes that come while it does not wait are kept as one.
public final class Watch: Sendable {
    private let feed: ChangeFeed
    private let topic: String
    private let id: UInt64
    private let signal: Signal

    fileprivate init(feed: ChangeFeed, topic: String, id: UInt64, signal: Signal) {
        (self.feed, self.topic, self.id, self.signal) = (feed, topic, id, signal)
    }

    deinit { feed.end(topic, id) }

    /// Waits until there was a change since the last wait (or since the watch began).
    /// - Throws: `CancellationError`.
    public func wait() async throws { try await signal.wait() }

    /// As ``wait()``, but no longer than until `due` on `clock`.
    public func wait(until due: Timestamp, on clock: PlatformClock) async throws { try await signal.wait(until: due, on: clock) }
}

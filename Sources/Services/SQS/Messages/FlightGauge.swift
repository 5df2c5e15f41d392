import Store
import Synchronization

/// Keeps queues within their limit of messages in flight, without counting at each receive.
///
/// Invariant: a kept number is never below the true one; receives add to it, and nothing takes away. Only when it reaches
/// the limit is there a new count. A queue with fewer messages than the limit needs none.
final class FlightGauge: Sendable {
    private let bounds = Mutex<[Int64: Int]>([:])

    func isFull(_ shelf: MessageShelf) throws -> Bool {
        let store = shelf.queue.store
        if shelf.queue.isFifo {
            guard shelf.tally.total >= Int64(SQSLimit.inFlightFifo) else { return false }
            return try FifoLine.inFlight(store, at: shelf.now, in: shelf.transaction) >= SQSLimit.inFlightFifo
        }
        guard shelf.tally.total >= Int64(SQSLimit.inFlight) else {
            bounds.withLock { $0[store] = nil }
            return false
        }
        if let bound = bounds.withLock({ $0[store] }), bound + SQSLimit.batchEntries <= SQSLimit.inFlight { return false }
        let count = Int(try StandardLine.hidden(store, at: shelf.now, in: shelf.transaction).inFlight)
        bounds.withLock { $0[store] = count }
        return count >= SQSLimit.inFlight
    }

    /// Added before the commit: too much at worst, when it fails.
    func add(_ store: Int64, _ count: Int) { bounds.withLock { if $0[store] != nil { $0[store, default: 0] += count } } }
}

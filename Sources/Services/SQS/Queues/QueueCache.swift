import Store
import Synchronization

/// Queues read lately. An entry holds as long as the store has the very bytes it was read from, so it is never stale.
final class QueueCache: Sendable {
    private let known = Mutex<[Key: (bytes: [UInt8], queue: Queue)]>([:])

    /// - Throws: ``SQSFault/queueDoesNotExist``
    func queue(_ name: QueueName, in snapshot: Snapshot) throws -> Queue {
        guard let queue = try find(name, in: snapshot) else { throw SQSFault.queueDoesNotExist }
        return queue
    }

    func find(_ name: QueueName, in snapshot: Snapshot) throws -> Queue? {
        let key = name.key
        guard let bytes = try snapshot.value(key) else { return nil }
        if let entry = known.withLock({ $0[key] }), entry.bytes == bytes { return entry.queue }
        let record = try QueueRecord(stored: bytes)
        if record.deleted != nil { return nil }
        let queue = Queue(record)
        known.withLock { known in
            if known.count >= SQSLimit.queuesCached { known = [:] }
            known[key] = (bytes, queue)
        }
        return queue
    }
}

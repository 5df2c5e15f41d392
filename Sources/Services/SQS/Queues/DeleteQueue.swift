import Documents
import Kernel
import Store

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
extension SQSService {
    func deleteQueue(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        let platform = context.platform
        try await platform.store.write { transaction in
            var record = try queues.queue(name, in: transaction).record
            let now = platform.clock.now()
            try Self.enqueueSweep(record, isWhole: true, transaction, platform)
            record.deleted = now
            record.attributes = [:]
            record.tags = [:]
            try transaction.put(name.key, record)
            try transaction.schedule(
                TimerRecord(
                    id: name.arn, service: Self.id, name: "forget", due: now + SQSLimit.deletionRest,
                    payload: ["arn": .string(name.arn), "id": .integer(record.id)]), on: platform)
            let topic = name.arn
            transaction.afterCommit { platform.changes.notify(topic) }
        }
        return [:]
    }

    /// The minute is over: the name is free, and nothing is left of the queue.
    func forget(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let name = timer.payload["arn"]?.string.flatMap(QueueName.init(arn:)) else { return }
        let id = timer.payload["id"]?.integer
        try await platform.store.write { transaction in
            guard let record = try transaction.record(QueueRecord.self, name.key), record.id == id, record.deleted != nil else {
                return
            }
            try transaction.delete(name.key)
        }
    }

    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
    ///
    /// The queue goes on with an empty store of messages at once; the rows of the old one are swept away afterwards.
    func purge(_ input: Document, _ context: Context) async throws -> Document {
        let name = try QueueAddress.name(input, context)
        let platform = context.platform
        try await platform.store.write { transaction in
            var record = try queues.queue(name, in: transaction).record
            let now = platform.clock.now()
            if let purged = record.purged, now < purged + SQSLimit.purgeInterval { throw SQSFault.purgeInProgress(name.name) }
            try Self.enqueueSweep(record, isWhole: false, transaction, platform)
            // Sequence numbers go on growing.
            let next = try Tally(record.store, in: transaction).next
            record.store = QueueRecord.freshID()
            record.purged = now
            var tally = Tally()
            tally.next = next
            try tally.put(record.store, in: transaction)
            try transaction.put(name.key, record)
        }
        return [:]
    }

    private static func enqueueSweep(_ record: QueueRecord, isWhole: Bool, _ transaction: Transaction, _ platform: Platform)
        throws
    {
        let now = platform.clock.now()
        var payload: Members = ["store": .integer(record.store)]
        if isWhole { payload["queue"] = .integer(record.id) }
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "sqs-sweep", service: Self.id, name: "sweep", payload: .map(payload), created: now,
                expires: now + .seconds(86_400 * 365)), on: platform)
    }

    /// Takes away the rows of a store that no queue has any more, a bounded number in each transaction.
    func sweep(_ delivery: Delivery, _ platform: Platform) async throws {
        var ranges: [Key] = []
        if let store = delivery.payload["store"]?.integer {
            let spaces: [Space] = [.sqsMessage, .sqsBody, .sqsVisible, .sqsGroup, .sqsGroupMessage, .sqsGroupReady, .sqsTally]
            ranges += spaces.map { Key($0, .integer(store)) }
        }
        if let queue = delivery.payload["queue"]?.integer { ranges.append(Key(.sqsOnce, .integer(queue))) }
        for range in ranges {
            var count = SQSLimit.sweep
            while count == SQSLimit.sweep {
                count = try await platform.store.write { transaction in
                    var keys: [Key] = []
                    try transaction.scan(range, limit: SQSLimit.sweep) { key, _ in
                        keys.append(key)
                        return true
                    }
                    for key in keys { try transaction.delete(key) }
                    return keys.count
                }
            }
        }
    }
}

import Documents
import Kernel
import Store

/// Carries a move task on, a bounded number of messages in each transaction.
extension SQSService {
    private enum Pace {
        static let perTransaction = 50
    }

    private enum Step: Sendable {
        case moved(Int64)
        case done
    }

    func move(_ delivery: Delivery, _ platform: Platform) async throws {
        let key = try MoveTask.key(ofHandle: delivery.payload["handle"]?.string)
        var inThisSecond: Int64 = 0
        while true {
            let step = try await platform.store.write { [inThisSecond] transaction in
                try moveSome(key, inThisSecond, transaction, platform)
            }
            guard case .moved(let count) = step else { return }
            inThisSecond += count
            guard let task = try await platform.store.read({ try $0.record(MoveTask.self, key) }) else { return }
            if let rate = task.perSecond, inThisSecond >= rate { throw Postpone(until: platform.clock.now() + .seconds(1)) }
        }
    }

    private func moveSome(_ key: Key, _ spent: Int64, _ transaction: Transaction, _ platform: Platform) throws -> Step {
        guard var task = try transaction.record(MoveTask.self, key), task.status == .running,
            let source = QueueName(arn: task.source)
        else { return .done }
        guard let queue = try queues.find(source, in: transaction) else {
            return try end(&task, .failed, "AWS.SimpleQueueService.NonExistentQueue", key, transaction)
        }
        let now = platform.clock.now().microseconds
        var shelf = try MessageShelf(queue, transaction, now: now)
        let wanted = Int(min(Int64(Pace.perTransaction), (task.perSecond ?? .max) - spent))
        let records = try next(shelf, limit: wanted)
        if records.isEmpty {
            try shelf.close()
            return try end(&task, .completed, nil, key, transaction)
        }
        var targets: [String: MessageShelf] = [:]
        for record in records {
            guard let arn = task.destination ?? record.deadLetterSource, let name = QueueName(arn: arn) else {
                try close(shelf, targets, transaction, platform)
                return try end(&task, .failed, "CouldNotDetermineMessageSource", key, transaction)
            }
            guard let found = try queues.find(name, in: transaction), found.isFifo == queue.isFifo, found.arn != queue.arn else {
                try close(shelf, targets, transaction, platform)
                return try end(&task, .failed, "AWS.SimpleQueueService.NonExistentQueue", key, transaction)
            }
            var target = try targets[arn] ?? MessageShelf(found, transaction, now: now)
            let body = try shelf.body(of: record)
            try shelf.remove(record)
            // A message that is moved back is a new one.
            var moved = MessageRecord(
                sent: now, sequence: target.tally.take(), id: Identifier.uuid(), visibleAt: now, bodyMD5: record.bodyMD5,
                sender: record.sender)
            (moved.attributes, moved.attributesMD5, moved.trace) = (record.attributes, record.attributesMD5, record.trace)
            (moved.group, moved.deduplication, moved.seal) = (record.group, record.deduplication, record.seal)
            try target.add(moved, body: body)
            targets[arn] = target
            task.moved += 1
        }
        try close(shelf, targets, transaction, platform)
        try transaction.put(key, task)
        return .moved(Int64(records.count))
    }

    private func close(
        _ shelf: MessageShelf, _ targets: [String: MessageShelf], _ transaction: Transaction, _ platform: Platform
    ) throws {
        try shelf.close()
        for (arn, target) in targets {
            try target.close()
            transaction.afterCommit { platform.changes.notify(arn) }
        }
    }

    private func end(
        _ task: inout MoveTask, _ status: MoveTask.Status, _ failure: String?, _ key: Key, _ transaction: Transaction
    )
        throws -> Step
    {
        (task.status, task.failure) = (status, failure)
        try transaction.put(key, task)
        return .done
    }

    /// What can be received now; what is in flight stays.
    private func next(_ shelf: MessageShelf, limit: Int) throws -> [MessageRecord] {
        var places: [(sent: Int64, sequence: Int64)] = []
        if shelf.queue.isFifo {
            for group in try FifoLine(shelf).ready(limit: SQSLimit.groups) where places.count < limit {
                places += try FifoLine(shelf).members(group, limit: limit - places.count)
            }
        } else {
            places = try StandardLine.ready(shelf, limit: limit)
        }
        return try places.compactMap { try shelf.load($0.sent, $0.sequence) }.filter { $0.visibleAt <= shelf.now }
    }
}

import Kernel
import Store

/// One receive inside one transaction: what is delivered, what goes to the dead letters, what has expired.
struct Take {
    struct Taken: Sendable {
        var record: MessageRecord
        var body: [UInt8]
    }
    struct Outcome: Sendable {
        var messages: [Taken] = []
        /// The queue's limit of messages in flight is reached.
        var isOverLimit = false
        /// The queues that got dead letters.
        var moved: [String] = []
    }

    private var shelf: MessageShelf
    private let queues: QueueCache
    private let max: Int
    private let until: Int64
    private var outcome = Outcome()
    private var deadLetters: MessageShelf?

    init(_ shelf: MessageShelf, _ queues: QueueCache, max: Int, visibility: Int64) {
        (self.shelf, self.queues, self.max) = (shelf, queues, max)
        until = shelf.now + visibility * 1_000_000
    }

    mutating func run(gauge: FlightGauge, attempt: String?) throws -> Outcome {
        let before = shelf.tally.total
        try shelf.expire()
        try openDeadLetters()
        if try gauge.isFull(shelf) {
            outcome.isOverLimit = true
        } else if shelf.queue.isFifo {
            try takeFifo(attempt)
        } else {
            try takeStandard()
        }
        if shelf.tally.total != before { try shelf.close() }
        if let deadLetters, !outcome.moved.isEmpty { try deadLetters.close() }
        if !shelf.queue.isFifo { gauge.add(shelf.queue.store, outcome.messages.count) }
        return outcome
    }

    private mutating func openDeadLetters() throws {
        guard let redrive = shelf.queue.redrive, redrive.target != shelf.queue.name,
            let target = try queues.find(redrive.target, in: shelf.transaction), target.isFifo == shelf.queue.isFifo
        else { return }
        deadLetters = try MessageShelf(target, shelf.transaction, now: shelf.now)
    }

    private mutating func takeStandard() throws {
        var seen: Set<Int64> = []
        while outcome.messages.count < max, seen.count < SQSLimit.sweep {
            let wanted = max - outcome.messages.count
            // With a visibility timeout of zero, what was just taken stands in the way.
            let ready = try StandardLine.ready(shelf, limit: wanted + outcome.messages.count)
            let fresh = ready.filter { !seen.contains($0.sequence) }
            if fresh.isEmpty { return }
            for place in fresh {
                seen.insert(place.sequence)
                guard let record = try shelf.load(place.sent, place.sequence) else { throw StoreError.corrupt("sqsVisible") }
                if try dispose(record) { continue }
                let body = try shelf.body(of: record)
                let received = received(record)
                let moved = try StandardLine.move(received, to: until, shelf)
                try shelf.save(moved)
                outcome.messages.append(Taken(record: moved, body: body))
                if outcome.messages.count == max { break }
            }
        }
    }

    private mutating func takeFifo(_ attempt: String?) throws {
        let once = OnceTable(transaction: shelf.transaction, queue: shelf.queue, now: shelf.now)
        if let attempt, let receipts = try once.attempt(attempt), try repeats(receipts) { return }
        for group in try FifoLine(shelf).ready(limit: SQSLimit.groups) {
            if outcome.messages.count >= max { break }
            try takeGroup(group)
        }
        if let attempt, !outcome.messages.isEmpty {
            try once.remember(
                attempt,
                outcome.messages.map {
                    OnceTable.Receipt(
                        store: shelf.queue.store, sent: $0.record.sent, sequence: $0.record.sequence, receives: $0.record.receives
                    )
                })
        }
    }

    private mutating func takeGroup(_ group: String) throws {
        var looked = 0
        while outcome.messages.count < max, looked < SQSLimit.sweep {
            let wanted = max - outcome.messages.count
            let members = try FifoLine(shelf).members(group, limit: wanted)
            var hasGone = false
            for place in members {
                looked += 1
                guard let record = try shelf.load(place.sent, place.sequence) else { throw StoreError.corrupt("sqsGroupMessage") }
                if record.visibleAt > shelf.now { return }
                if try dispose(record) {
                    hasGone = true
                    continue
                }
                let body = try shelf.body(of: record)
                var received = received(record)
                received.visibleAt = until
                try shelf.save(received)
                try FifoLine(shelf).fly(received, until: until)
                outcome.messages.append(Taken(record: received, body: body))
            }
            // What was delivered stands at the head of its group now, so a second look would meet it again.
            if !hasGone || !outcome.messages.isEmpty { return }
        }
    }

    /// The same messages again, if each of them is still as that receive left it.
    private mutating func repeats(_ receipts: [OnceTable.Receipt]) throws -> Bool {
        var records: [MessageRecord] = []
        for receipt in receipts {
            guard receipt.store == shelf.queue.store, let record = try shelf.load(receipt.sent, receipt.sequence),
                record.receives == receipt.receives, record.isInFlight(shelf.now)
            else { return false }
            records.append(record)
        }
        for var record in records {
            record.visibleAt = until
            try shelf.save(record)
            try FifoLine(shelf).fly(record, until: until)
            outcome.messages.append(Taken(record: record, body: try shelf.body(of: record)))
        }
        return !records.isEmpty
    }

    private func received(_ record: MessageRecord) -> MessageRecord {
        var received = record
        received.receives += 1
        if received.firstReceived == 0 { received.firstReceived = shelf.now }
        received.lastReceived = shelf.now
        return received
    }

    /// Takes away what is not delivered any more: the expired, and what was received too often.
    private mutating func dispose(_ record: MessageRecord) throws -> Bool {
        if record.sent <= shelf.expiry {
            try shelf.remove(record)
            return true
        }
        guard let redrive = shelf.queue.redrive, record.receives >= redrive.maxReceives, var target = deadLetters else {
            return false
        }
        let body = try shelf.body(of: record)
        try shelf.remove(record)
        var moved = record
        moved.sequence = target.tally.take()
        moved.visibleAt = shelf.now
        moved.deadLetterSource = shelf.queue.arn
        // A standard queue's message keeps its age, a FIFO queue's does not
        // (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html).
        if target.queue.isFifo { moved.sent = shelf.now }
        try target.add(moved, body: body)
        deadLetters = target
        if outcome.moved.isEmpty { outcome.moved.append(target.queue.arn) }
        return true
    }
}

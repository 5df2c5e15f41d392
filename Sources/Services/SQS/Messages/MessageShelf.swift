import Store

/// The rows that standard and FIFO queues have in common, inside one transaction.
struct MessageShelf {
    let transaction: Transaction
    let queue: Queue
    let now: Int64
    var tally: Tally

    init(_ queue: Queue, _ transaction: Transaction, now: Int64) throws {
        (self.queue, self.transaction, self.now) = (queue, transaction, now)
        tally = try Tally(queue.store, in: transaction)
    }

    var expiry: Int64 { now - queue.retention.microseconds }

    func load(_ sent: Int64, _ sequence: Int64) throws -> MessageRecord? {
        try transaction.value(MessageRecord.key(queue.store, sent, sequence)).map { try MessageRecord(stored: $0) }
    }

    func save(_ record: MessageRecord) throws { try transaction.put(record.key(queue.store), record.stored()) }

    /// The body with its seal on, wherever it rests.
    func body(of record: MessageRecord) throws -> [UInt8] {
        if let body = record.body { return body }
        guard let body = try transaction.value(MessageRecord.bodyKey(queue.store, record.sequence)) else {
            throw StoreError.corrupt("a message without its body")
        }
        return body
    }

    /// Puts a new message's rows.
    mutating func add(_ record: MessageRecord, body: [UInt8]) throws {
        var record = record
        if body.count <= SQSLimit.bodyInline {
            record.body = body
        } else {
            record.body = nil
            try transaction.put(MessageRecord.bodyKey(queue.store, record.sequence), body)
        }
        try save(record)
        tally.total += 1
        if queue.isFifo { try FifoLine(self).enter(record) } else { try StandardLine.enter(record, self) }
    }

    /// Takes a message's rows away.
    mutating func remove(_ record: MessageRecord) throws {
        try transaction.delete(record.key(queue.store))
        if record.body == nil { try transaction.delete(MessageRecord.bodyKey(queue.store, record.sequence)) }
        tally.total -= 1
        if queue.isFifo { try FifoLine(self).leave(record) } else { try StandardLine.leave(record, self) }
    }

    /// Takes away what is past the retention period, at most ``SQSLimit/sweep``; costs one look where nothing is.
    /// - Returns: whether there may be more.
    @discardableResult
    mutating func expire() throws -> Bool {
        var old: [MessageRecord] = []
        let all = Key(.sqsMessage, .integer(queue.store))
        let end = all.appending(.integer(expiry)).rangeEnd
        try transaction.scan(from: all, to: end, reverse: false, limit: SQSLimit.sweep) { _, value in
            old.append(try MessageRecord(stored: value))
            return true
        }
        for record in old { try remove(record) }
        return old.count == SQSLimit.sweep
    }

    func close() throws { try tally.put(queue.store, in: transaction) }
}

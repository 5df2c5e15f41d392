import Documents
import Store

/// What a FIFO queue remembers for five minutes: deduplication ids and receive attempts. A purge does not forget it.
///
/// Each entry has a second row by its end, so that those past are swept a few at a time by whoever comes next.
struct OnceTable {
    private enum Kind {
        static let deduplication: Int64 = 0, attempt: Int64 = 1, end: Int64 = 9
    }
    private static let sweptPerWrite = 8
    let transaction: Transaction
    let queue: Queue
    let now: Int64

    private var all: Key { Key(.sqsOnce, .integer(queue.id)) }

    private func deduplicationKey(_ id: String, _ group: String) -> Key {
        // One namespace per group, or one for the queue.
        all.appending(.integer(Kind.deduplication), .text(queue.isDeduplicatedByGroup ? group : ""), .text(id))
    }

    /// The message that was accepted under this id within the last five minutes.
    func accepted(_ id: String, group: String) throws -> (messageID: String, sequence: Int64)? {
        guard let list = try current(deduplicationKey(id, group)), list.count == 3, let message = list[1].string,
            let sequence = list[2].integer
        else { return nil }
        return (message, sequence)
    }

    func accept(_ id: String, group: String, messageID: String, sequence: Int64) throws {
        try put(deduplicationKey(id, group), [.string(messageID), .integer(sequence)])
    }

    /// One message of a remembered receive.
    struct Receipt: Equatable {
        var store: Int64
        var sent: Int64
        var sequence: Int64
        var receives: Int64
    }

    func attempt(_ id: String) throws -> [Receipt]? {
        guard let list = try current(all.appending(.integer(Kind.attempt), .text(id))) else { return nil }
        return list.dropFirst().compactMap { entry in
            guard let parts = entry.list, parts.count == 4 else { return nil }
            let numbers = parts.compactMap(\.integer)
            return numbers.count == 4
                ? Receipt(store: numbers[0], sent: numbers[1], sequence: numbers[2], receives: numbers[3]) : nil
        }
    }

    func remember(_ id: String, _ receipts: [Receipt]) throws {
        try put(
            all.appending(.integer(Kind.attempt), .text(id)),
            receipts.map { .list([.integer($0.store), .integer($0.sent), .integer($0.sequence), .integer($0.receives)]) })
    }

    private func current(_ key: Key) throws -> [Document]? {
        guard let bytes = try transaction.value(key), case .list(let list) = try CBOR.parse(bytes),
            let end = list.first?.integer, end > now
        else { return nil }
        return list
    }

    private func put(_ key: Key, _ rest: [Document]) throws {
        try sweep()
        let end = now + SQSLimit.deduplication.microseconds
        try transaction.put(key, CBOR.write(.list([.integer(end)] + rest)))
        try transaction.put(all.appending(.integer(Kind.end), .integer(end), .bytes(key.bytes)), [])
    }

    private func sweep() throws {
        let ends = all.appending(.integer(Kind.end))
        var past: [(row: Key, entry: Key)] = []
        let limit = ends.appending(.integer(now)).rangeEnd
        try transaction.scan(from: ends, to: limit, reverse: false, limit: Self.sweptPerWrite) { row, _ in
            if case .bytes(let bytes)? = try row.elements().last { past.append((row, Key(bytes: bytes))) }
            return true
        }
        for (row, entry) in past {
            // An entry put anew since has a later end, and another row for it.
            if try current(entry) == nil { try transaction.delete(entry) }
            try transaction.delete(row)
        }
    }
}

import Store

/// The order of a standard queue: by the moment from which a message can be received.
///
/// One row per message, (store, from, sent, sequence). Nothing moves when a visibility timeout or a delay ends: the row
/// lies in the range that a receive reads from then on. So a receive costs its batch, however long the queue, and idle
/// queues have no timers.
///
/// Fair queues (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html): a message
/// with a group stands at its group's virtual start instead of the time it was sent: never before the head of the
/// queue, and one step after the group's last message. So groups take turns, and a long backlog of one does not hold
/// up the others.
enum StandardLine {
    static func key(_ store: Int64, _ from: Int64, _ record: MessageRecord) -> Key {
        Key(.sqsVisible, .integer(store), .integer(from), .integer(record.sent), .integer(record.sequence))
    }

    private static func turnKey(_ store: Int64, _ group: String) -> Key { Key(.sqsGroup, .integer(store), .text(group)) }

    static func enter(_ record: MessageRecord, _ shelf: MessageShelf) throws {
        let store = shelf.queue.store
        var record = record
        if let group = record.group, record.visibleAt <= shelf.now {
            let place = try turn(of: group, shelf)
            try shelf.transaction.put(turnKey(store, group), KeyElement.integer(place).stored)
            record.visibleAt = place
            try shelf.save(record)
        }
        try shelf.transaction.put(key(store, record.visibleAt, record), [record.receives > 0 ? 1 : 0])
    }

    private static func turn(of group: String, _ shelf: MessageShelf) throws -> Int64 {
        var head = shelf.now
        let all = Key(.sqsVisible, .integer(shelf.queue.store))
        try shelf.transaction.scan(all, limit: 1) { key, _ in
            head = min(head, try place(key).from)
            return false
        }
        let last = try shelf.transaction.value(turnKey(shelf.queue.store, group)).flatMap(Int64.init(stored:))
        return min(shelf.now, max(head, last.map { $0 + 1 } ?? head))
    }

    static func leave(_ record: MessageRecord, _ shelf: MessageShelf) throws {
        try shelf.transaction.delete(key(shelf.queue.store, record.visibleAt, record))
        guard let group = record.group else { return }
        // The group's last place is worth keeping only while it lies ahead of the queue's head.
        let last = try shelf.transaction.value(turnKey(shelf.queue.store, group)).flatMap(Int64.init(stored:))
        guard let last else { return }
        let head = try headPlace(shelf)
        if last < head {
            try shelf.transaction.delete(turnKey(shelf.queue.store, group))
        }
    }

    private static func headPlace(_ shelf: MessageShelf) throws -> Int64 {
        var head = Int64.max
        try shelf.transaction.scan(Key(.sqsVisible, .integer(shelf.queue.store)), limit: 1) { key, _ in
            head = try place(key).from
            return false
        }
        return head
    }

    /// Changes when a message can be received.
    static func move(_ record: MessageRecord, to from: Int64, _ shelf: MessageShelf) throws -> MessageRecord {
        var moved = record
        try shelf.transaction.delete(key(shelf.queue.store, record.visibleAt, record))
        moved.visibleAt = from
        try shelf.transaction.put(key(shelf.queue.store, from, moved), [moved.receives > 0 ? 1 : 0])
        return moved
    }

    /// The next messages that can be received, the longest waiting first.
    static func ready(_ shelf: MessageShelf, limit: Int) throws -> [(sent: Int64, sequence: Int64)] {
        let all = Key(.sqsVisible, .integer(shelf.queue.store))
        var found: [(sent: Int64, sequence: Int64)] = []
        let end = all.appending(.integer(shelf.now)).rangeEnd
        try shelf.transaction.scan(from: all, to: end, reverse: false, limit: limit) { key, _ in
            let place = try place(key)
            found.append((place.sent, place.sequence))
            return true
        }
        return found
    }

    /// When the next message becomes visible after `now`; nil if none is on its way.
    static func next(_ store: Int64, after now: Int64, in snapshot: Snapshot) throws -> Int64? {
        let all = Key(.sqsVisible, .integer(store))
        var next: Int64?
        try snapshot.scan(from: all, to: all.rangeEnd, reverse: false, limit: 1) { key, _ in
            next = try place(key).from
            return false
        }
        if let found = next, found > now { return found }
        guard next != nil else { return nil }
        return now
    }

    /// How many messages are in flight, and how many delayed.
    static func hidden(_ store: Int64, at now: Int64, in snapshot: Snapshot) throws -> (inFlight: Int64, delayed: Int64) {
        let all = Key(.sqsVisible, .integer(store))
        var counts: (inFlight: Int64, delayed: Int64) = (0, 0)
        try snapshot.scan(from: all.appending(.integer(now)).rangeEnd, to: all.rangeEnd, reverse: false, limit: nil) { _, flag in
            if flag.first == 1 { counts.inFlight += 1 } else { counts.delayed += 1 }
            return true
        }
        return counts
    }

    private static func place(_ key: Key) throws -> (from: Int64, sent: Int64, sequence: Int64) {
        let elements = try key.elements()
        guard elements.count == 4, case .integer(let from) = elements[1], case .integer(let sent) = elements[2],
            case .integer(let sequence) = elements[3]
        else { throw StoreError.corrupt("sqsVisible key") }
        return (from, sent, sequence)
    }
}

extension KeyElement {
    /// One number as a value.
    var stored: [UInt8] {
        guard case .integer(let value) = self else { return [] }
        return withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}

extension Int64 {
    init?(stored bytes: [UInt8]) {
        guard bytes.count == 8 else { return nil }
        self = Int64(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}

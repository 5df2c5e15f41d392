import Documents
import Store

/// The order of a FIFO queue: groups that can be received from, and within each its messages in the order they came.
///
/// Rows: one per group with messages (``Group``), one that orders the groups by the moment they can next be received from,
/// and one per message, (store, group, sequence). A group with a message in flight is not ready before the last one that
/// is in flight comes back, so no message overtakes one before it.
struct FifoLine {
    /// A group's state.
    struct Group {
        /// A message that was received, and until when it is hidden. At most one receive's worth.
        struct Flight {
            var sequence: Int64
            var until: Int64
        }
        var readyAt: Int64
        var flights: [Flight] = []

        var stored: [UInt8] {
            CBOR.write(.list([.integer(readyAt)] + flights.flatMap { [.integer($0.sequence), .integer($0.until)] }))
        }

        init(readyAt: Int64) { self.readyAt = readyAt }

        init(stored bytes: [UInt8]) throws {
            guard case .list(let list) = try CBOR.parse(bytes), let readyAt = list.first?.integer, list.count % 2 == 1 else {
                throw StoreError.corrupt("sqsGroup")
            }
            self.readyAt = readyAt
            for at in stride(from: 1, to: list.count, by: 2) {
                flights.append(Flight(sequence: list[at].integer ?? 0, until: list[at + 1].integer ?? 0))
            }
        }
    }

    let shelf: MessageShelf
    private var store: Int64 { shelf.queue.store }
    private var transaction: Transaction { shelf.transaction }

    init(_ shelf: MessageShelf) { self.shelf = shelf }

    private func groupKey(_ group: String) -> Key { Key(.sqsGroup, .integer(store), .text(group)) }
    private func readyKey(_ at: Int64, _ group: String) -> Key {
        Key(.sqsGroupReady, .integer(store), .integer(at), .text(group))
    }
    private func line(_ group: String) -> Key { Key(.sqsGroupMessage, .integer(store), .text(group)) }

    func group(_ name: String) throws -> Group? { try transaction.value(groupKey(name)).map(Group.init(stored:)) }

    func enter(_ record: MessageRecord) throws {
        let name = record.group ?? ""
        try transaction.put(line(name).appending(.integer(record.sequence)), KeyElement.integer(record.sent).stored)
        if try transaction.contains(groupKey(name)) { return }
        try put(name, Group(readyAt: record.visibleAt), was: nil)
    }

    func leave(_ record: MessageRecord) throws {
        let name = record.group ?? ""
        try transaction.delete(line(name).appending(.integer(record.sequence)))
        guard let was = try group(name) else { return }
        var group = was
        group.flights.removeAll { $0.sequence == record.sequence }
        try settle(name, group, was: was.readyAt)
    }

    /// Messages of a group in order.
    func members(_ group: String, limit: Int) throws -> [(sent: Int64, sequence: Int64)] {
        var members: [(sent: Int64, sequence: Int64)] = []
        try transaction.scan(line(group), limit: limit) { key, value in
            guard case .integer(let sequence)? = try key.elements().last, let sent = Int64(stored: value) else {
                throw StoreError.corrupt("sqsGroupMessage")
            }
            members.append((sent, sequence))
            return true
        }
        return members
    }

    /// The groups that can be received from now, the longest ready first.
    func ready(limit: Int) throws -> [String] {
        let all = Key(.sqsGroupReady, .integer(store))
        var names: [String] = []
        try transaction.scan(from: all, to: all.appending(.integer(shelf.now)).rangeEnd, reverse: false, limit: limit) { key, _ in
            guard case .text(let name)? = try key.elements().last else { throw StoreError.corrupt("sqsGroupReady") }
            names.append(name)
            return true
        }
        return names
    }

    /// Sets a message's flight, or ends it where `until` has passed.
    func fly(_ record: MessageRecord, until: Int64) throws {
        let name = record.group ?? ""
        guard let was = try group(name) else { return }
        var group = was
        group.flights.removeAll { $0.sequence == record.sequence || $0.until <= shelf.now }
        if until > shelf.now { group.flights.append(Group.Flight(sequence: record.sequence, until: until)) }
        try settle(name, group, was: was.readyAt)
    }

    /// Works out anew when the group is ready.
    func settle(_ name: String, _ group: Group, was: Int64) throws {
        var group = group
        if let last = group.flights.map(\.until).max(), last > shelf.now {
            group.readyAt = last
            return try put(name, group, was: was)
        }
        group.flights = []
        guard let head = try members(name, limit: 1).first, let record = try shelf.load(head.sent, head.sequence) else {
            try transaction.delete(groupKey(name))
            return try transaction.delete(readyKey(was, name))
        }
        group.readyAt = record.visibleAt
        try put(name, group, was: was)
    }

    private func put(_ name: String, _ group: Group, was: Int64?) throws {
        if let was, was != group.readyAt { try transaction.delete(readyKey(was, name)) }
        try transaction.put(groupKey(name), group.stored)
        try transaction.put(readyKey(group.readyAt, name), [])
    }

    /// When the next group is ready; a moment up to `now` means at once.
    static func next(_ store: Int64, in snapshot: Snapshot) throws -> Int64? {
        var next: Int64?
        try snapshot.scan(Key(.sqsGroupReady, .integer(store)), limit: 1) { key, _ in
            let elements = try key.elements()
            if elements.count > 1, case .integer(let at) = elements[1] { next = at }
            return false
        }
        return next
    }

    /// How many messages are in flight.
    static func inFlight(_ store: Int64, at now: Int64, in snapshot: Snapshot) throws -> Int64 {
        var count: Int64 = 0
        let all = Key(.sqsGroupReady, .integer(store))
        try snapshot.scan(from: all.appending(.integer(now)).rangeEnd, to: all.rangeEnd, reverse: false, limit: nil) { key, _ in
            guard case .text(let name)? = try key.elements().last,
                let value = try snapshot.value(Key(.sqsGroup, .integer(store), .text(name)))
            else { return true }
            count += Int64(try Group(stored: value).flights.count { $0.until > now })
            return true
        }
        return count
    }
}

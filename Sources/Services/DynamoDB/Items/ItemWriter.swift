import Documents
import Kernel
import Store

/// Changes one item within a transaction, with all that hangs on it: counters, secondary indexes, expiry entry, stream
/// record. One change is one transaction.
struct ItemWriter {
    enum Limit {
        /// Bytes of an item by AWS's size rules.
        static let itemBytes = 400 * 1_024
    }
    let transaction: any Transaction
    var table: TableRecord
    /// Tables in which every change is made as well (``TableCache/twins(of:at:in:)``).
    var twins: [TableRecord] = []
    let platform: Platform
    let now: Timestamp
    /// The request, or what stands for it: stream records of one change get an id from it.
    var isExpiry = false
    /// Where and when the change was made, if not here and now: in another Region.
    var origin: ReplicaMark?
    /// A new replica is filled without stream records.
    var isSilent = false

    /// What is stored at a key; attributes are decoded only if asked for.
    struct Present {
        let bytes: [UInt8]
        func size() throws -> Int { try ItemCoding.size(bytes) }
    }

    func row(_ key: ItemKey) -> Key { key.row(under: TableKey.items(table.storage)) }

    func present(_ key: ItemKey) throws -> Present? { try transaction.value(row(key)).map { Present(bytes: $0) } }

    func attributes(of present: Present?) throws -> Attributes? { try present.map { try table.decode($0.bytes) } }

    /// Whether a change needs to see the old item's attributes.
    private var needsOld: Bool {
        table.stream != nil || !table.indexes.isEmpty || table.timeToLive?.isEnabled == true || table.feedsKinesis
    }

    /// Puts `item` where `old` is, or deletes that.
    /// - Parameter size: the new item's, by AWS's rules, already held to the limit.
    /// - Returns: what it cost in the indexes.
    @discardableResult
    func replace(_ old: Present?, with item: Attributes?, size: Int, at key: ItemKey) throws -> [IndexCharge] {
        let row = row(key)
        let oldItem = needsOld ? try attributes(of: old) : nil
        let encoded = item.map { ItemCoding.encode($0, size: size) }
        if let encoded, let old, try table.open(old.bytes) == encoded {
            if origin != nil { _ = try mark(row, isDeletion: false) }
            return []
        }
        if table.hasCollections, item != nil || old != nil {
            try noteCollection(from: oldItem, try old?.size() ?? 0, to: item, size, at: key)
        }
        if let encoded {
            try transaction.put(row, try table.seal(encoded, size: size))
        } else if old != nil {
            try transaction.delete(row)
        } else {
            return []
        }
        let mark = try mark(row, isDeletion: item == nil)
        if table.keepsHistory { try TableHistory.note(row, was: old?.bytes, of: table, at: now, in: transaction) }
        var tally = try TableTally.of(table, in: transaction)
        // What has no items has no entries either.
        if tally.items == 0 { tally.begin(table.indexes.lazy.filter(\.isWritten)) }
        tally.items += (item == nil ? 0 : 1) - (old == nil ? 0 : 1)
        tally.bytes += Int64(item == nil ? 0 : size) - Int64(try old?.size() ?? 0)
        let charges = try updateIndexes(from: oldItem, to: item, key: key, &tally)
        try updateExpiry(from: oldItem, to: item, key: key)
        if !isSilent, let stream = table.stream, let change = StreamChange(old: oldItem, new: item) {
            try append(change, mark, to: stream, &tally)
        }
        if table.feedsKinesis, let change = StreamChange(old: oldItem, new: item) { try enqueue(change) }
        try transaction.put(TableKey.tally(table.storage), tally.stored)
        if origin == nil { try sendToReplicas() }
        if !twins.isEmpty { try writeTwins(item, size: size, at: key) }
        return charges
    }

    // MARK: Secondary indexes

    private func updateIndexes(
        from old: Attributes?, to new: Attributes?, key: ItemKey, _ tally: inout TableTally
    ) throws -> [IndexCharge] {
        var charges: [IndexCharge] = []
        for index in table.indexes where index.isWritten {
            let oldRow = old.flatMap { table.entryKey(of: $0, in: index, itemKey: key) }
            let newRow = new.flatMap { table.entryKey(of: $0, in: index, itemKey: key) }
            var units = 0.0
            if let oldRow, oldRow != newRow, let old {
                let size = table.projected(old, by: index).itemSize
                if try hasEntry(oldRow, of: old, in: index) { tally.add(-1, -size, to: index) }
                try transaction.delete(oldRow)
                units += Capacity.writes(size)
            }
            if let newRow, let new {
                let entry = table.projected(new, by: index)
                let size = entry.itemSize
                if newRow == oldRow, let old {
                    let before = table.projected(old, by: index)
                    // What the index does not hold costs nothing there. While it is being filled, the entry may not be there.
                    if index.isActive, before.hasSameAttributes(as: entry) { continue }
                    let sizeBefore = before.itemSize
                    let isThere = try hasEntry(newRow, of: old, in: index)
                    tally.add(isThere ? 0 : 1, isThere ? size - sizeBefore : size, to: index)
                    units += Capacity.writes(max(size, sizeBefore))
                } else {
                    tally.add(1, size, to: index)
                    units += Capacity.writes(size)
                }
                try transaction.put(newRow, try table.encode(entry, size: size))
            }
            if units > 0 { charges.append(IndexCharge(index: index.number, units: units)) }
        }
        return charges
    }

    /// Whether an item that was there stands in an index: not before an index that is being filled has come to it, and not
    /// if it is older than the index and does not fit its key.
    private func hasEntry(_ row: Key, of item: Attributes, in index: IndexRecord) throws -> Bool {
        try index.isActive ? table.fits(item, index) : transaction.contains(row)
    }

    // MARK: Expiry

    private func updateExpiry(from old: Attributes?, to new: Attributes?, key: ItemKey) throws {
        guard let timeToLive = table.timeToLive, timeToLive.isEnabled else { return }
        let before = old.flatMap { timeToLive.expiry(of: $0, now: nil) }
        let after = new.flatMap { timeToLive.expiry(of: $0, now: now) }
        if let before, before != after { try transaction.delete(table.expiryRow(before, key, timeToLive)) }
        if let after { try table.noteExpiry(after, key, timeToLive, in: transaction, on: platform) }
    }
}

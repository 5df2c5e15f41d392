/// A snapshot that takes records from memory while it can, and from the first that is not there on reads all through one
/// SQLite transaction.
final class CachedView: Snapshot {
    private let readers: SQLiteReaders
    private let records: RecordCache?
    private var reading: Reading?
    /// What was taken from memory is of this generation.
    private var taken: RecordCache.Generation?
    /// The generation that the SQLite snapshot is known to be of.
    private var generation: RecordCache.Generation?
    private var isOver = false
    private var trouble: StoreError?
    /// Commits came between what was taken from memory and the rest: the body has seen a mixture.
    private(set) var isTorn = false

    private struct Torn: Error {}

    /// - Parameter records: nil to read through SQLite alone.
    init(_ readers: SQLiteReaders, _ records: RecordCache?) {
        (self.readers, self.records) = (readers, records)
    }

    /// What the engine refused; the body failed with it even if it swallowed the error.
    var failure: StoreError? { reading?.view.failure ?? trouble }

    /// No call reaches the store after this.
    func end() {
        isOver = true
        do { try reading?.end() } catch { trouble = trouble ?? error as? StoreError }
    }

    func value(_ key: Key) throws -> [UInt8]? {
        if isOver { throw StoreError.closed }
        if reading == nil, let known = records?.value(key) {
            try agree(known.at, known.at)
            taken = known.at
            return known.value
        }
        let value = try snapshot { try $0.value(key) }
        if let generation { records?.keep(key, value, at: generation) }
        return value
    }

    func scan(from begin: Key, to end: Key, reverse: Bool, limit: Int?, _ visit: (Key, [UInt8]) throws -> Bool) throws {
        if isOver { throw StoreError.closed }
        // Only a look that is short shows whether the snapshot agrees with what was taken before.
        if reading == nil, taken != nil { _ = try snapshot { try $0.value(begin) } }
        try snapshot { try $0.scan(from: begin, to: end, reverse: reverse, limit: limit, visit) }
    }

    /// Reads through SQLite, which takes its snapshot at the first look.
    private func snapshot<Result>(_ read: (SQLiteView) throws -> Result) throws -> Result {
        if isTorn { throw Torn() }
        if let trouble { throw trouble }
        if let reading { return try read(reading.view) }
        let before = records?.generation
        let opened = try open()
        let result = try read(opened.view)
        guard let before, let after = records?.generation else { return result }
        try agree(before, after)
        if before == after, before.isMultiple(of: 2) { generation = before }
        return result
    }

    private func open() throws -> Reading {
        do {
            let opened = try Reading(readers)
            reading = opened
            return opened
        } catch {
            trouble = error as? StoreError
            throw error
        }
    }

    /// - Throws: if what was taken before is of another generation than these.
    private func agree(_ before: RecordCache.Generation, _ after: RecordCache.Generation) throws {
        guard let taken, taken != before || taken != after else { return }
        isTorn = true
        throw Torn()
    }
}

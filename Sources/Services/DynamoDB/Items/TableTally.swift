import Store

/// What a table counts in each write's own transaction: its items, their bytes, its stream's last sequence number, and the
/// entries of its indexes.
struct TableTally: Equatable {
    struct Count: Equatable {
        var items: Int64 = 0
        var bytes: Int64 = 0
    }
    var items: Int64 = 0
    var bytes: Int64 = 0
    var sequence: Int64 = 0
    /// A timer to trim the stream is set.
    var isTrimming = false
    /// By the index's number. An index that had entries before indexes were counted is not in it.
    private var indexes: [Int64: Count] = [:]

    private static let version: UInt8 = 2
    /// The version without indexes, which tables without them still have.
    private static let plainVersion: UInt8 = 1
    private static let plainBytes = 26
    private static let indexBytes = 24

    /// Fixed-width: it is read and written with every item.
    var stored: [UInt8] {
        var bytes: [UInt8] = [indexes.isEmpty ? Self.plainVersion : Self.version]
        func append(_ value: Int64) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
        for value in [items, self.bytes, sequence] { append(value) }
        bytes.append(isTrimming ? 1 : 0)
        for (number, count) in indexes {
            for value in [number, count.items, count.bytes] { append(value) }
        }
        return bytes
    }

    init() {}

    init(stored bytes: [UInt8]) throws {
        guard let version = bytes.first else { throw StoreError.corrupt("tally") }
        guard version <= Self.version else { throw StoreError.newer(type: "TableTally", tag: version) }
        let more = bytes.count - Self.plainBytes
        guard version == Self.plainVersion ? more == 0 : more >= 0 && more.isMultiple(of: Self.indexBytes) else {
            throw StoreError.corrupt("tally")
        }
        func value(_ start: Int) -> Int64 { bytes[start..<start + 8].reduce(Int64(0)) { $0 << 8 | Int64($1) } }
        (items, self.bytes, sequence, isTrimming) = (value(1), value(9), value(17), bytes[25] == 1)
        for start in stride(from: Self.plainBytes, to: bytes.count, by: Self.indexBytes) {
            indexes[value(start)] = Count(items: value(start + 8), bytes: value(start + 16))
        }
    }

    /// What an index has; nil where nobody has counted it from its first entry on.
    func count(of index: IndexRecord) -> Count? { indexes[index.number] ?? (items == 0 ? Count() : nil) }

    /// Notes entries that come into an index or leave it.
    mutating func add(_ items: Int64, _ bytes: Int, to index: IndexRecord) {
        guard var count = indexes[index.number] else { return }
        count.items += items
        count.bytes += Int64(bytes)
        indexes[index.number] = count
    }

    /// Begins to count indexes that have no entries.
    mutating func begin(_ begun: some Sequence<IndexRecord>) {
        for index in begun { indexes[index.number] = Count() }
    }

    mutating func forget(_ number: Int64) { indexes[number] = nil }

    /// Changes a table's tally, and writes it where that made a difference.
    static func change(
        of table: TableRecord, in transaction: any Transaction, _ body: (inout TableTally) throws -> Void
    ) throws {
        let before = try of(table, in: transaction)
        var tally = before
        try body(&tally)
        if tally != before { try transaction.put(TableKey.tally(table.storage), tally.stored) }
    }

    static func of(_ table: TableRecord, in snapshot: any Snapshot) throws -> TableTally {
        try snapshot.value(TableKey.tally(table.storage)).map { try TableTally(stored: $0) } ?? TableTally()
    }
}

import Store

/// What a table counts in each write's own transaction: its items, their bytes, and its stream's last sequence number.
struct TableTally: Equatable {
    var items: Int64 = 0
    var bytes: Int64 = 0
    var sequence: Int64 = 0
    /// A timer to trim the stream is set.
    var isTrimming = false

    private static let version: UInt8 = 1

    /// Fixed-width: it is read and written with every item.
    var stored: [UInt8] {
        var bytes: [UInt8] = [Self.version]
        for value in [items, self.bytes, sequence] { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
        bytes.append(isTrimming ? 1 : 0)
        return bytes
    }

    init() {}

    init(stored bytes: [UInt8]) throws {
        guard let version = bytes.first else { throw StoreError.corrupt("tally") }
        guard version <= Self.version else { throw StoreError.newer(type: "TableTally", tag: version) }
        guard bytes.count == 26 else { throw StoreError.corrupt("tally") }
        func value(_ start: Int) -> Int64 { bytes[start..<start + 8].reduce(Int64(0)) { $0 << 8 | Int64($1) } }
        (items, self.bytes, sequence, isTrimming) = (value(1), value(9), value(17), bytes[25] == 1)
    }

    static func of(_ table: TableRecord, in snapshot: any Snapshot) throws -> TableTally {
        try snapshot.value(TableKey.tally(table.storage)).map { try TableTally(stored: $0) } ?? TableTally()
    }
}

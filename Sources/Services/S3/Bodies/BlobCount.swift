import Store

/// How many objects and parts refer to a blob. A blob whose count falls to zero becomes garbage in the same transaction;
/// its file goes after the commit.
enum BlobCount {
    static func key(_ id: BlobID) -> Key { Key(.s3Blob, .text(id.text)) }
    static func garbageKey(_ id: BlobID) -> Key { Key(.s3Garbage, .text(id.text)) }

    private static let tag: UInt8 = 1

    static func read(_ id: BlobID, in snapshot: Snapshot) throws -> Int64? {
        guard let bytes = try snapshot.value(key(id)) else { return nil }
        var reader = try FieldReader(bytes, tag: tag, type: "BlobCount")
        return try reader.next()?.value.integer("BlobCount")
    }

    /// One more reference; the first makes the row.
    static func retain(_ id: BlobID, in transaction: Transaction) throws {
        try write((try read(id, in: transaction) ?? 0) + 1, id, transaction)
    }

    static func release(_ id: BlobID, in transaction: Transaction) throws {
        guard let count = try read(id, in: transaction) else { throw StoreError.corrupt("blob \(id) has no count") }
        if count > 1 { return try write(count - 1, id, transaction) }
        try transaction.delete(key(id))
        try transaction.put(garbageKey(id), [tag])
    }

    private static func write(_ count: Int64, _ id: BlobID, _ transaction: Transaction) throws {
        var writer = FieldWriter(tag: tag)
        writer.integer(1, count)
        try transaction.put(key(id), writer.bytes)
    }
}

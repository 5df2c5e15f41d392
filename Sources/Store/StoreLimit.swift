/// What a store takes. Larger things have other homes: object bytes are blobs, event streams are logs.
public enum StoreLimit {
    /// Bytes of a key: room for DynamoDB's longest (2,048 + 1,024) with every byte escaped, and for S3's 1,024.
    public static let keySize = 16 << 10
    /// Bytes of a value.
    public static let valueSize = 16 << 20
    /// Rows of one transaction of ``KeyValueStore/deleteAll(_:)``.
    public static let deletedAtOnce = 100
}

/// The version of the data directory's format, written at ``key`` when a store is made.
public enum StoreFormat {
    /// Raised when an older Tarn can no longer read the store.
    public static let version: UInt8 = 1
    public static let key = Key(.meta, "format")

    /// Checks the row of an existing store, or writes that of a new one.
    /// - Throws: ``StoreError/newer(type:tag:)``, ``StoreError/corrupt(_:)``.
    static func claim(_ transaction: Transaction) throws {
        guard let row = try transaction.value(key) else { return try transaction.put(key, [version]) }
        guard let found = row.first, row.count == 1, found > 0 else { throw StoreError.corrupt("format version") }
        guard found <= version else { throw StoreError.newer(type: "store", tag: found) }
    }
}

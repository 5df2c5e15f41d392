import Documents

/// The CRC-32C that records of logs carry.
enum CRC32C {
    /// - Parameter start: the sum of the bytes before these.
    static func sum(_ bytes: UnsafeRawBufferPointer, from start: UInt32 = 0) -> UInt32 {
        UInt32(truncatingIfNeeded: CRC.crc32c.update(UInt64(start), bytes))
    }
}

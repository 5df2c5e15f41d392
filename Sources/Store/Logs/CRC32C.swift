/// CRC-32C (Castagnoli, RFC 3720 B.4), eight bytes at a time by table.
enum CRC32C {
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<8 * 256 {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()

    /// - Parameter start: the sum of the bytes before these.
    static func sum(_ bytes: UnsafeRawBufferPointer, from start: UInt32 = 0) -> UInt32 {
        var sum = ~start
        tables.withUnsafeBufferPointer { table in
            var position = 0
            while position + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) ^ UInt64(sum)
                sum = 0
                for index in 0..<8 { sum ^= table[(7 - index) * 256 + Int(word >> UInt64(8 * index) & 0xFF)] }
                position += 8
            }
            while position < bytes.count {
                sum = sum >> 8 ^ table[Int((sum ^ UInt32(bytes[position])) & 0xFF)]
                position += 1
            }
        }
        return ~sum
    }
}

import Testing

@testable import Documents

@Suite struct CRCTests {
    /// Each way to compute it, at lengths where one gives way to the next, against one bit at a time.
    @Test(arguments: Array(0...160) + [1_023, 32_767, 32_768, 70_001]) func agreesWithOneBitAtATime(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ $0 >> 8) }
        for kind in [CRC.crc32, .crc32c, .crc64nvme] {
            let mask: UInt64 = kind.width == 64 ? .max : 1 << UInt64(kind.width) - 1
            var value: UInt64 = 0x1234 ^ mask
            for byte in bytes {
                value ^= UInt64(byte)
                for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ kind.polynomial : value >> 1 }
            }
            for folding in [false, CRC.canFold] {
                #expect(bytes.withUnsafeBytes { kind.update(0x1234, $0, folding: folding) } == value ^ mask)
            }
        }
    }
}

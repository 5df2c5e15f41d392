import CCarryless

/// A reflected cyclic redundancy check of up to 64 bits: folded by carry-less multiplication where the processor has it,
/// otherwise eight bytes at a step ("slicing by 8"), long inputs in four lanes side by side.
///
/// Parameters: the catalogue at https://reveng.sourceforge.io/crc-catalogue/ (CRC-32/ISO-HDLC, CRC-32/ISCSI,
/// CRC-64/NVME); all three start with and are finished by inverting every bit.
public struct CRC: Sendable {
    /// Bits of a check value: 32 or 64.
    public let width: Int
    /// The polynomial with its bits mirrored.
    public let polynomial: UInt64
    private let tables: [UInt64]
    /// What moves a check value along by one lane.
    private let laneShift: UInt64
    /// What moves a folded sum past 64 bytes and past 16: for its first half and for its second.
    private let folds: [UInt64]
    static let canFold = tarn_has_carryless() != 0

    public static let crc32 = CRC(width: 32, polynomial: 0xEDB8_8320)
    public static let crc32c = CRC(width: 32, polynomial: 0x82F6_3B78)
    public static let crc64nvme = CRC(width: 64, polynomial: 0x9A6C_9329_AC4B_C9B5)

    private init(width: Int, polynomial: UInt64) {
        (self.width, self.polynomial) = (width, polynomial)
        var tables = [UInt64](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt64(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
            tables[byte] = value
        }
        for slice in 1..<8 {
            for byte in 0..<256 {
                let before = tables[(slice - 1) * 256 + byte]
                tables[slice * 256 + byte] = before >> 8 ^ tables[Int(before & 0xFF)]
            }
        }
        self.tables = tables
        laneShift = Self.power(UInt64(Self.lane) * 8, width, polynomial)
        // One power less than the distance: a product of mirrored halves stands one bit too low. Mirrored in 64 bits.
        folds = [512 + 63, 512 - 1, 128 + 63, 128 - 1].map {
            Self.power($0, width, polynomial) << UInt64(64 - width)
        }
    }

    private var mask: UInt64 { width == 64 ? .max : (1 << UInt64(width)) - 1 }

    /// The check value of `bytes` behind what gave `crc`; 0 to begin with.
    public func update(_ crc: UInt64, _ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { update(crc, $0) } }

    public func update(_ crc: UInt64, _ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.withUnsafeBytes { update(crc, $0) } }

    public func update(_ crc: UInt64, _ input: UnsafeRawBufferPointer) -> UInt64 {
        update(crc, input, folding: Self.canFold)
    }

    /// - Parameter folding: whether the processor may fold, which it must be able to.
    func update(_ crc: UInt64, _ input: UnsafeRawBufferPointer, folding: Bool) -> UInt64 {
        tables.withUnsafeBufferPointer { table in
            var value = crc ^ mask
            var index = 0
            if folding, input.count >= Self.foldedMin, let start = input.baseAddress {
                index = input.count & ~15
                value = fold(start.assumingMemoryBound(to: UInt8.self), index, value, table)
            }
            while input.count - index >= 4 * Self.lane {
                value = fourLanes(value, input, index, table)
                index += 4 * Self.lane
            }
            while index + 8 <= input.count {
                value = Self.step(value, input, index, table)
                index += 8
            }
            while index < input.count {
                value = value >> 8 ^ table[Int((value ^ UInt64(input[index])) & 0xFF)]
                index += 1
            }
            return value ^ mask
        }
    }

    /// Below this, folding gains nothing.
    private static let foldedMin = 64

    private func fold(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ value: UInt64, _ table: UnsafeBufferPointer<UInt64>
    ) -> UInt64 {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2) { folded in
            tarn_fold(bytes, count, value, folds, folded.baseAddress)
            let rest = UnsafeRawBufferPointer(folded)
            return Self.step(Self.step(0, rest, 0, table), rest, 8, table)
        }
    }

    /// Bytes of each of four neighbours that are checked side by side: a step waits for the one before it, so the
    /// processor has time for three others.
    private static let lane = 8 << 10

    private func fourLanes(
        _ value: UInt64, _ input: UnsafeRawBufferPointer, _ start: Int, _ table: UnsafeBufferPointer<UInt64>
    ) -> UInt64 {
        var (first, second, third, fourth) = (value, UInt64(0), UInt64(0), UInt64(0))
        for index in stride(from: start, to: start + Self.lane, by: 8) {
            first = Self.step(first, input, index, table)
            second = Self.step(second, input, index + Self.lane, table)
            third = Self.step(third, input, index + 2 * Self.lane, table)
            fourth = Self.step(fourth, input, index + 3 * Self.lane, table)
        }
        // Each is moved along by the lanes that follow it.
        return multiply(multiply(multiply(first, laneShift) ^ second, laneShift) ^ third, laneShift) ^ fourth
    }

    @inline(__always)
    private static func step(
        _ value: UInt64, _ input: UnsafeRawBufferPointer, _ index: Int, _ table: UnsafeBufferPointer<UInt64>
    ) -> UInt64 {
        let word = value ^ UInt64(littleEndian: input.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        let low = table[1792 + Int(word & 0xFF)] ^ table[1536 + Int(word >> 8 & 0xFF)]
        let middle = table[1280 + Int(word >> 16 & 0xFF)] ^ table[1024 + Int(word >> 24 & 0xFF)]
        let upper = table[768 + Int(word >> 32 & 0xFF)] ^ table[512 + Int(word >> 40 & 0xFF)]
        let top = table[256 + Int(word >> 48 & 0xFF)] ^ table[Int(word >> 56)]
        return low ^ middle ^ upper ^ top
    }

    /// The check value of two byte strings put together, from theirs: the first is moved `length` zero bytes along,
    /// which multiplies it by x^(8 * length) modulo the polynomial.
    public func combine(_ first: UInt64, _ second: UInt64, length: Int64) -> UInt64 {
        multiply(first, power(UInt64(length) * 8)) ^ second
    }

    private func power(_ exponent: UInt64) -> UInt64 { Self.power(exponent, width, polynomial) }

    /// x to the `exponent`, modulo the polynomial.
    private static func power(_ exponent: UInt64, _ width: Int, _ polynomial: UInt64) -> UInt64 {
        // The polynomial 1 in mirrored bits.
        var result: UInt64 = 1 << UInt64(width - 1)
        var square = result >> 1
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(result, square, width, polynomial) }
            square = multiply(square, square, width, polynomial)
            rest >>= 1
        }
        return result
    }

    private func multiply(_ left: UInt64, _ right: UInt64) -> UInt64 { Self.multiply(left, right, width, polynomial) }

    private static func multiply(_ left: UInt64, _ right: UInt64, _ width: Int, _ polynomial: UInt64) -> UInt64 {
        var product: UInt64 = 0
        var shifted = right
        // No branches: the bits are as good as random.
        for bit in (0..<UInt64(width)).reversed() {
            product ^= shifted & (0 &- (left >> bit & 1))
            shifted = shifted >> 1 ^ polynomial & (0 &- (shifted & 1))
        }
        return product
    }
}

import Documents

/// Snappy (https://github.com/google/snappy/blob/main/format_description.txt), its stream framing and Hadoop's blocks.
enum Snappy {
    private enum Size {
        /// What one block of the framing holds, and what Hadoop's codec puts into one of its own.
        static let frame = 65_536
        static let hadoopBlock = 256 << 10
        static let hashBits = 14
    }

    /// https://github.com/google/snappy/blob/main/framing_format.txt
    static func framed(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = [0xFF, 0x06, 0x00, 0x00] + Array("sNaPpY".utf8)
        var start = 0
        while start < bytes.count {
            let end = min(start + Size.frame, bytes.count)
            let packed = block(bytes[start..<end])
            // A block that does not shrink goes as it is.
            let isSmaller = packed.count < end - start
            let body = isSmaller ? packed : Array(bytes[start..<end])
            let length = body.count + 4
            output += [isSmaller ? 0x00 : 0x01]
            output += (0..<3).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
            let sum = masked(crc32c(bytes[start..<end]))
            output += (0..<4).map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) }
            output += body
            start = end
        }
        return output
    }

    /// Hadoop's BlockCompressorStream: the length before, then the length after and one block; big-endian.
    static func hadoop(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + Size.hadoopBlock, bytes.count)
            let packed = block(bytes[start..<end])
            for length in [end - start, packed.count] {
                output += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
            }
            output += packed
            start = end
        }
        return output
    }

    /// One block: the length and then literals and copies, found by a table of four-byte hashes.
    static func block(_ input: ArraySlice<UInt8>) -> [UInt8] {
        let bytes = Array(input)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count / 2 + 16)
        var length = UInt32(bytes.count)
        while length >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        output.append(UInt8(length))
        // Offsets of copies have two bytes: so a stretch of 64 KiB at a time.
        var start = 0
        while start < bytes.count {
            let end = min(start + Size.frame, bytes.count)
            bytes.withUnsafeBufferPointer { pack($0, start, end, into: &output) }
            start = end
        }
        return output
    }

    private static func pack(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, into output: inout [UInt8]) {
        var table = [Int32](repeating: -1, count: 1 << Size.hashBits)
        func word(_ at: Int) -> UInt32 {
            UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
        }
        var (literal, at) = (start, start)
        while at + 4 <= end {
            let present = word(at)
            let slot = Int((present &* 0x1E35_A7BD) >> UInt32(32 - Size.hashBits))
            let candidate = Int(table[slot])
            table[slot] = Int32(at - start)
            guard candidate >= 0, word(start + candidate) == present else {
                at += 1
                continue
            }
            var length = 4
            while at + length < end, bytes[start + candidate + length] == bytes[at + length] { length += 1 }
            appendLiteral(bytes, literal, at, to: &output)
            appendCopies(offset: at - start - candidate, length: length, to: &output)
            at += length
            literal = at
        }
        appendLiteral(bytes, literal, end, to: &output)
    }

    private static func appendLiteral(_ bytes: UnsafeBufferPointer<UInt8>, _ from: Int, _ to: Int, to output: inout [UInt8]) {
        guard to > from else { return }
        let length = to - from - 1
        if length < 60 {
            output.append(UInt8(length << 2))
        } else if length < 256 {
            output += [60 << 2, UInt8(length)]
        } else {
            output += [61 << 2, UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8)]
        }
        output.append(contentsOf: bytes[from..<to])
    }

    private static func appendCopies(offset: Int, length: Int, to output: inout [UInt8]) {
        var left = length
        while left > 0 {
            // A copy with a two-byte offset takes any length up to 64.
            let piece = min(left, 64)
            output += [UInt8((piece - 1) << 2 | 2), UInt8(truncatingIfNeeded: offset), UInt8(truncatingIfNeeded: offset >> 8)]
            left -= piece
        }
    }

    static func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 { UInt32(truncatingIfNeeded: CRC.crc32c.update(0, bytes)) }

    private static func masked(_ sum: UInt32) -> UInt32 { (sum >> 15 | sum << 17) &+ 0xA282_EAD8 }
}

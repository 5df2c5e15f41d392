import Crypto
import Documents

/// A checksum that S3 clients send with an object (`x-amz-checksum-*`).
struct Checksum: Sendable {
    enum Algorithm: String, Sendable, CaseIterable {
        case crc32, crc32c, crc64nvme, sha1, sha256

        /// `x-amz-checksum-crc32`
        init?(field: some StringProtocol) {
            guard field.hasPrefix("x-amz-checksum-") else { return nil }
            self.init(rawValue: String(field.dropFirst("x-amz-checksum-".count)))
        }
    }

    private enum State {
        case crc32(UInt32)
        case crc32c(UInt32)
        case crc64(UInt64)
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
    }

    let algorithm: Algorithm
    private var state: State

    init(_ algorithm: Algorithm) {
        self.algorithm = algorithm
        state =
            switch algorithm {
            case .crc32: .crc32(.max)
            case .crc32c: .crc32c(.max)
            case .crc64nvme: .crc64(.max)
            case .sha1: .sha1(Insecure.SHA1())
            case .sha256: .sha256(SHA256())
            }
    }

    mutating func update(_ bytes: ArraySlice<UInt8>) {
        switch state {
        case .crc32(let value): state = .crc32(CRC.update(value, bytes, CRC.ieee))
        case .crc32c(let value): state = .crc32c(CRC.update(value, bytes, CRC.castagnoli))
        case .crc64(let value): state = .crc64(CRC.update(value, bytes, CRC.nvme))
        case .sha1(var hash):
            hash.update(data: bytes)
            state = .sha1(hash)
        case .sha256(var hash):
            hash.update(data: bytes)
            state = .sha256(hash)
        }
    }

    /// Big-endian, as it goes into base64.
    var bytes: [UInt8] {
        switch state {
        case .crc32(let value), .crc32c(let value): withUnsafeBytes(of: (~value).bigEndian, Array.init)
        case .crc64(let value): withUnsafeBytes(of: (~value).bigEndian, Array.init)
        case .sha1(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        }
    }
}

/// Cyclic redundancy checks, eight bytes a step by tables ("slicing by 8").
enum CRC {
    static let ieee = tables(UInt32(0xEDB8_8320))
    static let castagnoli = tables(UInt32(0x82F6_3B78))
    /// NVMe's, reflected: https://nvmexpress.org, section 5.2.1.3.4 of its NVM command set.
    static let nvme = tables(UInt64(0x9A6C_9329_AC4B_C9B5))

    /// - Parameter polynomial: reflected.
    private static func tables<Word: FixedWidthInteger & UnsignedInteger>(_ polynomial: Word) -> [Word] {
        var tables = [Word](repeating: 0, count: 8 * 256)
        for index in 0..<256 {
            var value = Word(index)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
            tables[index] = value
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }

    static func update<Word: FixedWidthInteger & UnsignedInteger>(
        _ start: Word, _ bytes: ArraySlice<UInt8>, _ tables: [Word]
    ) -> Word {
        bytes.withUnsafeBytes { bytes in
            tables.withUnsafeBufferPointer { table in
                var (value, index) = (start, 0)
                while index + 8 <= bytes.count {
                    let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(value)
                    var next: Word = 0
                    for step in 0..<8 {
                        next ^= table[(7 - step) << 8 | Int(truncatingIfNeeded: word >> UInt64(step * 8)) & 0xFF]
                    }
                    value = next
                    index += 8
                }
                while index < bytes.count {
                    value = value >> 8 ^ table[Int(truncatingIfNeeded: value & 0xFF) ^ Int(bytes[index])]
                    index += 1
                }
                return value
            }
        }
    }

    static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 { ~update(.max, bytes, ieee) }
}

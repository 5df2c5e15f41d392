extension String {
    /// As `utf8.allSatisfy`, without asking for each byte where the text lies.
    @inlinable @inline(__always)
    public func allBytes(_ test: (UInt8) -> Bool) -> Bool {
        utf8.withContiguousStorageIfAvailable { $0.allSatisfy(test) } ?? utf8.allSatisfy(test)
    }

    /// The text that bytes are.
    /// - Returns: nil if they are not UTF-8.
    init?(validUTF8 bytes: UnsafeBufferPointer<UInt8>) {
        // Which decoding could repair, ASCII is not in need of.
        if bytes.isASCII {
            self.init(decoding: bytes, as: UTF8.self)
        } else {
            self.init(validating: bytes, as: UTF8.self)
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether no byte has its highest bit set: eight bytes at a time.
    var isASCII: Bool {
        let raw = UnsafeRawBufferPointer(self)
        var (seen, place): (UInt64, Int) = (0, 0)
        while place + 8 <= raw.count {
            seen |= raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            place += 8
        }
        while place < raw.count {
            seen |= UInt64(raw[place])
            place += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }
}

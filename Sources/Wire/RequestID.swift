/// Identifiers of requests, made often and so without detours.
enum RequestID {
    private static let digits = Array("0123456789abcdef".utf8)
    private static let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// A version 4 UUID in lower case.
    static func uuid() -> String {
        var generator = SystemRandomNumberGenerator()
        let high: UInt64 = generator.next() & ~0xF000 | 0x4000
        let low: UInt64 = generator.next() >> 2 | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var at = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[at] = UInt8(ascii: "-")
                    at += 1
                }
                let word = index < 16 ? high : low
                buffer[at] = digits[Int(word >> UInt64(60 - index % 16 * 4) & 15)]
                at += 1
            }
            return 36
        }
    }

    /// Sixteen characters, the form of S3's.
    static func ofS3() -> String {
        var generator = SystemRandomNumberGenerator()
        let (high, low): (UInt64, UInt64) = (generator.next(), generator.next())
        return String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 { buffer[index] = letters[Int((index < 8 ? high : low) >> UInt64(index % 8 * 5) & 31)] }
            return 16
        }
    }
}

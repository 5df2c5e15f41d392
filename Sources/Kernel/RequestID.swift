import Documents

/// Identifiers from the system's random source.
public enum Identifier {
    /// S3's second id of a request tells its people which machine answered.
    public static let host = Base64.string(random(56))

    /// A version 4 UUID in lower case, the form of most services' request ids.
    public static func uuid() -> String {
        var generator = SystemRandomNumberGenerator()
        return uuid(generator.next(), generator.next())
    }

    /// The version 4 UUID of 122 of these 128 bits.
    public static func uuid(_ first: UInt64, _ second: UInt64) -> String {
        let high = first & ~0xF000 | 0x4000
        let low = second >> 2 | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var place = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[place] = UInt8(ascii: "-")
                    place += 1
                }
                let word = index < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 15
                buffer[place] = digit < 10 ? 48 + digit : 87 + digit
                place += 1
            }
            return 36
        }
    }

    public static func random(_ count: Int) -> [UInt8] {
        // Eight bytes at a time: each `next()` asks the kernel.
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0.prefix(count - bytes.count)) }
        }
        return bytes
    }

    /// `count` upper-case letters and digits, as in access key and principal ids.
    public static func code(_ count: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        return String(random(count).map { alphabet[Int($0 & 31)] })
    }
}

import Documents

/// Identifiers from the system's random source.
public enum Identifier {
    /// A version 4 UUID in lower case, the form of most services' request ids.
    public static func uuid() -> String {
        var bytes = random(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let text = Hex.encode(bytes)
        let cuts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
        let characters = Array(text)
        return cuts.map { String(characters[$0.0..<$0.1]) }.joined(separator: "-")
    }

    public static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// `count` upper-case letters and digits, as in access key and principal ids.
    public static func code(_ count: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        return String(random(count).map { alphabet[Int($0 & 31)] })
    }
}

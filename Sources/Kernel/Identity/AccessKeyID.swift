import Documents

/// The ids of access keys: a prefix that tells the kind, and sixteen letters of base32 (RFC 4648) whose first six bytes hold
/// the account, as AWS's do. So a key tells whose it is without a record.
public enum AccessKeyID {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    /// Set in every id that holds an account.
    private static let mark: UInt64 = 1 << 47
    private static let accountShift: UInt64 = 7

    /// - Parameter prefix: `AKIA` for long-term keys, `ASIA` for temporary ones.
    public static func make(_ prefix: String, account: String) -> String {
        let random = Identifier.random(5)
        let low = UInt64(random[4] & 0x7F)
        let head = mark | (UInt64(account) ?? 0) << accountShift | low
        let bytes = (0..<6).map { UInt8(truncatingIfNeeded: head >> UInt64(40 - 8 * $0)) } + random.prefix(4)
        var (bits, count): (UInt32, Int) = (0, 0)
        var text: [UInt8] = []
        for byte in bytes {
            (bits, count) = (bits << 8 | UInt32(byte), count + 8)
            while count >= 5 {
                text.append(letters[Int(bits >> UInt32(count - 5)) & 31])
                count -= 5
            }
        }
        return prefix + String(decoding: text, as: UTF8.self)
    }

    /// The account in an id, twelve digits; nil for one that holds none.
    public static func account(of id: String) -> String? {
        let body = Array(id.utf8.dropFirst(4))
        guard id.utf8.count == 20 else { return nil }
        var head: UInt64 = 0
        for letter in body.prefix(10) {
            guard let value = letters.firstIndex(of: letter) else { return nil }
            head = head << 5 | UInt64(value)
        }
        head >>= 2
        guard head & mark != 0 else { return nil }
        let digits = String((head & (mark - 1)) >> accountShift)
        return digits.utf8.count > 12 ? nil : String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }
}

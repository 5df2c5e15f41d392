/// Numbers as the messaging services take them in message attributes of type `Number`.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html: up to 38 digits, between
/// 10^-128 and 10^126, of either sign.
public enum DecimalText {
    private static let digitsMax = 38
    private static let exponents = -128...126

    /// Whether a text is such a number. What `Double` reads besides decimals (`nan`, `inf`, hexadecimals) is none.
    public static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        if let sign = rest.first, sign == "-" || sign == "+" { rest.removeFirst() }
        let mantissa = rest.prefix { $0 != "e" && $0 != "E" }
        guard let exponent = exponent(rest.dropFirst(mantissa.count)) else { return false }
        let parts = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }), parts.contains(where: { !$0.isEmpty })
        else {
            return false
        }
        let fraction = parts.count == 2 ? parts[1] : ""
        let digits = (parts[0] + fraction).drop { $0 == "0" }
        let significant = digits.count - digits.reversed().prefix { $0 == "0" }.count
        guard significant > 0 else { return true }
        // The power of ten of the first digit that counts.
        let magnitude = digits.count - 1 - fraction.count + exponent
        return significant <= digitsMax && exponents.contains(magnitude)
    }

    /// What stands behind the mantissa: nothing, or `e` and a whole number. Nil when it is neither.
    private static func exponent(_ text: Substring) -> Int? {
        text.isEmpty ? 0 : Int(text.dropFirst()).flatMap { (-10_000...10_000).contains($0) ? $0 : nil }
    }
}

extension Number {
    /// Reads `-12.5e3` and the like: a sign, digits with at most one point, an exponent.
    /// - Throws: the fault with AWS's message for text that is no number, too precise, too large or too small.
    init(text: String) throws(DynamoDBFault) {
        var (coefficient, zeros, digits, fraction): (UInt128, Int, Int, Int) = (0, 0, 0, 0)
        var (negative, sawDigit, sawPoint, isTooPrecise) = (false, false, false, false)
        var exponentText: Substring.UTF8View?
        let bytes = text.utf8
        var index = bytes.startIndex
        if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            negative = first == UInt8(ascii: "-")
            index = bytes.index(after: index)
        }
        scan: while index < bytes.endIndex {
            let byte = bytes[index]
            index = bytes.index(after: index)
            switch byte {
            case UInt8(ascii: "0"):
                sawDigit = true
                if sawPoint { fraction += 1 }
                if coefficient != 0 { zeros += 1 }
            case UInt8(ascii: "1")...UInt8(ascii: "9"):
                sawDigit = true
                if sawPoint { fraction += 1 }
                let width = zeros + 1
                if digits + width <= Limit.digits {
                    coefficient = coefficient * Number.powers[width] + UInt128(byte - UInt8(ascii: "0"))
                    digits += width
                } else {
                    isTooPrecise = true
                }
                zeros = 0
            case UInt8(ascii: ".") where !sawPoint: sawPoint = true
            case UInt8(ascii: "e") where sawDigit, UInt8(ascii: "E") where sawDigit:
                exponentText = bytes[index...]
                break scan
            default: throw .notANumber(text)
            }
        }
        guard sawDigit else { throw .notANumber(text) }
        var exponent = 0
        if let exponentText {
            guard let value = Self.exponent(exponentText) else { throw .notANumber(text) }
            exponent = value
        }
        guard !isTooPrecise else { throw .tooManyDigits }
        try self.init(negative: negative, coefficient, exponent: exponent - fraction + zeros)
    }

    /// A signed integer; what is beyond any exponent in range is cut to a million.
    private static func exponent(_ bytes: Substring.UTF8View) -> Int? {
        var rest = bytes
        var sign = 1
        if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            sign = first == UInt8(ascii: "-") ? -1 : 1
            rest = rest.dropFirst()
        }
        guard !rest.isEmpty else { return nil }
        var value = 0
        for byte in rest {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = min(value * 10 + Int(byte - UInt8(ascii: "0")), 1_000_000)
        }
        return sign * value
    }

    /// Plain decimal notation without superfluous zeros, as DynamoDB answers.
    var text: String {
        if coefficient == 0 { return "0" }
        let digits = UInt64(exactly: coefficient).map { String($0) } ?? String(coefficient)
        let sign = isNegative ? "-" : ""
        if exponent >= 0 { return sign + digits + String(repeating: "0", count: exponent) }
        let count = digits.utf8.count
        if count > -exponent { return sign + digits.prefix(count + exponent) + "." + digits.suffix(-exponent) }
        return sign + "0." + String(repeating: "0", count: -exponent - count) + digits
    }
}

extension Number {
    private enum Lead {
        static let negative: UInt8 = 0x7F, zero: UInt8 = 0x80, positive: UInt8 = 0x81
    }

    /// Bytes that sort as the numbers do: the sign, the exponent, then two digits a byte. All bytes of a negative are
    /// turned round, with an end mark above them, so that more digits sort earlier.
    var orderedBytes: [UInt8] {
        if coefficient == 0 { return [Lead.zero] }
        let exponentByte = UInt8(exponent + digitCount - 1 - Limit.exponents.lowerBound)
        var bytes = [isNegative ? Lead.negative : Lead.positive, isNegative ? ~exponentByte : exponentByte]
        var rest = coefficient * Self.powers[Limit.digits - digitCount]
        var pairs: [UInt8] = []
        for _ in 0..<Limit.digits / 2 {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 100)
            pairs.append(UInt8(remainder))
            rest = quotient
        }
        let significant = pairs.reversed().prefix((digitCount + 1) / 2)
        bytes.append(contentsOf: significant.map { isNegative ? 101 - $0 : $0 + 1 })
        if isNegative { bytes.append(0xFF) }
        return bytes
    }
}

import Testing

@testable import DynamoDB

/// A number as plain digits around a point, for comparing without the type under test.
private func plain(_ text: String) -> (negative: Bool, whole: String, fraction: String) {
    let negative = text.hasPrefix("-")
    let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    return (negative, String(parts[0].drop { $0 == "0" }), parts.count > 1 ? parts[1] : "")
}

private func isLess(_ left: String, _ right: String) -> Bool {
    let (first, second) = (plain(left), plain(right))
    if first.negative != second.negative { return first.negative }
    let width = max(first.fraction.count, second.fraction.count)
    func padded(_ number: (negative: Bool, whole: String, fraction: String)) -> String {
        number.fraction + String(repeating: "0", count: width - number.fraction.count)
    }
    let (low, high) = first.negative ? (second, first) : (first, second)
    if low.whole.count != high.whole.count { return low.whole.count < high.whole.count }
    return low.whole + padded(low) < high.whole + padded(high)
}

struct NumberTests {
    @Test(arguments: [
        ("0", "0"), ("-0.00", "0"), ("1e3", "1000"), ("+7.50", "7.5"), ("00012", "12"), (".5", "0.5"), ("5.", "5"),
        ("1E-130", "0." + String(repeating: "0", count: 129) + "1"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("-1.5e-3", "-0.0015"), ("100000000000000000000000000000000000000000", "100000000000000000000000000000000000000000"),
    ])
    func normalises(_ given: String, _ expected: String) throws { #expect(try Number(text: given).text == expected) }

    @Test(arguments: ["", "-", "abc", "1e", "1.2.3", "0x10", "1 ", "NaN", "Infinity", "e5", "."])
    func refusesWhatIsNoNumber(_ text: String) {
        #expect(throws: DynamoDBFault.notANumber(text)) { try Number(text: text) }
    }

    @Test func refusesWhatDoesNotFit() {
        #expect(throws: DynamoDBFault.tooManyDigits) { try Number(text: "123456789012345678901234567890123456789") }
        #expect(throws: DynamoDBFault.numberOverflow) { try Number(text: "1e126") }
        #expect(throws: DynamoDBFault.numberOverflow) { try Number(text: "-9.99e126") }
        #expect(throws: DynamoDBFault.numberUnderflow) { try Number(text: "1e-131") }
        #expect(throws: DynamoDBFault.tooManyDigits) { try Number(text: "1e100") + Number(text: "1") }
    }

    @Test func addsExactly() throws {
        #expect(try (Number(text: "0.1") + Number(text: "0.2")).text == "0.3")
        #expect(try (Number(text: "1e38") - Number(text: "1")).text == String(repeating: "9", count: 38))
        #expect(try (Number(text: "5") - Number(text: "5")).text == "0")
        #expect(try (Number(text: "-7") + Number(text: "2.5")).text == "-4.5")
    }

    /// Sums and differences against whole numbers of millionths.
    @Test func addsAsWholeNumbersDo() throws {
        var random = Seed(12)
        func text(_ millionths: Int128) -> String { "\(millionths)e-6" }
        for _ in 0..<3_000 {
            let size = Int128(Int.random(in: 1...999_999_999_999_999, using: &random))
            let scale = [1, 1_000, 1_000_000_000_000].randomElement(using: &random) ?? 1
            let left = Int128(Int.random(in: -999_999...999_999, using: &random)) * size
            let right = Int128(Int.random(in: -999_999...999_999, using: &random)) * Int128(scale)
            let (first, second) = (try Number(text: text(left)), try Number(text: text(right)))
            #expect(try first + second == Number(text: text(left + right)), "\(left) \(right)")
            #expect(try first - second == Number(text: text(left - right)), "\(left) \(right)")
        }
    }

    /// 38 digits are kept to the last, a 39th is refused.
    @Test func keepsEveryDigit() throws {
        var random = Seed(13)
        for _ in 0..<200 {
            var digits = "\(Int.random(in: 1...9, using: &random))"
            for _ in 0..<36 { digits += "\(Int.random(in: 0...9, using: &random))" }
            digits += "\(Int.random(in: 1...9, using: &random))"
            #expect(try Number(text: digits).text == digits)
            let point = Int.random(in: 1...37, using: &random)
            let fraction = "\(digits.prefix(point)).\(digits.dropFirst(point))"
            #expect(try Number(text: fraction).text == fraction)
            #expect(throws: DynamoDBFault.tooManyDigits) { try Number(text: digits + "1") }
            #expect(throws: DynamoDBFault.tooManyDigits) { try Number(text: fraction + "7") }
        }
    }

    /// Order, key bytes and stored form of random numbers against comparison of their digits.
    @Test func ordersAsTheDigitsDo() throws {
        var seed = Seed(11)
        var numbers: [Number] = [.zero]
        for _ in 0..<400 {
            let digits = Int.random(in: 1...38, using: &seed)
            var text = Bool.random(using: &seed) ? "-" : ""
            for _ in 0..<digits { text += String(Int.random(in: 0...9, using: &seed)) }
            text += "e\(Int.random(in: -60...60, using: &seed))"
            if let number = try? Number(text: text) { numbers.append(number) }
        }
        for _ in 0..<5_000 {
            let (left, right) = (numbers.randomElement(using: &seed) ?? .zero, numbers.randomElement(using: &seed) ?? .zero)
            let expected = isLess(left.text, right.text)
            #expect((left < right) == expected, "\(left.text) < \(right.text)")
            #expect(left.orderedBytes.lexicographicallyPrecedes(right.orderedBytes) == expected, "\(left.text) \(right.text)")
        }
        for number in numbers {
            #expect(try Number(text: number.text) == number)
            let item: Attributes = ["n": .number(number)]
            #expect(try ItemCoding.decode(ItemCoding.encode(item, size: 1)).hasSameAttributes(as: item))
        }
    }
}

/// SplitMix64: the same numbers in every run.
struct Seed: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

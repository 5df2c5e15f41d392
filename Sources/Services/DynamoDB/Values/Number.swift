/// DynamoDB's number: up to 38 significant decimal digits, magnitude 1E-130 to 9.99…E+125, exact
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html).
///
/// The value is ±coefficient × 10^exponent with a coefficient that has no trailing zero, so equal numbers are equal
/// structures.
struct Number: Sendable, Hashable {
    enum Limit {
        static let digits = 38
        /// Of the most significant digit.
        static let exponents = -130...125
    }

    let isNegative: Bool
    let coefficient: UInt128
    let exponent: Int

    static let zero = Number(isNegative: false, coefficient: 0, exponent: 0)

    /// Only for values known to be in range and without a trailing zero.
    private init(isNegative: Bool, coefficient: UInt128, exponent: Int) {
        (self.isNegative, self.coefficient, self.exponent) = (isNegative, coefficient, exponent)
    }

    /// Brings ±coefficient × 10^exponent to its one form.
    /// - Throws: the fault for too many digits or a magnitude out of range.
    init(negative: Bool, _ coefficient: UInt128, exponent: Int) throws(DynamoDBFault) {
        guard coefficient != 0 else { self = .zero; return }
        var (reduced, exponent) = (coefficient, exponent)
        while true {
            let (quotient, remainder) = reduced.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { break }
            (reduced, exponent) = (quotient, exponent + 1)
        }
        let count = Self.digitCount(reduced)
        guard count <= Limit.digits else { throw .tooManyDigits }
        guard exponent + count - 1 <= Limit.exponents.upperBound else { throw .numberOverflow }
        guard exponent + count - 1 >= Limit.exponents.lowerBound else { throw .numberUnderflow }
        self.init(isNegative: negative, coefficient: reduced, exponent: exponent)
    }

    init(_ value: Int) {
        var (magnitude, exponent) = (UInt128(value.magnitude), 0)
        while magnitude != 0, magnitude % 10 == 0 { (magnitude, exponent) = (magnitude / 10, exponent + 1) }
        self.init(isNegative: value < 0, coefficient: magnitude, exponent: exponent)
    }

    /// Powers of ten up to 10^38, the largest that fits.
    static let powers: [UInt128] = (0..<38).reduce(into: [1]) { powers, _ in powers.append((powers.last ?? 1) * 10) }

    static func digitCount(_ value: UInt128) -> Int {
        if value < 10 { return 1 }
        var (low, high) = (1, powers.count)
        while low < high {
            let middle = (low + high) / 2
            if value >= powers[middle] { low = middle + 1 } else { high = middle }
        }
        return low
    }

    var digitCount: Int { Self.digitCount(coefficient) }

    /// The power of ten of the most significant digit.
    private var magnitude: Int { exponent + digitCount - 1 }

    /// What is left of the decimal point, rounded toward zero; nil where an Int64 can't hold it.
    var wholePart: Int64? {
        guard coefficient != 0, magnitude >= 0 else { return 0 }
        guard magnitude <= 18 else { return nil }
        let whole = exponent >= 0 ? coefficient * Self.powers[exponent] : coefficient / Self.powers[-exponent]
        return Int64(exactly: whole).map { isNegative ? -$0 : $0 }
    }

    /// The bytes that it counts for in an item's size: one for two digits, one for the exponent, one for a minus.
    var size: Int { coefficient == 0 ? 1 : (digitCount + 1) / 2 + 1 + (isNegative ? 1 : 0) }
}

extension Number: Comparable {
    static func < (left: Number, right: Number) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.isSmallerMagnitude(than: left) : left.isSmallerMagnitude(than: right)
    }

    private func isSmallerMagnitude(than other: Number) -> Bool {
        if coefficient == 0 || other.coefficient == 0 { return coefficient == 0 && other.coefficient != 0 }
        if magnitude != other.magnitude { return magnitude < other.magnitude }
        return coefficient * Self.powers[Limit.digits - digitCount] < other.coefficient
            * Self.powers[Limit.digits - other.digitCount]
    }
}

extension Number {
    static func + (left: Number, right: Number) throws(DynamoDBFault) -> Number {
        if left.coefficient == 0 { return right }
        if right.coefficient == 0 { return left }
        let exponent = min(left.exponent, right.exponent)
        let first = try left.scaled(to: exponent)
        let second = try right.scaled(to: exponent)
        if left.isNegative == right.isNegative {
            let (sum, overflow) = first.addingReportingOverflow(second)
            guard !overflow else { throw .tooManyDigits }
            return try Number(negative: left.isNegative, sum, exponent: exponent)
        }
        if first == second { return .zero }
        return first > second
            ? try Number(negative: left.isNegative, first - second, exponent: exponent)
            : try Number(negative: right.isNegative, second - first, exponent: exponent)
    }

    static func - (left: Number, right: Number) throws(DynamoDBFault) -> Number { try left + right.negated }

    var negated: Number {
        coefficient == 0 ? self : Number(isNegative: !isNegative, coefficient: coefficient, exponent: exponent)
    }

    /// The coefficient this number has with a smaller exponent.
    private func scaled(to smaller: Int) throws(DynamoDBFault) -> UInt128 {
        let shift = exponent - smaller
        guard shift < Self.powers.count else { throw .tooManyDigits }
        let (value, overflow) = coefficient.multipliedReportingOverflow(by: Self.powers[shift])
        guard !overflow else { throw .tooManyDigits }
        return value
    }
}

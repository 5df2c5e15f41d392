/// Scalars of ASCII.
struct ASCIISet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    static let all = ASCIISet(low: .max, high: .max)

    private init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

    init() {}

    /// - Parameter value: below 128.
    mutating func insert(_ value: UInt32) {
        if value < 64 { low |= 1 << UInt64(value) } else { high |= 1 << UInt64(value - 64) }
    }

    mutating func formUnion(_ other: ASCIISet) { (low, high) = (low | other.low, high | other.high) }

    /// - Parameter value: below 128.
    func contains(_ value: UInt32) -> Bool {
        (value < 64 ? low >> UInt64(value) : high >> UInt64(value - 64)) & 1 == 1
    }
}

/// The scalars that a class of a regular expression stands for.
struct ScalarSet: Sendable {
    private let ranges: [ClosedRange<Unicode.Scalar>]
    private let isNegated: Bool
    private let ignoresCase: Bool
    /// Those of ASCII, which are not looked for in the ranges.
    private(set) var ascii = ASCIISet()

    init(_ ranges: [ClosedRange<Unicode.Scalar>], isNegated: Bool, ignoresCase: Bool) {
        (self.ranges, self.isNegated, self.ignoresCase) = (ranges, isNegated, ignoresCase)
        for value in UInt8(0)..<128 where holds(Unicode.Scalar(value)) { ascii.insert(UInt32(value)) }
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 128 ? ascii.contains(scalar.value) : holds(scalar)
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        func isIn(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar) } }
        if isIn(scalar) { return !isNegated }
        guard ignoresCase else { return isNegated }
        let properties = scalar.properties
        let isEither =
            (properties.lowercaseMapping.unicodeScalars.first.map(isIn) ?? false)
            || (properties.uppercaseMapping.unicodeScalars.first.map(isIn) ?? false)
        return isEither != isNegated
    }
}

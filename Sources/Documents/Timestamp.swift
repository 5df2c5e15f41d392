/// A moment, in whole microseconds since 1970-01-01T00:00:00Z. AWS shows at most milliseconds; the rest keeps order.
///
/// Sums never overflow: a client may ask for 2,147,483,647 days. What would lie beyond ``farthest`` lies there.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// The end of time, in microseconds from 1970 in both directions: some thousand years below what 64 bits can count, so
    /// that there is room for rounding.
    public static let farthest: Int64 = 9_000_000_000_000_000_000

    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }
    public init(milliseconds: Int64) {
        microseconds = Self.bounded(milliseconds.multipliedReportingOverflow(by: 1_000), milliseconds)
    }
    public init(seconds: Int64) { microseconds = Self.bounded(seconds.multipliedReportingOverflow(by: 1_000_000), seconds) }

    /// From fractional epoch seconds, as aws-json and CBOR carry them; nil if it can't be represented.
    public init?(epochSeconds: Double) {
        guard epochSeconds.isFinite, abs(epochSeconds) < 9e12 else { return nil }
        microseconds = Int64((epochSeconds * 1_000_000).rounded())
    }

    public var milliseconds: Int64 { microseconds.floorDivided(by: 1_000) }
    public var seconds: Int64 { microseconds.floorDivided(by: 1_000_000) }
    public var epochSeconds: Double { Double(milliseconds) / 1_000 }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        let change = right.microseconds
        return Timestamp(microseconds: bounded(left.microseconds.addingReportingOverflow(change), change))
    }
    public static func - (left: Timestamp, right: Duration) -> Timestamp {
        let change = right.microseconds
        return Timestamp(microseconds: bounded(left.microseconds.subtractingReportingOverflow(change), change > 0 ? -1 : 1))
    }
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(
            bounded(left.microseconds.subtractingReportingOverflow(right.microseconds), left.microseconds))
    }

    /// - Parameter sign: the direction in which an overflow went.
    @inline(__always)
    private static func bounded(_ result: (partialValue: Int64, overflow: Bool), _ sign: Int64) -> Int64 {
        if result.overflow { return sign < 0 ? -farthest : farthest }
        return min(max(result.partialValue, -farthest), farthest)
    }
}

extension Duration {
    /// Whole microseconds, rounded toward zero; at most ``Timestamp/farthest``.
    public var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow, whole.magnitude < UInt64(Timestamp.farthest) else {
            return seconds < 0 ? -Timestamp.farthest : Timestamp.farthest
        }
        return whole + attoseconds / 1_000_000_000_000
    }
    /// Whole milliseconds, rounded toward zero.
    public var wholeMilliseconds: Int64 { microseconds / 1_000 }
}

extension Int64 {
    /// The quotient rounded toward minus infinity, so that moments before 1970 fall into the right second and day.
    func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// A moment, in whole microseconds since 1970-01-01T00:00:00Z. AWS shows at most milliseconds; the rest keeps order.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }
    public init(milliseconds: Int64) { microseconds = milliseconds * 1_000 }
    public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

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
        Timestamp(microseconds: left.microseconds + right.microseconds)
    }
    public static func - (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(microseconds: left.microseconds - right.microseconds)
    }
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }
}

extension Duration {
    /// Whole microseconds, rounded toward zero.
    public var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
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

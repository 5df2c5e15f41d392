import Documents

/// A rate by the platform's clock: it refills steadily up to its capacity, and what costs more than is left waits for no
/// one: it is refused.
struct TokenBucket: Sendable {
    private let rate: Double
    private let capacity: Double
    private var level: Double
    private var filled: Timestamp

    /// - Parameters:
    ///   - rate: tokens a second.
    ///   - capacity: what may be taken at once after a rest.
    init(rate: Int, capacity: Int, now: Timestamp) {
        (self.rate, self.capacity) = (Double(rate), Double(capacity))
        (level, filled) = (Double(capacity), now)
    }

    private mutating func fill(_ now: Timestamp) {
        guard now > filled else { return }
        level = min(capacity, level + rate * Double((now - filled).microseconds) / 1_000_000)
        filled = now
    }

    /// Whether `cost` could be taken now. A cost over the capacity needs a full bucket.
    mutating func has(_ cost: Int, _ now: Timestamp) -> Bool {
        fill(now)
        return level >= min(Double(cost), capacity)
    }

    /// Whether anything is left; for costs that are known only afterwards.
    mutating func isPositive(_ now: Timestamp) -> Bool {
        fill(now)
        return level > 0
    }

    /// Takes `cost`, into debt if need be.
    mutating func take(_ cost: Int) { level -= Double(cost) }
}

import Documents

extension AWSError {
    /// Whether the same call may succeed later: the other side was busy or has failed. What Tarn has not built will not be
    /// there after a while.
    public var isTransient: Bool {
        if status == 501 { return false }
        return status >= 500 || isThrottling
    }

    /// Too many calls, not a wrong one.
    public var isThrottling: Bool {
        status == 429 || code.contains("Throttl") || code.contains("LimitExceeded") || code.contains("TooManyRequests")
            || code.contains("ThroughputExceeded")
    }
}

extension Backoff {
    /// The longest wait of ``patient(afterRetry:)``.
    static let patientMax = 600

    /// For deliveries that go on for a day: doubles from a second to ten minutes, and is spread over its second half, so that
    /// a backlog does not come back all at once.
    public static func patient(afterRetry attempts: Int) -> Duration {
        let full = Int64(min(patientMax, 1 << min(attempts, 10))) * 1_000
        return .milliseconds(Int64.random(in: (full / 2)...full))
    }
}

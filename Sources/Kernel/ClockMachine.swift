import Documents

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The machine's wall clock. Only ``PlatformClock`` and the log of the process itself look at it.
func machineTime() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
}

/// Real elapsed time and real waiting, for what the movable clock must not touch: a child process's time limit, back-off
/// towards an engine, durations in logs.
public enum RealTime {
    /// A reading of the monotonic clock, to subtract from a later one.
    public static func reading() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    public static func wait(_ duration: Duration) async throws { try await Task.sleep(for: duration) }
}

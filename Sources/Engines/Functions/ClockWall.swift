#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The machine's wall clock. A function compares its deadline with its own system clock, which the movable clock does
/// not move, so the deadline must be on that clock too.
enum WallClock {
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The machine's wall clock, on which functions' deadlines are made: see ``FunctionClock``.
enum WallClock {
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

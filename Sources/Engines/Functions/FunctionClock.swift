#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The clock that an environment's processes see: the machine's, moved by a preloaded library
/// (Runtimes/functions/clock/clock.c) as far as the platform's was when the environment began.
struct FunctionClock: Sendable {
    /// How far the platform's clock was ahead.
    let offset: Duration
    /// nil where nothing is moved: the clocks agree, or the library is missing.
    let library: String?

    /// - Parameter library: where set-up leaves it.
    init(offset: Duration, library: String) {
        self.offset = offset
        self.library = offset > .zero && access(library, R_OK) == 0 ? library : nil
    }

    /// Adds what a process needs to see this clock.
    func extend(_ variables: inout [String: String]) {
        guard let library else { return }
        let own = variables["LD_PRELOAD"].map { ":" + $0 } ?? ""
        variables["LD_PRELOAD"] = library + own
        variables["TARN_CLOCK_OFFSET_MICROSECONDS"] = "\(offset.microseconds)"
    }

    /// The time that the processes see, in milliseconds since 1970.
    func milliseconds() -> Int64 { WallClock.milliseconds() + (library == nil ? 0 : offset.wholeMilliseconds) }
}

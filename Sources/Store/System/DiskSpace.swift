import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is left of the disk under a data directory. The last of it is a reserve: new data finds the disk full before it is, so
/// that deletions, which must be written down themselves, and Tarn's own notes still find room. Without it a full disk could
/// be emptied by nobody.
public final class DiskSpace: Sendable {
    /// Bytes that may still be written, and the disk's size.
    public struct Measure: Sendable {
        public var free: Int64
        public var total: Int64

        public init(free: Int64, total: Int64) { (self.free, self.total) = (free, total) }
    }

    public enum Limit {
        /// Bytes kept back: what the store's write-ahead log and its copy into the database take between two checkpoints.
        public static let reserve: Int64 = 128 << 20
        /// At most this part of a small disk.
        static let share: Int64 = 20
        /// A measurement holds so long: far less than any disk takes to write the reserve.
        static let validity: Duration = .milliseconds(50)
    }

    private struct State {
        /// When there was room.
        var measured: Duration?
    }

    private let measure: @Sendable () -> Measure?
    private let reading: (@Sendable () -> Duration)?
    private let state = Mutex(State())

    /// The disk that `directory` lies on. What can't be measured is not low.
    /// - Parameter reading: of a monotonic clock, for measurements that hold a while; nil measures each time.
    public convenience init(of directory: String, reading: (@Sendable () -> Duration)? = nil) {
        self.init(
            measure: {
                var answer = statvfs()
                guard statvfs(directory, &answer) == 0 else { return nil }
                let block = Int64(answer.f_frsize)
                return Measure(free: Int64(answer.f_bavail) * block, total: Int64(answer.f_blocks) * block)
            }, reading: reading)
    }

    public init(measure: @escaping @Sendable () -> Measure?, reading: (@Sendable () -> Duration)? = nil) {
        self.measure = measure
        self.reading = reading
    }

    /// Whether only the reserve is left.
    public var isLow: Bool {
        guard let reading else { return isLowNow }
        let now = reading()
        return state.withLock { state in
            // Room that has come back is seen at once: too little is measured anew each time.
            if let measured = state.measured, now - measured < Limit.validity { return false }
            let isLow = isLowNow
            state.measured = isLow ? nil : now
            return isLow
        }
    }

    private var isLowNow: Bool { measure().map { $0.free < min(Limit.reserve, $0.total / Limit.share) } ?? false }

    /// - Throws: ``StoreError/full``: new data would go into the reserve.
    func checkRoom() throws { if isLow { throw StoreError.full } }
}

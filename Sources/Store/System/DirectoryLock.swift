#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A data directory held by this process alone: an exclusive flock on its file `LOCK`. The kernel releases it when the
/// process ends, however it ends.
final class DirectoryLock: Sendable {
    private let file: PosixFile

    /// - Throws: ``StoreError/inUse(directory:)``.
    init(directory: String) throws {
        file = try PosixFile(directory + "/LOCK", .create)
        // A process that starts a child shares its locks with it from fork to exec: a lock that was just let go may be
        // held for another moment, and nothing tells when it is not.
        for _ in 0..<Limit.tries {
            if try file.lockExclusively() { return }
            var pause = timespec(tv_sec: 0, tv_nsec: Limit.pauseNanoseconds)
            nanosleep(&pause, nil)
        }
        throw StoreError.inUse(directory: directory)
    }

    private enum Limit {
        static let tries = 10
        static let pauseNanoseconds = 20_000_000
    }
}

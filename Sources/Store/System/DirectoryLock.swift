/// A data directory held by this process alone: an exclusive flock on its file `LOCK`. The kernel releases it when the
/// process ends, however it ends.
final class DirectoryLock: Sendable {
    private let file: PosixFile

    /// - Throws: ``StoreError/inUse(directory:)``.
    init(directory: String) throws {
        file = try PosixFile(directory + "/LOCK", .create)
        guard try file.lockExclusively() else { throw StoreError.inUse(directory: directory) }
    }
}

/// Object bytes, in files `DIR/blobs/xx/<id>` (xx: the ID's first two digits).
///
/// Invariants: a file under its final name is whole and flushed, and never changes; what is being written lies in
/// `DIR/blobs/tmp`, which is emptied at start. A record refers to a blob only after ``BlobWriter/finish()`` returned; a
/// crash between the two leaves an orphan, which ``sweepOrphans(isReferenced:)`` removes. So a referenced blob always
/// exists, and removal comes after the commit that drops the reference. An open reader outlives removal.
/// File calls block only the store's own threads; memory per transfer is one chunk.
public final class BlobStore: Sendable {
    public enum Limit {
        /// Bytes that a writer gathers before it writes them out, and of a reader's chunk unless told otherwise.
        public static let chunk = 256 << 10
        /// The most bytes of one ``BlobReader/read(offset:count:)``.
        public static let readMax = 8 << 20
        /// IDs asked about at once by a sweep.
        static let sweepBatch = 1_000
        static let threads = 4
    }

    let threads = WorkerThreads(count: Limit.threads)
    /// What is left for new blobs, and for all else in the data directory.
    public let space: DiskSpace
    private let root: String
    private let random: @Sendable () -> UInt64
    /// When the store was opened, by the file system's clock: what is younger is not swept.
    private let openedAt: Int

    /// Opens the blobs of a data directory; they are made if missing, and what a crash left half-written is removed.
    /// The caller holds the directory (``SQLiteStore/open(directory:)`` locks it).
    /// - Parameters:
    ///   - space: the disk's, unless told otherwise.
    ///   - random: gives 64 random bits at each call; IDs come of it.
    public init(
        directory: String, space: DiskSpace? = nil,
        random: @escaping @Sendable () -> UInt64 = {
            var system = SystemRandomNumberGenerator()
            return system.next()
        }
    ) throws {
        root = directory + "/blobs"
        self.space = space ?? DiskSpace(of: directory)
        self.random = random
        try Posix.makeDirectory(root + "/tmp")
        for name in try Posix.names(in: root + "/tmp") { try Posix.remove("\(root)/tmp/\(name)") }
        let marker = try PosixFile(root + "/tmp/.opened", .createNew)
        openedAt = try marker.modified()
        try Posix.remove(marker.path)
    }

    /// Begins a blob.
    /// - Throws: ``StoreError/full``.
    public func writer() async throws -> BlobWriter {
        try space.checkRoom()
        let id = BlobID(random: random)
        let path = "\(root)/tmp/\(id)"
        let file = try await threads.run { try PosixFile(path, .createNew) }
        return BlobWriter(id, file, target: self.path(id), space: space, threads: threads)
    }

    /// - Returns: nil if there is no such blob.
    public func reader(_ id: BlobID) async throws -> BlobReader? {
        let path = path(id)
        return try await threads.run { [threads] in
            do {
                let file = try PosixFile(path, .read)
                return BlobReader(id, file, size: Int64(try file.size()), threads: threads)
            } catch StoreError.backend(code: Posix.notFound, message: _) {
                return nil
            }
        }
    }

    /// Removes a blob; no error if it is gone. A crash soon after may bring it back as an orphan.
    public func remove(_ id: BlobID) async throws {
        let path = path(id)
        _ = try await threads.run { try Posix.remove(path) }
    }

    /// Every blob, batch by batch in the order of IDs.
    public func forEachBatch(_ visit: ([BlobID]) async throws -> Void) async throws {
        for shard in 0..<256 {
            let directory = root + "/" + Self.shard(shard)
            let ids = try await threads.run { try Posix.names(in: directory).compactMap { BlobID($0) } }
            for start in stride(from: 0, to: ids.count, by: Limit.sweepBatch) {
                try await visit(Array(ids[start..<min(start + Limit.sweepBatch, ids.count)]))
            }
        }
    }

    /// Removes blobs of earlier processes that no record refers to. Called at start, before requests are served.
    /// - Parameter isReferenced: which of these IDs a record refers to.
    /// - Returns: how many were removed.
    public func sweepOrphans(isReferenced: ([BlobID]) async throws -> Set<BlobID>) async throws -> Int {
        var removed = 0
        try await forEachBatch { ids in
            let referenced = try await isReferenced(ids)
            let paths = ids.filter { !referenced.contains($0) }.map(path)
            removed += try await threads.run { [openedAt] in
                var removed = 0
                for path in paths where try PosixFile(path, .read).modified() < openedAt {
                    if try Posix.remove(path) { removed += 1 }
                }
                return removed
            }
        }
        return removed
    }

    func path(_ id: BlobID) -> String { "\(root)/\(id.text.prefix(2))/\(id)" }

    private static func shard(_ number: Int) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }
}

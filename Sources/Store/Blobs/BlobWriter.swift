import Synchronization

/// A blob being written, by one task. Dropped unfinished, it leaves nothing.
public final class BlobWriter: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        var size = 0
        var isOver = false
    }

    public let id: BlobID
    private let file: PosixFile
    private let target: String
    private let space: DiskSpace
    private let threads: WorkerThreads
    private let state = Mutex(State())

    init(_ id: BlobID, _ file: PosixFile, target: String, space: DiskSpace, threads: WorkerThreads) {
        self.id = id
        self.file = file
        self.target = target
        self.space = space
        self.threads = threads
    }

    deinit {
        // What can't be removed now is removed at the next start.
        if !state.withLock({ $0.isOver }) { _ = try? Posix.remove(file.path) }
    }

    /// Bytes taken so far.
    public var size: Int64 { state.withLock { Int64($0.size + $0.buffer.count) } }

    /// Takes the next bytes; they are written out by the chunk.
    /// - Throws: ``StoreError/full``; ``StoreError/closed`` after the end.
    public func write(_ bytes: some Sequence<UInt8>) async throws {
        if try append(bytes) { try await flush() }
    }

    /// As ``write(_:)``, for memory that is lent: copies the bytes without waiting. Call ``flush()`` when it says so.
    /// - Returns: whether a chunk is full.
    public func append(_ bytes: some Sequence<UInt8>) throws -> Bool {
        try state.withLock { state in
            guard !state.isOver else { throw StoreError.closed }
            state.buffer.append(contentsOf: bytes)
            return state.buffer.count >= BlobStore.Limit.chunk
        }
    }

    /// Writes out what was gathered.
    public func flush() async throws {
        let (bytes, offset) = state.withLock { state in
            let offset = state.size
            state.size += state.buffer.count
            defer { state.buffer = [] }
            return (state.buffer, offset)
        }
        guard !bytes.isEmpty else { return }
        do {
            try space.checkRoom()
            try await threads.run { [file] in try bytes.withUnsafeBytes { try file.write($0, at: offset) } }
        } catch {
            // A hole must not be finished.
            await discard()
            throw error
        }
    }

    /// Makes the blob durable under its name. After an error the blob is discarded.
    public func finish() async throws -> BlobReference {
        try await flush()
        let size = try state.withLock { state in
            guard !state.isOver else { throw StoreError.closed }
            state.isOver = true
            return state.size
        }
        try await threads.run { [file, target] in
            do {
                try file.sync()
                let directory = Posix.parentDirectory(target)
                try Posix.makeDirectory(directory)
                try Posix.rename(file.path, to: target)
                try Posix.syncDirectory(directory)
            } catch {
                _ = try? Posix.remove(file.path)
                throw error
            }
        }
        return BlobReference(id: id, size: Int64(size))
    }

    /// Drops the blob. No effect after ``finish()``.
    public func discard() async {
        let isFirst = state.withLock { state in
            defer { state = State(isOver: true) }
            return !state.isOver
        }
        // What can't be removed now is removed at the next start.
        if isFirst { _ = try? await threads.run { [file] in try Posix.remove(file.path) } }
    }
}

/// An open blob. Its bytes never change, and stay readable though the blob be removed.
public final class BlobReader: Sendable {
    public let id: BlobID
    /// In bytes.
    public let size: Int64
    private let file: PosixFile
    private let threads: WorkerThreads

    init(_ id: BlobID, _ file: PosixFile, size: Int64, threads: WorkerThreads) {
        self.id = id
        self.file = file
        self.size = size
        self.threads = threads
    }

    /// The bytes `offset..<offset + count`, cut at the blob's end and at ``BlobStore/Limit/readMax``.
    public func read(offset: Int64, count: Int) async throws -> [UInt8] {
        guard offset >= 0, offset < size, count > 0 else { return [] }
        let count = min(count, BlobStore.Limit.readMax, Int(size - offset))
        let bytes = try await threads.run { [file] in try file.read(count, at: Int(offset)) }
        guard bytes.count == count else { throw StoreError.corrupt("blob \(id) is shorter than it was") }
        return bytes
    }

    /// Gives what `use` makes of the bytes `offset..<offset + count`, which are lent to it and must all be there.
    ///
    /// What the system holds in memory is read at once and `use` runs on the caller's thread; otherwise both happen on a
    /// thread of the store's own. A change of threads costs as much as reading some 100 KiB from memory.
    public func read<Result: Sendable>(
        offset: Int64, count: Int, _ use: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Result
    ) async throws -> Result {
        guard offset >= 0, count >= 0, count <= BlobStore.Limit.readMax, offset + Int64(count) <= size else {
            throw StoreError.corrupt("blob \(id) is too short")
        }
        if let result = try readFromMemory(offset, count, use) { return result }
        return try await threads.run { [file] in
            try Self.lend(count) { bytes in
                try file.read(into: bytes, at: Int(offset))
                return try use(UnsafeRawBufferPointer(bytes))
            }
        }
    }

    private func readFromMemory<Result>(
        _ offset: Int64, _ count: Int, _ use: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? {
        try Self.lend(count) { bytes in
            file.readFromMemory(into: bytes, at: Int(offset)) ? try use(UnsafeRawBufferPointer(bytes)) : nil
        }
    }

    private static func lend<Result>(_ count: Int, _ use: (UnsafeMutableRawBufferPointer) throws -> Result) rethrows -> Result {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        defer { bytes.deallocate() }
        return try use(bytes)
    }

    /// The bytes `range`, cut at the blob's end, chunk by chunk; nil is all.
    public func chunks(_ range: Range<Int64>? = nil, size chunk: Int = BlobStore.Limit.chunk) -> BlobChunks {
        BlobChunks(reader: self, range: (range ?? 0..<size).clamped(to: 0..<size), chunk: max(1, chunk))
    }
}

/// A blob's bytes in order. One chunk is in memory at a time.
public struct BlobChunks: AsyncSequence, Sendable {
    let reader: BlobReader
    let range: Range<Int64>
    let chunk: Int

    public struct AsyncIterator: AsyncIteratorProtocol {
        let reader: BlobReader
        let end: Int64
        let chunk: Int
        var offset: Int64

        public mutating func next() async throws -> [UInt8]? {
            guard offset < end else { return nil }
            let bytes = try await reader.read(offset: offset, count: Int(Swift.min(Int64(chunk), end - offset)))
            offset += Int64(bytes.count)
            return bytes
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(reader: reader, end: range.upperBound, chunk: chunk, offset: range.lowerBound)
    }
}

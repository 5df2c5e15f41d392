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

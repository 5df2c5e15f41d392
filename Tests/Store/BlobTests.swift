import Synchronization
import TestSupport
import Testing

@testable import Store

@Suite struct BlobTests {
    private static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededGenerator(seed)
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    private static func seeded(_ seed: UInt64) -> @Sendable () -> UInt64 {
        let counter = Counter(seed)
        return { counter.next() }
    }

    private final class Counter: Sendable {
        private let random: Mutex<SeededGenerator>
        init(_ seed: UInt64) { random = Mutex(SeededGenerator(seed)) }
        func next() -> UInt64 { random.withLock { $0.next() } }
    }

    @Test func bytesComeBack() async throws {
        let directory = TemporaryDirectory()
        let blobs = try BlobStore(directory: directory.path, random: Self.seeded(1))
        for size in [0, 1, 1_000, BlobStore.Limit.chunk, 3 * BlobStore.Limit.chunk + 17] {
            let bytes = Self.bytes(size)
            let writer = try await blobs.writer()
            var rest = bytes[...]
            while !rest.isEmpty {
                try await writer.write(rest.prefix(70_001))
                rest = rest.dropFirst(70_001)
            }
            let reference = try await writer.finish()
            #expect(reference == BlobReference(id: writer.id, size: Int64(size)))
            let reader = try #require(try await blobs.reader(reference.id))
            #expect(reader.size == Int64(size))
            var read: [UInt8] = []
            for try await chunk in reader.chunks(size: 100_000) { read += chunk }
            #expect(read == bytes)
            #expect(try await reader.read(offset: 500, count: 300) == Array(bytes.dropFirst(500).prefix(300)))
            #expect(try await reader.read(offset: Int64(size), count: 1).isEmpty)
            await #expect(throws: StoreError.closed) { try await writer.write([1]) }
        }
    }

    @Test func removedBlobsStayReadableForWhoHasThemOpen() async throws {
        let directory = TemporaryDirectory()
        let blobs = try BlobStore(directory: directory.path, random: Self.seeded(2))
        let writer = try await blobs.writer()
        try await writer.write([1, 2, 3])
        let id = try await writer.finish().id
        let reader = try #require(try await blobs.reader(id))
        try await blobs.remove(id)
        try await blobs.remove(id)
        #expect(try await blobs.reader(id) == nil)
        #expect(try await reader.read(offset: 0, count: 10) == [1, 2, 3])
    }

    @Test func aBlobStopsBeforeTheReserve() async throws {
        let directory = TemporaryDirectory()
        let left = Mutex<Int64>(DiskSpace.Limit.reserve)
        let space = DiskSpace { .init(free: left.withLock(\.self), total: 1 << 40) }
        let blobs = try BlobStore(directory: directory.path, space: space, random: Self.seeded(6))
        let writer = try await blobs.writer()
        try await writer.write([UInt8](repeating: 1, count: BlobStore.Limit.chunk))
        left.withLock { $0 -= 1 }
        await #expect(throws: StoreError.full) {
            try await writer.write([UInt8](repeating: 1, count: BlobStore.Limit.chunk))
        }
        await #expect(throws: StoreError.full) { _ = try await blobs.writer() }
        #expect(try Posix.names(in: directory.path + "/blobs/tmp").isEmpty)
        left.withLock { $0 += 1 }
        _ = try await blobs.writer().finish()
    }

    @Test func aSmallDiskKeepsBackAPartOfItself() {
        #expect(!DiskSpace { .init(free: 50 << 20, total: 1_000 << 20) }.isLow)
        #expect(DiskSpace { .init(free: (50 << 20) - 1, total: 1_000 << 20) }.isLow)
        #expect(!DiskSpace { nil }.isLow)
    }

    @Test func unfinishedBlobsLeaveNothing() async throws {
        let directory = TemporaryDirectory()
        let tmp = directory.path + "/blobs/tmp"
        let blobs = try BlobStore(directory: directory.path, random: Self.seeded(3))
        let discarded = try await blobs.writer()
        try await discarded.write([1])
        await discarded.discard()
        await discarded.discard()
        await #expect(throws: StoreError.closed) { _ = try await discarded.finish() }
        do { try await (try await blobs.writer()).write([1]) }
        #expect(try Posix.names(in: tmp).isEmpty)
        // What a crash leaves.
        _ = try PosixFile(tmp + "/00112233445566778899aabbccddeeff", .createNew)
        _ = try BlobStore(directory: directory.path)
        #expect(try Posix.names(in: tmp).isEmpty)
    }

    @Test func orphansOfEarlierProcessesAreSwept() async throws {
        let directory = TemporaryDirectory()
        let earlier = try BlobStore(directory: directory.path, random: Self.seeded(4))
        var ids: [BlobID] = []
        for number in 0..<20 {
            let writer = try await earlier.writer()
            try await writer.write([UInt8(number)])
            ids.append(try await writer.finish().id)
        }
        // The file system's clock is coarse: until it moves on, the blobs count as young.
        var blobs = try BlobStore(directory: directory.path, random: Self.seeded(5))
        let kept = Set(ids.prefix(7))
        var removed = 0
        try await eventually("thirteen are swept", every: .milliseconds(1)) {
            removed += try await blobs.sweepOrphans { kept.intersection($0) }
            blobs = try BlobStore(directory: directory.path, random: Self.seeded(5))
            return removed >= 13
        }
        #expect(removed == 13)
        let young = try await (try await blobs.writer()).finish().id
        #expect(try await blobs.sweepOrphans { kept.intersection($0) } == 0)
        var left: [BlobID] = []
        try await blobs.forEachBatch { left += $0 }
        #expect(Set(left) == kept.union([young]))
    }

    @Test func namesCannotLeaveTheDirectory() {
        #expect(BlobID("../../../../../../../../etc/passw") == nil)
        #expect(BlobID("00112233445566778899AABBCCDDEEFF") == nil)
        #expect(BlobID("00112233445566778899aabbccddeef") == nil)
        #expect(BlobID("00112233445566778899aabbccddeeff") != nil)
    }
}

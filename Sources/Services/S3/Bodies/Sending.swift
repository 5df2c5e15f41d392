import Kernel
import Store
import Synchronization

/// An object version found in the store, with its bytes at hand or pinned.
///
/// A class, because it goes through many hands and its records have some fifty fields.
final class FoundObject: Sendable {
    enum Bytes: Sendable {
        case inline([UInt8])
        case pinned(PinnedBlobs)
    }
    let bucket: BucketRecord
    let record: ObjectRecord
    let bytes: Bytes

    init(bucket: BucketRecord, record: ObjectRecord, bytes: Bytes) {
        (self.bucket, self.record, self.bytes) = (bucket, record, bytes)
    }

    var segments: [BodyManifest.Segment] { if case .pinned(let blobs) = bytes { blobs.manifest.segments } else { [] } }
}

extension S3Service {
    /// Finds a version for the caller. That a key is missing is told only to those who may list the bucket; for others
    /// it is a denial (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions").
    func find(
        bucket: String, key: String, version: String?, owner: String?, withBody: Bool = true, for context: Context
    ) async throws -> FoundObject {
        do {
            return try await find(
                bucket: bucket, key: key, version: version, owner: owner, withBody: withBody, context.platform)
        } catch let fault as S3Fault {
            guard fault.tellsOfMissingKey else { throw fault }
            let listing = try await S3Actions(service: self).listing(bucket, context)
            for permission in try await withPoints([listing], context) {
                guard try await context.platform.isAllowed(permission, in: context) else { throw S3Fault.accessDenied }
            }
            throw fault
        }
    }

    /// Reads a version and its bytes in one snapshot. Blobs are pinned, so that they stay readable when the object is
    /// replaced meanwhile.
    /// - Parameters:
    ///   - version: nil for the current one.
    ///   - withBody: false where only the record is wanted.
    func find(
        bucket: String, key: String, version: String?, owner: String?, withBody: Bool = true, _ platform: Platform
    ) async throws -> FoundObject {
        while true {
            let (found, bucketRecord, body) = try await platform.store.read { snapshot in
                let bucket = try requiredBucket(bucket, owner: owner, in: snapshot)
                let record = try ObjectTable.visible(bucket.name, key, version: version, in: snapshot)
                return (record, bucket, withBody ? try ObjectTable.body(of: record, bucket.name, key, in: snapshot) : .nothing)
            }
            switch body {
            case .nothing: return FoundObject(bucket: bucketRecord, record: found, bytes: .inline([]))
            case .inline(let bytes): return FoundObject(bucket: bucketRecord, record: found, bytes: .inline(bytes))
            case .blobs(let manifest):
                let pinned = pin(manifest)
                if try await isAlive(manifest, platform) {
                    return FoundObject(bucket: bucketRecord, record: found, bytes: .pinned(pinned))
                }
            }
            // Replaced between the two looks: what is there now?
        }
    }

    func pin(_ manifest: BodyManifest) -> PinnedBlobs {
        PinnedBlobs(manifest, pins: pins) { [collector] in collector.wake() }
    }

    /// Whether the blobs are still referred to. All blobs of a manifest live and die together.
    private func isAlive(_ manifest: BodyManifest, _ platform: Platform) async throws -> Bool {
        guard let first = manifest.segments.first else { return true }
        return try await platform.store.read { try $0.contains(BlobCount.key(first.blob.id)) }
    }

    /// The bytes `range` of an object, of which the first piece has been read and found whole: damage there is an error,
    /// and not an answer that breaks off.
    func begunStream(
        _ object: FoundObject, _ range: Range<Int64>, _ cipher: ObjectCipher?, _ platform: Platform
    ) async throws -> ByteStream {
        guard case .pinned(let blobs) = object.bytes else { return try stream(object, range, cipher, platform) }
        let walk = SegmentWalk(blobs: blobs, range: range, cipher: cipher, store: platform.blobs)
        try await walk.begin()
        return ByteStream(length: Int64(range.count)) { try await walk.next() }
    }

    /// The bytes `range` of an object, piece by piece.
    func stream(_ object: FoundObject, _ range: Range<Int64>, _ cipher: ObjectCipher?, _ platform: Platform) throws -> ByteStream
    {
        switch object.bytes {
        case .inline(let stored):
            let bytes = stored.isEmpty ? [] : try cipher?.openInline(stored) ?? stored
            if range == 0..<Int64(bytes.count) { return ByteStream(bytes: bytes) }
            return ByteStream(bytes: Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
        case .pinned(let blobs):
            let walk = SegmentWalk(blobs: blobs, range: range, cipher: cipher, store: platform.blobs)
            return ByteStream(length: Int64(range.count)) { try await walk.next() }
        }
    }
}

/// Walks through the segments of a body. One file is open and one piece in memory at a time.
private actor SegmentWalk {
    private let blobs: PinnedBlobs
    private let store: BlobStore
    private var offset: Int64
    private let end: Int64
    private var index = 0
    /// Where the present segment begins in the object.
    private var start: Int64 = 0
    private var reader: BodyReader?
    private let cipher: ObjectCipher?
    private var held: [UInt8]?

    init(blobs: PinnedBlobs, range: Range<Int64>, cipher: ObjectCipher?, store: BlobStore) {
        (self.blobs, self.store, self.cipher) = (blobs, store, cipher)
        (offset, end) = (range.lowerBound, range.upperBound)
    }

    /// Reads the first piece ahead.
    func begin() async throws { held = try await piece() }

    func next() async throws -> [UInt8]? {
        if let piece = held {
            held = nil
            return piece
        }
        return try await piece()
    }

    private func piece() async throws -> [UInt8]? {
        while offset < end, index < blobs.manifest.segments.count {
            let blob = blobs.manifest.segments[index].blob
            guard offset < start + blob.size else {
                start += blob.size
                index += 1
                reader = nil
                continue
            }
            let open = try await open(blob)
            // Reads end where frames end, so that none is opened twice.
            let aligned = Int64(Limit.readSize) - (offset - start) % Int64(FrameCipher.frameSize)
            let count = min(aligned, end - offset, start + blob.size - offset)
            let bytes = try await open.read(offset: offset - start, count: Int(count))
            guard !bytes.isEmpty else { throw StoreError.corrupt("blob \(blob.id) is too short") }
            offset += Int64(bytes.count)
            return bytes
        }
        return nil
    }

    private func open(_ blob: BlobReference) async throws -> BodyReader {
        if let reader { return reader }
        guard let opened = try await store.reader(blob.id) else { throw StoreError.corrupt("blob \(blob.id) is missing") }
        let body = BodyReader(opened, size: blob.size, cipher)
        reader = body
        return body
    }
}

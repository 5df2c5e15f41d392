import Documents
import Kernel
import Store

/// What a scrub has found so far.
public struct ScrubReport: Sendable {
    /// One version, or one part of an unfinished upload, whose bytes are not those that were written.
    public struct Damage: Sendable {
        public var bucket: String
        public var key: String
        public var versionID: String
        public var reason: String
    }
    public var versions = 0
    public var bodies = 0
    public var bytes: Int64 = 0
    /// Bodies from before checksums of files were kept; only that they are there and have their size is known.
    public var unchecked = 0
    public var damaged = 0
}

extension S3Service {
    /// Reads every stored body and holds it against the CRC-32C that was taken when it was written. Takes one body at a
    /// time; writers go on meanwhile.
    /// - Parameter found: called for each damage, up to ``Limit/scrubDamage``; the rest is counted.
    /// - Throws: what the store throws; damage is no error.
    public func scrub(_ platform: Platform, found: @Sendable (ScrubReport.Damage) async throws -> Void) async throws
        -> ScrubReport
    {
        var run = ScrubRun(platform: platform, report: ScrubReport())
        for space in [Space.s3Object, .s3Version, .s3Part] { try await run.walk(space, found) }
        return run.report
    }
}

private struct ScrubRun {
    let platform: Platform
    var report: ScrubReport

    /// A stored body and whose it is.
    private struct Item: Sendable {
        var bucket: String
        var key: String
        var version: String
        var bytes: [UInt8]?
        var sum: Int64?
        var segments: [BodyManifest.Segment] = []
        var isMissing = false
    }

    mutating func walk(_ space: Space, _ found: @Sendable (ScrubReport.Damage) async throws -> Void) async throws {
        var last: Key?
        while true {
            let after = last
            let (items, end) = try await platform.store.read { snapshot in
                var items: [Item] = []
                var end: Key?
                try snapshot.scan(Key(space), after: after, limit: Limit.scrubBatch) { place, value in
                    if let item = try Self.item(space, place, value, snapshot) { items.append(item) }
                    end = place
                    return true
                }
                return (items, end)
            }
            guard let end else { return }
            last = end
            for item in items {
                report.versions += 1
                if let reason = try await check(item) {
                    // What was replaced or removed while it was read is no damage.
                    guard try await isThere(item, space) else { continue }
                    report.damaged += 1
                    guard report.damaged <= Limit.scrubDamage else { continue }
                    try await found(
                        .init(bucket: item.bucket, key: item.key, versionID: item.version, reason: reason))
                }
            }
        }
    }

    private static func item(_ space: Space, _ place: Key, _ value: [UInt8], _ snapshot: Snapshot) throws -> Item? {
        let elements = try place.elements()
        guard case .text(let bucket)? = elements.first, elements.count > 1, case .text(let key) = elements[1] else {
            throw StoreError.corrupt("object key")
        }
        if space == .s3Part {
            let part = try PartRecord(stored: value)
            return Item(
                bucket: bucket, key: "upload \(key)", version: "part \(part.number)",
                segments: [.init(blob: part.blob, partNumber: part.number, checksum: "", storedSum: part.storedSum)])
        }
        let record = try ObjectRecord(encoded: value)
        guard record.storage != .nothing else { return nil }
        var item = Item(bucket: bucket, key: key, version: record.versionID, sum: record.storedSum)
        do {
            switch try ObjectTable.body(of: record, bucket, key, in: snapshot) {
            case .nothing: return nil
            case .inline(let bytes): item.bytes = bytes
            case .blobs(let manifest): item.segments = manifest.segments
            }
        } catch StoreError.corrupt {
            item.isMissing = true
        }
        return item
    }

    /// - Returns: what is wrong; nil for a whole body.
    private mutating func check(_ item: Item) async throws -> String? {
        if item.isMissing { return "its bytes are missing" }
        report.bodies += 1
        if let bytes = item.bytes {
            report.bytes += Int64(bytes.count)
            guard let sum = item.sum else {
                report.unchecked += 1
                return nil
            }
            return Int64(CRC.crc32c.update(0, bytes)) == sum ? nil : "its bytes are not those that were written"
        }
        for segment in item.segments {
            if let reason = try await check(segment) { return "part \(segment.partNumber): \(reason)" }
        }
        return nil
    }

    private mutating func check(_ segment: BodyManifest.Segment) async throws -> String? {
        guard let reader = try await platform.blobs.reader(segment.blob.id) else {
            return "the file of blob \(segment.blob.id) is missing"
        }
        var sum: UInt64 = 0
        do {
            for try await chunk in reader.chunks() {
                sum = CRC.crc32c.update(sum, chunk)
                report.bytes += Int64(chunk.count)
            }
        } catch let error as StoreError {
            return "the file of blob \(segment.blob.id) cannot be read: \(error)"
        }
        guard let expected = segment.storedSum else {
            report.unchecked += 1
            return reader.size < segment.blob.size ? "the file of blob \(segment.blob.id) is too short" : nil
        }
        return sum == UInt64(expected) ? nil : "the file of blob \(segment.blob.id) is not what was written"
    }

    private func isThere(_ item: Item, _ space: Space) async throws -> Bool {
        guard let blob = item.segments.first?.blob else { return true }
        return try await platform.store.read { try $0.contains(BlobCount.key(blob.id)) }
    }
}

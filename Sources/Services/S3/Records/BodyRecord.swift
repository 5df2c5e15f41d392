import Documents
import Store

/// Where an object's bytes lie when they are in blobs: its segments in order, one for each part of a multipart upload.
struct BodyManifest: Sendable, Hashable {
    struct Segment: Sendable, Hashable {
        var blob: BlobReference
        var partNumber: Int
        /// The part's own checksum, base64; empty for ordinary objects.
        var checksum: String
        /// CRC-32C of the blob's file; nil for blobs from before it was kept.
        var storedSum: UInt32?
    }

    var segments: [Segment]

    private static let tag: UInt8 = 1
    private static let type = "BodyManifest"

    func encoded() -> [UInt8] {
        var writer = FieldWriter(tag: Self.tag)
        for segment in segments {
            writer.text(1, segment.blob.id.text)
            writer.integer(2, Int64(segment.partNumber))
            writer.text(3, segment.checksum)
            writer.integer(5, segment.storedSum.map(Int64.init))
            // The size comes last and ends the segment.
            writer.integer(4, segment.blob.size)
        }
        return writer.bytes
    }

    init(segments: [Segment]) { self.segments = segments }

    init(encoded bytes: [UInt8]) throws {
        var reader = try FieldReader(bytes, tag: Self.tag, type: Self.type)
        segments = []
        var (id, part, checksum) = (BlobID?.none, 0, "")
        var sum: UInt32?
        while let (field, value) = try reader.next() {
            switch field {
            case 1: id = BlobID(try value.text(Self.type))
            case 2: part = Int(try value.integer(Self.type))
            case 5: sum = UInt32(truncatingIfNeeded: try value.integer(Self.type))
            case 3: checksum = try value.text(Self.type)
            case 4:
                guard let id else { throw StoreError.corrupt(Self.type) }
                let blob = BlobReference(id: id, size: try value.integer(Self.type))
                segments.append(Segment(blob: blob, partNumber: part, checksum: checksum, storedSum: sum))
                sum = nil
            default: throw StoreError.newer(type: Self.type, tag: field)
            }
        }
    }
}

/// An object's bytes before or after they are in the store.
enum ObjectBody: Sendable {
    case nothing
    case inline([UInt8])
    case blobs(BodyManifest)

    var storage: ObjectRecord.Storage {
        switch self {
        case .nothing: .nothing
        case .inline: .inline
        case .blobs: .blobs
        }
    }

    /// CRC-32C of bytes that are kept in the store.
    var inlineSum: Int64? { if case .inline(let bytes) = self { Int64(CRC.crc32c.update(0, bytes)) } else { nil } }

    var blobs: [BlobID] { if case .blobs(let manifest) = self { manifest.segments.map(\.blob.id) } else { [] } }
}

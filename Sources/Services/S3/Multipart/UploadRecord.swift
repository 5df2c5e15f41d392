import Documents
import Kernel
import Store

/// A multipart upload that has begun: what its object will be, but for the bytes.
struct UploadRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    var bucket: String
    var key: String
    var id: String
    var initiated: Timestamp
    var initiatorARN: String
    var initiatorID: String
    var headers: ObjectHeaders
    var tags: [Tag]
    var algorithm: ChecksumAlgorithm
    var type: ChecksumType
    /// Whether the client named an algorithm.
    var isChosen: Bool
    /// How the object will be encrypted; its parts are from the start. nil for uploads begun before Tarn encrypted.
    var encryption: ObjectEncryption?
    /// The account that will own it, if not the bucket's, and its access control list.
    var owner: String?
    var grants: [Grant]?
    /// What its lock will be, beside the bucket's default.
    var lock: LockWish?
}

/// A part that has arrived. A part uploaded again under its number replaces the former.
struct PartRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    var number: Int
    var blob: BlobReference
    /// CRC-32C of the blob's file; nil for parts from before it was kept.
    var storedSum: UInt32?
    var eTag: String
    /// Base64, of the upload's algorithm.
    var checksum: String
    var lastModified: Timestamp
}

/// The rows of uploads, by key and then by start, and of their parts.
enum UploadTable {
    static func key(_ bucket: String, _ key: String, _ id: String) -> Key { Key(.s3Upload, .text(bucket), .text(key), .text(id)) }
    static func parts(_ bucket: String, _ id: String) -> Key { Key(.s3Part, .text(bucket), .text(id)) }
    static func part(_ bucket: String, _ id: String, _ number: Int) -> Key {
        parts(bucket, id).appending(.integer(Int64(number)))
    }

    /// An id that sorts by the moment it was made.
    static func newID(_ now: Timestamp) -> String {
        var stamp = withUnsafeBytes(of: UInt64(bitPattern: now.microseconds).bigEndian, Array.init)
        stamp[0] = 0x80
        return OrderedText.encode(stamp + Identifier.random(34))
    }

    /// - Throws: ``S3Fault/noSuchUpload(_:)``.
    static func upload(_ bucket: String, _ key: String, _ id: String, in snapshot: Snapshot) throws -> UploadRecord {
        guard id.utf8.count <= Limit.keySize, let record = try snapshot.record(UploadRecord.self, Self.key(bucket, key, id))
        else {
            throw S3Fault.noSuchUpload(id)
        }
        return record
    }

    static func parts(of upload: UploadRecord, in snapshot: Snapshot) throws -> [Int: PartRecord] {
        var found: [Int: PartRecord] = [:]
        try snapshot.records(PartRecord.self, parts(upload.bucket, upload.id)) { _, part in
            found[part.number] = part
            return true
        }
        return found
    }

    /// Removes an upload and releases those of its parts that are not in `keeping`.
    static func remove(_ upload: UploadRecord, keeping: Set<Int> = [], _ transaction: Transaction) throws {
        for (number, part) in try parts(of: upload, in: transaction) where !keeping.contains(number) {
            try BlobCount.release(part.blob.id, in: transaction)
        }
        let parts = parts(upload.bucket, upload.id)
        try transaction.deleteRange(from: parts, to: parts.rangeEnd)
        try transaction.delete(key(upload.bucket, upload.key, upload.id))
    }

    static func removeAll(of bucket: String, _ transaction: Transaction) throws {
        let uploads = try transaction.all(UploadRecord.self, Key(.s3Upload, .text(bucket)))
        for upload in uploads { try remove(upload, transaction) }
    }
}

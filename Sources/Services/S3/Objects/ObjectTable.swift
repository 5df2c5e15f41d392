import Documents
import Kernel
import Store

/// The rows of objects and their versions.
///
/// `s3Object (bucket, key)` is a key's current version or delete marker, so that a listing passes each key once;
/// `s3Version (bucket, key, -order)` holds the older ones, newest first; `s3Body (bucket, key, order)` the bytes or where
/// they are, under order 0 for the null version, which a PUT without versioning so replaces in place. Of a small object
/// the bytes are in its record, and it is one row.
enum ObjectTable {
    static func key(_ bucket: String, _ key: String) -> Key { Key(.s3Object, .text(bucket), .text(key)) }
    static func versions(_ bucket: String, _ key: String) -> Key { Key(.s3Version, .text(bucket), .text(key)) }
    static func versionKey(_ bucket: String, _ key: String, _ order: Int64) -> Key {
        versions(bucket, key).appending(.integer(-order))
    }
    private static func bodyKey(_ bucket: String, _ key: String, _ record: ObjectRecord) -> Key {
        Key(.s3Body, .text(bucket), .text(key), .integer(record.nonce == nil ? 0 : record.order))
    }

    /// The current version or delete marker.
    static func head(_ bucket: String, _ key: String, in snapshot: Snapshot) throws -> ObjectRecord? {
        try snapshot.value(Self.key(bucket, key)).map { try ObjectRecord(encoded: $0) }
    }

    /// A version by its id, delete markers too.
    /// - Throws: ``S3Fault/invalidArgument(_:name:value:)`` for a text that is no version id.
    static func version(_ bucket: String, _ key: String, _ id: String, in snapshot: Snapshot) throws -> ObjectRecord? {
        guard !id.isEmpty else {
            throw S3Fault.invalidArgument("Version id cannot be the empty string", name: "versionId", value: id)
        }
        let parsed = VersionID.parse(id)
        guard parsed != nil || id == VersionID.null else {
            throw S3Fault.invalidArgument("Invalid version id specified", name: "versionId", value: id)
        }
        guard let head = try head(bucket, key, in: snapshot) else { return nil }
        if head.versionID == id { return head }
        guard let order = parsed?.order ?? head.olderNull,
            let bytes = try snapshot.value(versionKey(bucket, key, order))
        else { return nil }
        let record = try ObjectRecord(encoded: bytes)
        return record.versionID == id ? record : nil
    }

    /// What a reader sees: the current version or the one asked for.
    static func visible(_ bucket: String, _ key: String, version id: String?, in snapshot: Snapshot) throws -> ObjectRecord {
        try WriteRules.checkKey(key)
        if let id {
            guard let record = try version(bucket, key, id, in: snapshot) else {
                throw S3Fault.noSuchVersion(key: key, versionID: id)
            }
            guard !record.isDeleteMarker else {
                throw S3Fault.markerHasNoContent(lastModified: record.lastModified, versionID: record.versionID)
            }
            return record
        }
        guard let head = try head(bucket, key, in: snapshot) else { throw S3Fault.noSuchKey(key) }
        guard !head.isDeleteMarker else { throw S3Fault.deleteMarker(key: key, versionID: head.versionID) }
        return head
    }

    static func body(of record: ObjectRecord, _ bucket: String, _ key: String, in snapshot: Snapshot) throws -> ObjectBody {
        if record.storage == .nothing { return .nothing }
        if record.storage == .record { return .inline(record.bytes) }
        guard let bytes = try snapshot.value(bodyKey(bucket, key, record)) else {
            throw StoreError.corrupt("body of \(bucket)/\(key)")
        }
        return record.storage == .inline ? .inline(bytes) : .blobs(try BodyManifest(encoded: bytes))
    }

    /// Makes `record` the key's current version by the bucket's versioning rules and stores its bytes. Blobs of `body`
    /// must have been counted by the caller's ``BlobCount/retain(_:in:)``; those of a replaced version are released.
    /// - Parameter head: the row that was current, as read in this transaction.
    /// - Returns: the record with its place in the order and its version id.
    static func put(
        _ new: ObjectRecord, _ body: ObjectBody, replacing head: ObjectRecord?, in bucket: BucketRecord, _ key: String,
        now: Timestamp,
        _ transaction: Transaction
    ) throws -> ObjectRecord {
        var record = new
        record.order = max(now.microseconds, head.map { $0.order + 1 } ?? 0)
        // S3 knows whole seconds: headers and listings must agree.
        record.lastModified = Timestamp(seconds: now.seconds)
        record.take(body)
        record.nonce = bucket.versioning == .enabled ? Identifier.random(16) : nil
        record.olderNull = nil
        let isNull = record.nonce == nil
        if let head {
            if head.nonce == nil, isNull {
                try releaseBody(of: head, bucket.name, key, keepingRow: record.storage.hasRow, transaction)
            } else {
                try demote(head, bucket.name, key, transaction)
                record.olderNull = head.nonce == nil ? head.order : head.olderNull
                if isNull, let order = head.olderNull {
                    try removeOlder(order, bucket.name, key, keepingRow: record.storage.hasRow, transaction)
                    record.olderNull = nil
                }
            }
        }
        try putBody(body, of: record, bucket.name, key, transaction)
        try transaction.put(Self.key(bucket.name, key), record.encoded())
        return record
    }

    private static func putBody(
        _ body: ObjectBody, of record: ObjectRecord, _ bucket: String, _ key: String, _ transaction: Transaction
    ) throws {
        guard record.storage.hasRow else { return }
        switch body {
        case .nothing: break
        case .inline(let bytes): try transaction.put(bodyKey(bucket, key, record), bytes)
        case .blobs(let manifest): try transaction.put(bodyKey(bucket, key, record), manifest.encoded())
        }
    }

    /// Puts a version of another bucket, with its own order and id, among a key's versions.
    /// - Returns: false where another version has its place in the order.
    static func insert(_ version: ObjectRecord, _ body: ObjectBody, in bucket: String, _ key: String, _ transaction: Transaction)
        throws -> Bool
    {
        var record = version
        record.take(body)
        record.olderNull = nil
        let head = try head(bucket, key, in: transaction)
        guard head?.order != record.order, try !transaction.contains(versionKey(bucket, key, record.order)) else { return false }
        try putBody(body, of: record, bucket, key, transaction)
        if let head, head.order > record.order {
            try transaction.put(versionKey(bucket, key, record.order), record.encoded())
            return true
        }
        if let head {
            try demote(head, bucket, key, transaction)
            record.olderNull = head.nonce == nil ? head.order : head.olderNull
        }
        try transaction.put(Self.key(bucket, key), record.encoded())
        return true
    }

    /// Writes a version back with changed tags.
    static func update(_ record: ObjectRecord, _ bucket: String, _ key: String, _ transaction: Transaction) throws {
        let head = try head(bucket, key, in: transaction)
        let place =
            head?.order == record.order && head?.nonce == record.nonce
            ? Self.key(bucket, key) : versionKey(bucket, key, record.order)
        try transaction.put(place, record.encoded())
    }

    /// Writes a version back with its bytes sealed anew. Blobs of `body` must have been counted; the old ones are released.
    static func reseal(
        _ version: ObjectRecord, _ body: ObjectBody, _ bucket: String, _ key: String, _ transaction: Transaction
    ) throws {
        var record = version
        record.take(body)
        record.storedSum = body.inlineSum
        try releaseBody(of: version, bucket, key, keepingRow: record.storage.hasRow, transaction)
        try putBody(body, of: record, bucket, key, transaction)
        try update(record, bucket, key, transaction)
    }

    /// Removes one version for good. If it was the current one, the next older takes its place.
    static func remove(_ record: ObjectRecord, _ bucket: String, _ key: String, _ transaction: Transaction) throws {
        guard let head = try head(bucket, key, in: transaction) else { return }
        try releaseBody(of: record, bucket, key, keepingRow: false, transaction)
        guard head.order == record.order, head.nonce == record.nonce else {
            try transaction.delete(versionKey(bucket, key, record.order))
            if record.nonce == nil {
                var changed = head
                changed.olderNull = nil
                try transaction.put(Self.key(bucket, key), changed.encoded())
            }
            return
        }
        guard let (place, older) = try newestOlder(bucket, key, transaction) else {
            return try transaction.delete(Self.key(bucket, key))
        }
        var promoted = older
        promoted.olderNull = older.nonce == nil ? nil : head.olderNull
        try transaction.delete(place)
        try transaction.put(Self.key(bucket, key), promoted.encoded())
    }

    private static func newestOlder(_ bucket: String, _ key: String, _ transaction: Transaction) throws -> (Key, ObjectRecord)? {
        var found: (Key, ObjectRecord)?
        try transaction.scan(versions(bucket, key), limit: 1) { place, bytes in
            found = (place, try ObjectRecord(encoded: bytes))
            return false
        }
        return found
    }

    private static func demote(_ head: ObjectRecord, _ bucket: String, _ key: String, _ transaction: Transaction) throws {
        var older = head
        older.olderNull = nil
        try transaction.put(versionKey(bucket, key, head.order), older.encoded())
    }

    private static func removeOlder(
        _ order: Int64, _ bucket: String, _ key: String, keepingRow: Bool, _ transaction: Transaction
    ) throws {
        let place = versionKey(bucket, key, order)
        guard let bytes = try transaction.value(place) else { throw StoreError.corrupt("null version of \(bucket)/\(key)") }
        try releaseBody(of: ObjectRecord(encoded: bytes), bucket, key, keepingRow: keepingRow, transaction)
        try transaction.delete(place)
    }

    /// - Parameter keepingRow: the body row is about to be overwritten.
    private static func releaseBody(
        of record: ObjectRecord, _ bucket: String, _ key: String, keepingRow: Bool, _ transaction: Transaction
    ) throws {
        guard record.storage.hasRow else { return }
        if record.storage == .blobs {
            for id in try body(of: record, bucket, key, in: transaction).blobs { try BlobCount.release(id, in: transaction) }
        }
        if !keepingRow { try transaction.delete(bodyKey(bucket, key, record)) }
    }
}

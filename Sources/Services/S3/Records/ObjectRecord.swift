import Documents
import Kernel
import Store

/// One version of an object, or a delete marker: everything but its bytes. Versions of a key are ordered by ``order``.
struct ObjectRecord: Sendable, Hashable {
    /// Where the bytes are.
    enum Storage: Int64 {
        /// There are none.
        case nothing = 0
        /// In the body row.
        case inline = 1
        /// In blobs; the body row lists them.
        case blobs = 2
        /// In ``ObjectRecord/bytes``.
        case record = 3

        /// Whether there is a body row.
        var hasRow: Bool { self == .inline || self == .blobs }
    }

    /// Microseconds since 1970 at which this version was made, pushed on where needed to exceed every older version's.
    var order: Int64 = 0
    /// 16 random bytes that make the version id unguessable; nil for the null version.
    var nonce: [UInt8]?
    var isDeleteMarker = false
    var lastModified = Timestamp(microseconds: 0)
    var size: Int64 = 0
    /// Without quotation marks.
    var eTag = ""
    var storage = Storage.nothing
    /// The body as stored, where it is small enough to lie with its record: one row is written and read instead of two.
    var bytes: [UInt8] = []
    var checksum: Checksum?
    /// How many parts it was uploaded in; 0 for an ordinary PUT.
    var partsCount = 0
    /// The multipart upload that made it: completing that again has the same answer.
    var uploadID: String?
    var headers = ObjectHeaders()
    var tags: [Tag] = []
    /// nil for bytes that were stored before Tarn encrypted.
    var encryption: ObjectEncryption?
    /// The account that wrote it, where that is not the bucket's and keeps it.
    var owner: String?
    /// The access control list; nil gives the owner full control and nobody else anything.
    var grants: [Grant]?
    /// Until when it can't be removed.
    var retention: Retention?
    /// While true, it can't be removed; nil where there never was a legal hold.
    var legalHold: Bool?
    var isLegalHeld: Bool { legalHold == true }
    /// Of an archived version.
    var restored: RestoredCopy?
    /// Where its replication stands; nil where none applies.
    var replication: ReplicationState?
    /// CRC-32C of the stored bytes, where they are inline: what a scrub holds them against.
    var storedSum: Int64?
    /// Only in a key's current row: the ``order`` of its null version, if that is not the current one.
    var olderNull: Int64?

    /// `null` for versions made while versioning was off or suspended.
    var versionID: String { nonce.map { VersionID.text(order: order, nonce: $0) } ?? VersionID.null }
    var quotedETag: String { "\"\(eTag)\"" }

    /// Takes a small body into the record; notes of any other where it will be.
    mutating func take(_ body: ObjectBody) {
        (storage, bytes) = (body.storage, [])
        if case .inline(let small) = body, small.count <= Limit.recordBodySize { (storage, bytes) = (.record, small) }
    }
}

/// What the client says about the object's content, kept and given back.
struct ObjectHeaders: Sendable, Hashable, Codable {
    var cacheControl: String?
    var contentDisposition: String?
    var contentEncoding: String?
    var contentLanguage: String?
    var contentType: String?
    var expires: String?
    var websiteRedirectLocation: String?
    /// nil is STANDARD.
    var storageClass: String?
    /// `x-amz-meta-` fields by lower-case name.
    var metadata: [String: String] = [:]
}

struct Tag: KeyedTag, Sendable, Hashable, Codable {
    var key: String
    var value: String

    var tagKey: String { key }
    var tagValue: String { value }
}

/// Version ids: 32 URL-safe characters that sort with the newest first.
enum VersionID {
    static let null = "null"

    static func text(order: Int64, nonce: [UInt8]) -> String {
        OrderedText.encode(withUnsafeBytes(of: UInt64(bitPattern: ~order).bigEndian, Array.init) + nonce)
    }

    /// - Returns: nil for what is no version id.
    static func parse(_ text: String) -> (order: Int64, nonce: [UInt8])? {
        guard text.utf8.count == 32, let bytes = OrderedText.decode(text) else { return nil }
        return (~Int64(bitPattern: bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }), Array(bytes[8...]))
    }
}

extension ObjectRecord {
    private static let tag: UInt8 = 1
    private static let type = "ObjectRecord"

    private enum Field {
        static let order: UInt8 = 1, nonce: UInt8 = 2, deleteMarker: UInt8 = 3, lastModified: UInt8 = 4, size: UInt8 = 5
        static let eTag: UInt8 = 6, storage: UInt8 = 7, checksumKind: UInt8 = 8, checksum: UInt8 = 9, partsCount: UInt8 = 10
        static let olderNull: UInt8 = 11, cacheControl: UInt8 = 12, contentDisposition: UInt8 = 13, contentEncoding: UInt8 = 14
        static let contentLanguage: UInt8 = 15, contentType: UInt8 = 16, expires: UInt8 = 17, redirect: UInt8 = 18
        static let storageClass: UInt8 = 19, metadataName: UInt8 = 20, metadataValue: UInt8 = 21
        static let tagKey: UInt8 = 22, tagValue: UInt8 = 23
        static let method: UInt8 = 24, salt: UInt8 = 25, keyARN: UInt8 = 26, wrappedKey: UInt8 = 27, contextName: UInt8 = 28
        static let contextValue: UInt8 = 29, bucketKey: UInt8 = 30, customerMD5: UInt8 = 31, customerProof: UInt8 = 32
        // 50-59: locks, restoration, damage.
        static let retentionMode: UInt8 = 50, retainUntil: UInt8 = 51, legalHold: UInt8 = 52, restoreReady: UInt8 = 53
        static let restoreExpires: UInt8 = 54, storedSum: UInt8 = 55, bytes: UInt8 = 56
        // 40-44: replication.
        static let isReplica: UInt8 = 40, replicationWaiting: UInt8 = 41, replicationFailed: UInt8 = 42
        static let replicationGeneration: UInt8 = 43
        static let owner: UInt8 = 33, hasGrants: UInt8 = 34, grantee: UInt8 = 35, right: UInt8 = 36, uploadID: UInt8 = 37
    }

    /// The stored form. It does not go through Codable because every PUT and GET passes here.
    func encoded() -> [UInt8] {
        var writer = FieldWriter(tag: Self.tag, capacity: 320 + bytes.count)
        writer.integer(Field.order, order)
        writer.blob(Field.nonce, nonce)
        if isDeleteMarker { writer.integer(Field.deleteMarker, 1) }
        writer.integer(Field.lastModified, lastModified.microseconds)
        if size != 0 { writer.integer(Field.size, size) }
        if !eTag.isEmpty { writer.text(Field.eTag, eTag) }
        if storage != .nothing { writer.integer(Field.storage, storage.rawValue) }
        if let checksum {
            writer.integer(Field.checksumKind, Int64(checksum.algorithm.rawValue) << 8 | Int64(checksum.type.rawValue))
            writer.text(Field.checksum, checksum.value)
        }
        if partsCount != 0 { writer.integer(Field.partsCount, Int64(partsCount)) }
        writer.text(Field.uploadID, uploadID)
        writer.integer(Field.olderNull, olderNull)
        writer.text(Field.cacheControl, headers.cacheControl)
        writer.text(Field.contentDisposition, headers.contentDisposition)
        writer.text(Field.contentEncoding, headers.contentEncoding)
        writer.text(Field.contentLanguage, headers.contentLanguage)
        writer.text(Field.contentType, headers.contentType)
        writer.text(Field.expires, headers.expires)
        writer.text(Field.redirect, headers.websiteRedirectLocation)
        writer.text(Field.storageClass, headers.storageClass)
        for (name, value) in headers.metadata {
            writer.text(Field.metadataName, name)
            writer.text(Field.metadataValue, value)
        }
        for tag in tags {
            writer.text(Field.tagKey, tag.key)
            writer.text(Field.tagValue, tag.value)
        }
        if let encryption {
            writer.integer(Field.method, encryption.method.rawValue)
            writer.blob(Field.salt, encryption.salt)
            writer.text(Field.keyARN, encryption.keyARN)
            writer.blob(Field.wrappedKey, encryption.wrappedKey)
            for (name, value) in encryption.context {
                writer.text(Field.contextName, name)
                writer.text(Field.contextValue, value)
            }
            if encryption.usesBucketKey { writer.integer(Field.bucketKey, 1) }
            writer.text(Field.customerMD5, encryption.customerKeyMD5)
            writer.blob(Field.customerProof, encryption.customerKeyProof)
        }
        if let retention {
            writer.integer(Field.retentionMode, retention.mode == .compliance ? 2 : 1)
            writer.integer(Field.retainUntil, retention.until.microseconds)
        }
        writer.integer(Field.legalHold, legalHold.map { $0 ? 1 : 0 })
        if let restored {
            writer.integer(Field.restoreReady, restored.ready.microseconds)
            writer.integer(Field.restoreExpires, restored.expires.microseconds)
        }
        writer.integer(Field.storedSum, storedSum)
        if storage == .record { writer.blob(Field.bytes, bytes) }
        if let replication {
            writer.integer(Field.isReplica, replication.isReplica ? 1 : 0)
            for bucket in replication.waiting { writer.text(Field.replicationWaiting, bucket) }
            if replication.hasFailed { writer.integer(Field.replicationFailed, 1) }
            if replication.generation != 0 { writer.integer(Field.replicationGeneration, replication.generation) }
        }
        writer.text(Field.owner, owner)
        if let grants {
            writer.integer(Field.hasGrants, 1)
            for grant in grants {
                writer.text(Field.grantee, grant.grantee)
                writer.text(Field.right, grant.right.rawValue)
            }
        }
        return writer.bytes
    }

    /// - Throws: ``StoreError``.
    init(encoded bytes: [UInt8]) throws {
        var reader = try FieldReader(bytes, tag: Self.tag, type: Self.type)
        var kind: Int64?
        var name = ""
        while let (field, value) = try reader.next() {
            switch field {
            case Field.order: order = try value.integer(Self.type)
            case Field.nonce: nonce = try value.blob(Self.type)
            case Field.deleteMarker: isDeleteMarker = try value.integer(Self.type) == 1
            case Field.lastModified: lastModified = Timestamp(microseconds: try value.integer(Self.type))
            case Field.size: size = try value.integer(Self.type)
            case Field.eTag: eTag = try value.text(Self.type)
            case Field.storage:
                guard let known = Storage(rawValue: try value.integer(Self.type)) else { throw StoreError.corrupt(Self.type) }
                storage = known
            case Field.checksumKind: kind = try value.integer(Self.type)
            case Field.checksum:
                guard let kind, let algorithm = ChecksumAlgorithm(rawValue: UInt8(truncatingIfNeeded: kind >> 8)),
                    let type = ChecksumType(rawValue: UInt8(truncatingIfNeeded: kind))
                else { throw StoreError.corrupt(Self.type) }
                checksum = Checksum(algorithm: algorithm, type: type, value: try value.text(Self.type))
            case Field.partsCount: partsCount = Int(try value.integer(Self.type))
            case Field.uploadID: uploadID = try value.text(Self.type)
            case Field.olderNull: olderNull = try value.integer(Self.type)
            case Field.cacheControl: headers.cacheControl = try value.text(Self.type)
            case Field.contentDisposition: headers.contentDisposition = try value.text(Self.type)
            case Field.contentEncoding: headers.contentEncoding = try value.text(Self.type)
            case Field.contentLanguage: headers.contentLanguage = try value.text(Self.type)
            case Field.contentType: headers.contentType = try value.text(Self.type)
            case Field.expires: headers.expires = try value.text(Self.type)
            case Field.redirect: headers.websiteRedirectLocation = try value.text(Self.type)
            case Field.storageClass: headers.storageClass = try value.text(Self.type)
            case Field.metadataName, Field.tagKey, Field.contextName, Field.grantee: name = try value.text(Self.type)
            case Field.metadataValue: headers.metadata[name] = try value.text(Self.type)
            case Field.tagValue: tags.append(Tag(key: name, value: try value.text(Self.type)))
            case Field.method:
                guard let method = ObjectEncryption.Method(rawValue: try value.integer(Self.type)) else {
                    throw StoreError.corrupt(Self.type)
                }
                encryption = ObjectEncryption(method: method, salt: [])
            case Field.salt: encryption?.salt = try value.blob(Self.type)
            case Field.keyARN: encryption?.keyARN = try value.text(Self.type)
            case Field.wrappedKey: encryption?.wrappedKey = try value.blob(Self.type)
            case Field.contextValue: encryption?.context[name] = try value.text(Self.type)
            case Field.bucketKey: encryption?.usesBucketKey = try value.integer(Self.type) == 1
            case Field.customerMD5: encryption?.customerKeyMD5 = try value.text(Self.type)
            case Field.customerProof: encryption?.customerKeyProof = try value.blob(Self.type)
            case Field.retentionMode:
                let mode: Retention.Mode = try value.integer(Self.type) == 2 ? .compliance : .governance
                retention = Retention(mode: mode, until: Timestamp(microseconds: 0))
            case Field.retainUntil: retention?.until = Timestamp(microseconds: try value.integer(Self.type))
            case Field.legalHold: legalHold = try value.integer(Self.type) == 1
            case Field.restoreReady:
                restored = RestoredCopy(
                    ready: Timestamp(microseconds: try value.integer(Self.type)), expires: Timestamp(microseconds: 0))
            case Field.restoreExpires: restored?.expires = Timestamp(microseconds: try value.integer(Self.type))
            case Field.storedSum: storedSum = try value.integer(Self.type)
            case Field.bytes: self.bytes = try value.blob(Self.type)
            case Field.isReplica: replication = ReplicationState(isReplica: try value.integer(Self.type) == 1)
            case Field.replicationWaiting: replication?.waiting.append(try value.text(Self.type))
            case Field.replicationFailed: replication?.hasFailed = try value.integer(Self.type) == 1
            case Field.replicationGeneration: replication?.generation = try value.integer(Self.type)
            case Field.owner: owner = try value.text(Self.type)
            case Field.hasGrants: grants = []
            case Field.right:
                guard let right = Grant.Right(rawValue: try value.text(Self.type)) else { throw StoreError.corrupt(Self.type) }
                grants?.append(Grant(grantee: name, right: right))
            default: throw StoreError.newer(type: Self.type, tag: field)
            }
        }
    }
}

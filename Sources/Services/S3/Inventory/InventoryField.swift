import Documents

/// A column of an inventory
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html#storage-inventory-contents).
enum InventoryField: String, Sendable, CaseIterable {
    case bucket = "Bucket"
    case key = "Key"
    case versionID = "VersionId"
    case isLatest = "IsLatest"
    case isDeleteMarker = "IsDeleteMarker"
    case size = "Size"
    case lastModified = "LastModifiedDate"
    case eTag = "ETag"
    case storageClass = "StorageClass"
    case isMultipart = "IsMultipartUploaded"
    case replicationStatus = "ReplicationStatus"
    case encryptionStatus = "EncryptionStatus"
    case retainUntil = "ObjectLockRetainUntilDate"
    case lockMode = "ObjectLockMode"
    case legalHold = "ObjectLockLegalHoldStatus"
    case accessTier = "IntelligentTieringAccessTier"
    case bucketKey = "BucketKeyStatus"
    case checksum = "ChecksumAlgorithm"
    case accessList = "ObjectAccessControlList"
    case owner = "ObjectOwner"
    case expiration = "LifecycleExpirationDate"

    enum Kind: String { case text = "string", flag = "boolean", count = "bigint", moment = "timestamp" }

    var isOptional: Bool {
        switch self {
        case .bucket, .key, .versionID, .isLatest, .isDeleteMarker: false
        default: true
        }
    }

    var kind: Kind {
        switch self {
        case .isLatest, .isDeleteMarker, .isMultipart: .flag
        case .size: .count
        case .lastModified, .retainUntil, .expiration: .moment
        default: .text
        }
    }

    /// In columnar files: `e_tag`.
    var columnName: String {
        switch self {
        case .eTag: "e_tag"
        default:
            rawValue.reduce(into: "") { name, letter in
                if letter.isUppercase, !name.isEmpty { name.append("_") }
                name.append(letter.lowercased())
            }
        }
    }

    /// The columns of a configuration, in the order of the documentation.
    static func columns(_ configuration: Shape.InventoryConfiguration) -> [InventoryField] {
        let wanted = Set(configuration.optionalFields ?? [])
        return allCases.filter { field in
            switch field {
            case .bucket, .key: true
            case .versionID, .isLatest, .isDeleteMarker: configuration.includedObjectVersions == "All"
            default: wanted.contains(field.rawValue)
            }
        }
    }

    /// The schema as the manifest of a format has it.
    static func schema(_ columns: [InventoryField], format: String) -> String {
        switch format {
        case "CSV": columns.map(\.rawValue).joined(separator: ", ")
        case "ORC": "struct<" + columns.map { "\($0.columnName):\($0.kind.rawValue)" }.joined(separator: ",") + ">"
        default:
            "message s3.inventory { "
                + columns.map { field in
                    let need = field == .bucket || field == .key ? "required" : "optional"
                    let type =
                        switch field.kind {
                        case .text: "binary \(field.columnName) (UTF8)"
                        case .flag: "boolean \(field.columnName)"
                        case .count: "int64 \(field.columnName)"
                        case .moment: "int64 \(field.columnName) (TIMESTAMP_MILLIS)"
                        }
                    return " \(need) \(type);"
                }.joined() + "}"
        }
    }
}

/// One version as an inventory lists it.
struct InventoryRow: Sendable {
    var bucket: BucketRecord
    var plan: LifecyclePlan?
    var key: String
    var record: ObjectRecord
    var isLatest: Bool

    /// - Returns: nil for what the version does not have.
    func value(_ field: InventoryField) -> String? {
        switch field {
        case .bucket: return bucket.name
        case .key: return key
        case .versionID: return record.nonce == nil ? nil : record.versionID
        case .isLatest: return String(isLatest)
        case .isDeleteMarker: return String(record.isDeleteMarker)
        case .lastModified: return record.lastModified.iso8601(milliseconds: true)
        case .owner: return CanonicalUser.id(bucket.usesACLs ? record.owner ?? bucket.account : bucket.account)
        case .replicationStatus: return record.replication?.status.rawValue
        case .retainUntil: return record.retention?.until.iso8601(milliseconds: true)
        case .lockMode: return record.retention?.mode.rawValue
        default: break
        }
        guard !record.isDeleteMarker else { return nil }
        switch field {
        case .size: return String(record.size)
        case .eTag: return record.eTag
        case .storageClass: return record.headers.storageClass ?? "STANDARD"
        case .isMultipart: return String(record.partsCount > 0)
        case .encryptionStatus: return encryption
        case .legalHold: return bucket.objectLock == nil ? nil : record.isLegalHeld ? "ON" : "OFF"
        case .accessTier: return record.headers.storageClass == "INTELLIGENT_TIERING" ? "FREQUENT" : nil
        case .bucketKey:
            return record.encryption?.method == .kms ? record.encryption?.usesBucketKey == true ? "ENABLED" : "DISABLED" : nil
        case .checksum: return record.checksum?.algorithm.name
        case .accessList: return accessList
        case .expiration: return isLatest ? plan?.expiration(of: record, key)?.date.iso8601(milliseconds: true) : nil
        default: return nil
        }
    }

    private var encryption: String {
        switch record.encryption?.method {
        case .s3: "SSE-S3"
        case .kms: "SSE-KMS"
        case .dsse: "DSSE-KMS"
        case .customer: "SSE-C"
        case nil: "NOT-SSE"
        }
    }

    /// Base64 of a JSON document
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/objectacl.html).
    private var accessList: String {
        let owner = bucket.usesACLs ? record.owner ?? bucket.account : bucket.account
        let grants = (bucket.usesACLs ? record.grants : nil) ?? CannedACL.owner.grants(owner: owner, bucketOwner: nil)
        let list = grants.map { grant -> Document in
            grant.isGroup
                ? ["uri": .string(grant.grantee), "type": "Group", "permission": .string(grant.right.rawValue)]
                : ["canonicalId": .string(grant.grantee), "type": "CanonicalUser", "permission": .string(grant.right.rawValue)]
        }
        return Base64.string(JSON.write(["version": "2022-11-10", "status": "AVAILABLE", "grants": .list(list)]))
    }
}

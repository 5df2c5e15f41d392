import Documents

// The members of the API model that these operations use, under the model's names.

struct GetObjectInput: Codable, Sendable, ObjectReadMembers {
    var bucket: String
    var key: String
    var ifMatch: String?
    var ifNoneMatch: String?
    var ifModifiedSince: Timestamp?
    var ifUnmodifiedSince: Timestamp?
    var range: String?
    var versionID: String?
    var partNumber: Int?
    var expectedBucketOwner: String?
    var checksumMode: String?
    var responseCacheControl: String?
    var responseContentDisposition: String?
    var responseContentEncoding: String?
    var responseContentLanguage: String?
    var responseContentType: String?
    var responseExpires: Timestamp?
    var sseCustomerAlgorithm: String?
    var sseCustomerKey: String?
    var sseCustomerKeyMD5: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case ifMatch = "IfMatch"
        case ifNoneMatch = "IfNoneMatch"
        case ifModifiedSince = "IfModifiedSince"
        case ifUnmodifiedSince = "IfUnmodifiedSince"
        case range = "Range"
        case versionID = "VersionId"
        case partNumber = "PartNumber"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case checksumMode = "ChecksumMode"
        case responseCacheControl = "ResponseCacheControl"
        case responseContentDisposition = "ResponseContentDisposition"
        case responseContentEncoding = "ResponseContentEncoding"
        case responseContentLanguage = "ResponseContentLanguage"
        case responseContentType = "ResponseContentType"
        case responseExpires = "ResponseExpires"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKey = "SSECustomerKey"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
    }
}

struct GetObjectOutput: Codable, Sendable, ChecksumMembers {
    var deleteMarker: Bool?
    var acceptRanges: String?
    var lastModified: Timestamp?
    var contentLength: Int64?
    var eTag: String?
    var checksumCRC32: String?
    var checksumCRC32C: String?
    var checksumCRC64NVME: String?
    var checksumSHA1: String?
    var checksumSHA256: String?
    var checksumSHA512: String?
    var checksumMD5: String?
    var checksumXXHASH64: String?
    var checksumXXHASH3: String?
    var checksumXXHASH128: String?
    var checksumType: String?
    var versionID: String?
    var expiration: String?
    var replicationStatus: String?
    var cacheControl: String?
    var contentDisposition: String?
    var contentEncoding: String?
    var contentLanguage: String?
    var contentRange: String?
    var contentType: String?
    var expires: String?
    var websiteRedirectLocation: String?
    var metadata: [String: String]?
    var storageClass: String?
    var partsCount: Int?
    var tagCount: Int?
    var serverSideEncryption: String?
    var sseKMSKeyID: String?
    var bucketKeyEnabled: Bool?
    var sseCustomerAlgorithm: String?
    var sseCustomerKeyMD5: String?
    var restore: String?
    var objectLockMode: String?
    var objectLockRetainUntilDate: Timestamp?
    var objectLockLegalHoldStatus: String?

    enum CodingKeys: String, CodingKey {
        case restore = "Restore"
        case objectLockMode = "ObjectLockMode"
        case objectLockRetainUntilDate = "ObjectLockRetainUntilDate"
        case objectLockLegalHoldStatus = "ObjectLockLegalHoldStatus"
        case deleteMarker = "DeleteMarker"
        case acceptRanges = "AcceptRanges"
        case lastModified = "LastModified"
        case contentLength = "ContentLength"
        case eTag = "ETag"
        case checksumCRC32 = "ChecksumCRC32"
        case checksumCRC32C = "ChecksumCRC32C"
        case checksumCRC64NVME = "ChecksumCRC64NVME"
        case checksumSHA1 = "ChecksumSHA1"
        case checksumSHA256 = "ChecksumSHA256"
        case checksumSHA512 = "ChecksumSHA512"
        case checksumMD5 = "ChecksumMD5"
        case checksumXXHASH64 = "ChecksumXXHASH64"
        case checksumXXHASH3 = "ChecksumXXHASH3"
        case checksumXXHASH128 = "ChecksumXXHASH128"
        case checksumType = "ChecksumType"
        case versionID = "VersionId"
        case expiration = "Expiration"
        case replicationStatus = "ReplicationStatus"
        case cacheControl = "CacheControl"
        case contentDisposition = "ContentDisposition"
        case contentEncoding = "ContentEncoding"
        case contentLanguage = "ContentLanguage"
        case contentRange = "ContentRange"
        case contentType = "ContentType"
        case expires = "Expires"
        case websiteRedirectLocation = "WebsiteRedirectLocation"
        case metadata = "Metadata"
        case storageClass = "StorageClass"
        case partsCount = "PartsCount"
        case tagCount = "TagCount"
        case serverSideEncryption = "ServerSideEncryption"
        case sseKMSKeyID = "SSEKMSKeyId"
        case bucketKeyEnabled = "BucketKeyEnabled"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
    }
}

struct HeadObjectInput: Codable, Sendable, ObjectReadMembers {
    var bucket: String
    var key: String
    var ifMatch: String?
    var ifNoneMatch: String?
    var ifModifiedSince: Timestamp?
    var ifUnmodifiedSince: Timestamp?
    var range: String?
    var versionID: String?
    var partNumber: Int?
    var expectedBucketOwner: String?
    var checksumMode: String?
    var responseCacheControl: String?
    var responseContentDisposition: String?
    var responseContentEncoding: String?
    var responseContentLanguage: String?
    var responseContentType: String?
    var responseExpires: Timestamp?
    var sseCustomerAlgorithm: String?
    var sseCustomerKey: String?
    var sseCustomerKeyMD5: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case ifMatch = "IfMatch"
        case ifNoneMatch = "IfNoneMatch"
        case ifModifiedSince = "IfModifiedSince"
        case ifUnmodifiedSince = "IfUnmodifiedSince"
        case range = "Range"
        case versionID = "VersionId"
        case partNumber = "PartNumber"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case checksumMode = "ChecksumMode"
        case responseCacheControl = "ResponseCacheControl"
        case responseContentDisposition = "ResponseContentDisposition"
        case responseContentEncoding = "ResponseContentEncoding"
        case responseContentLanguage = "ResponseContentLanguage"
        case responseContentType = "ResponseContentType"
        case responseExpires = "ResponseExpires"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKey = "SSECustomerKey"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
    }
}

struct HeadObjectOutput: Codable, Sendable, ChecksumMembers {
    var deleteMarker: Bool?
    var acceptRanges: String?
    var lastModified: Timestamp?
    var contentLength: Int64?
    var eTag: String?
    var checksumCRC32: String?
    var checksumCRC32C: String?
    var checksumCRC64NVME: String?
    var checksumSHA1: String?
    var checksumSHA256: String?
    var checksumSHA512: String?
    var checksumMD5: String?
    var checksumXXHASH64: String?
    var checksumXXHASH3: String?
    var checksumXXHASH128: String?
    var checksumType: String?
    var versionID: String?
    var expiration: String?
    var replicationStatus: String?
    var cacheControl: String?
    var contentDisposition: String?
    var contentEncoding: String?
    var contentLanguage: String?
    var contentRange: String?
    var contentType: String?
    var expires: String?
    var websiteRedirectLocation: String?
    var metadata: [String: String]?
    var storageClass: String?
    var partsCount: Int?
    var tagCount: Int?
    var serverSideEncryption: String?
    var sseKMSKeyID: String?
    var bucketKeyEnabled: Bool?
    var sseCustomerAlgorithm: String?
    var sseCustomerKeyMD5: String?
    var restore: String?
    var objectLockMode: String?
    var objectLockRetainUntilDate: Timestamp?
    var objectLockLegalHoldStatus: String?

    enum CodingKeys: String, CodingKey {
        case restore = "Restore"
        case objectLockMode = "ObjectLockMode"
        case objectLockRetainUntilDate = "ObjectLockRetainUntilDate"
        case objectLockLegalHoldStatus = "ObjectLockLegalHoldStatus"
        case deleteMarker = "DeleteMarker"
        case acceptRanges = "AcceptRanges"
        case lastModified = "LastModified"
        case contentLength = "ContentLength"
        case eTag = "ETag"
        case checksumCRC32 = "ChecksumCRC32"
        case checksumCRC32C = "ChecksumCRC32C"
        case checksumCRC64NVME = "ChecksumCRC64NVME"
        case checksumSHA1 = "ChecksumSHA1"
        case checksumSHA256 = "ChecksumSHA256"
        case checksumSHA512 = "ChecksumSHA512"
        case checksumMD5 = "ChecksumMD5"
        case checksumXXHASH64 = "ChecksumXXHASH64"
        case checksumXXHASH3 = "ChecksumXXHASH3"
        case checksumXXHASH128 = "ChecksumXXHASH128"
        case checksumType = "ChecksumType"
        case versionID = "VersionId"
        case expiration = "Expiration"
        case replicationStatus = "ReplicationStatus"
        case cacheControl = "CacheControl"
        case contentDisposition = "ContentDisposition"
        case contentEncoding = "ContentEncoding"
        case contentLanguage = "ContentLanguage"
        case contentRange = "ContentRange"
        case contentType = "ContentType"
        case expires = "Expires"
        case websiteRedirectLocation = "WebsiteRedirectLocation"
        case metadata = "Metadata"
        case storageClass = "StorageClass"
        case partsCount = "PartsCount"
        case tagCount = "TagCount"
        case serverSideEncryption = "ServerSideEncryption"
        case sseKMSKeyID = "SSEKMSKeyId"
        case bucketKeyEnabled = "BucketKeyEnabled"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
    }
}

struct GetObjectAttributesInput: Codable, Sendable, CustomerKeyMembers {
    var bucket: String
    var key: String
    var versionID: String?
    var maxParts: Int?
    var partNumberMarker: Int?
    var expectedBucketOwner: String?
    var objectAttributes: [String]?
    var sseCustomerAlgorithm: String?
    var sseCustomerKey: String?
    var sseCustomerKeyMD5: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case maxParts = "MaxParts"
        case partNumberMarker = "PartNumberMarker"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case objectAttributes = "ObjectAttributes"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKey = "SSECustomerKey"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
    }
}

struct GetObjectAttributesOutput: Codable, Sendable {
    var deleteMarker: Bool?
    var lastModified: Timestamp?
    var versionID: String?
    var eTag: String?
    var checksum: Shape.Checksum?
    var objectParts: Shape.GetObjectAttributesParts?
    var storageClass: String?
    var objectSize: Int64?

    enum CodingKeys: String, CodingKey {
        case deleteMarker = "DeleteMarker"
        case lastModified = "LastModified"
        case versionID = "VersionId"
        case eTag = "ETag"
        case checksum = "Checksum"
        case objectParts = "ObjectParts"
        case storageClass = "StorageClass"
        case objectSize = "ObjectSize"
    }
}

extension Shape {
    struct Checksum: Codable, Sendable, ChecksumMembers {
        var checksumCRC32: String?
        var checksumCRC32C: String?
        var checksumCRC64NVME: String?
        var checksumSHA1: String?
        var checksumSHA256: String?
        var checksumSHA512: String?
        var checksumMD5: String?
        var checksumXXHASH64: String?
        var checksumXXHASH3: String?
        var checksumXXHASH128: String?
        var checksumType: String?

        enum CodingKeys: String, CodingKey {
            case checksumCRC32 = "ChecksumCRC32"
            case checksumCRC32C = "ChecksumCRC32C"
            case checksumCRC64NVME = "ChecksumCRC64NVME"
            case checksumSHA1 = "ChecksumSHA1"
            case checksumSHA256 = "ChecksumSHA256"
            case checksumSHA512 = "ChecksumSHA512"
            case checksumMD5 = "ChecksumMD5"
            case checksumXXHASH64 = "ChecksumXXHASH64"
            case checksumXXHASH3 = "ChecksumXXHASH3"
            case checksumXXHASH128 = "ChecksumXXHASH128"
            case checksumType = "ChecksumType"
        }
    }

    struct GetObjectAttributesParts: Codable, Sendable {
        var totalPartsCount: Int?
        var partNumberMarker: Int?
        var nextPartNumberMarker: Int?
        var maxParts: Int?
        var isTruncated: Bool?
        var parts: [Shape.ObjectPart]?

        enum CodingKeys: String, CodingKey {
            case totalPartsCount = "TotalPartsCount"
            case partNumberMarker = "PartNumberMarker"
            case nextPartNumberMarker = "NextPartNumberMarker"
            case maxParts = "MaxParts"
            case isTruncated = "IsTruncated"
            case parts = "Parts"
        }
    }

    struct ObjectPart: Codable, Sendable, ChecksumMembers {
        var partNumber: Int?
        var size: Int64?
        var checksumCRC32: String?
        var checksumCRC32C: String?
        var checksumCRC64NVME: String?
        var checksumSHA1: String?
        var checksumSHA256: String?
        var checksumSHA512: String?
        var checksumMD5: String?
        var checksumXXHASH64: String?
        var checksumXXHASH3: String?
        var checksumXXHASH128: String?

        enum CodingKeys: String, CodingKey {
            case partNumber = "PartNumber"
            case size = "Size"
            case checksumCRC32 = "ChecksumCRC32"
            case checksumCRC32C = "ChecksumCRC32C"
            case checksumCRC64NVME = "ChecksumCRC64NVME"
            case checksumSHA1 = "ChecksumSHA1"
            case checksumSHA256 = "ChecksumSHA256"
            case checksumSHA512 = "ChecksumSHA512"
            case checksumMD5 = "ChecksumMD5"
            case checksumXXHASH64 = "ChecksumXXHASH64"
            case checksumXXHASH3 = "ChecksumXXHASH3"
            case checksumXXHASH128 = "ChecksumXXHASH128"
        }
    }
}

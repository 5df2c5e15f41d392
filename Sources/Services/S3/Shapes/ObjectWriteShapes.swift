import Documents

// The members of the API model that these operations use, under the model's names.

struct PutObjectInput: Codable, Sendable, ChecksumMembers, ObjectHeaderMembers, WriteRuleMembers {
    var bucket: String
    var key: String
    var contentLength: Int64?
    var contentMD5: String?
    var checksumAlgorithm: String?
    var checksumCRC32: String?
    var checksumCRC32C: String?
    var checksumCRC64NVME: String?
    var checksumSHA1: String?
    var checksumSHA256: String?
    var ifMatch: String?
    var ifNoneMatch: String?
    var writeOffsetBytes: Int64?
    var expectedBucketOwner: String?
    var cacheControl: String?
    var contentDisposition: String?
    var contentEncoding: String?
    var contentLanguage: String?
    var contentType: String?
    var expires: String?
    var metadata: [String: String]?
    var storageClass: String?
    var websiteRedirectLocation: String?
    var acl: String?
    var grantFullControl: String?
    var grantRead: String?
    var grantReadACP: String?
    var grantWriteACP: String?
    var serverSideEncryption: String?
    var sseCustomerAlgorithm: String?
    var sseKMSKeyID: String?
    var objectLockMode: String?
    var objectLockRetainUntilDate: Timestamp?
    var objectLockLegalHoldStatus: String?
    var tagging: String?
    var sseCustomerKey: String?
    var sseCustomerKeyMD5: String?
    var sseKMSEncryptionContext: String?
    var bucketKeyEnabled: Bool?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case contentLength = "ContentLength"
        case contentMD5 = "ContentMD5"
        case checksumAlgorithm = "ChecksumAlgorithm"
        case checksumCRC32 = "ChecksumCRC32"
        case checksumCRC32C = "ChecksumCRC32C"
        case checksumCRC64NVME = "ChecksumCRC64NVME"
        case checksumSHA1 = "ChecksumSHA1"
        case checksumSHA256 = "ChecksumSHA256"
        case ifMatch = "IfMatch"
        case ifNoneMatch = "IfNoneMatch"
        case writeOffsetBytes = "WriteOffsetBytes"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case cacheControl = "CacheControl"
        case contentDisposition = "ContentDisposition"
        case contentEncoding = "ContentEncoding"
        case contentLanguage = "ContentLanguage"
        case contentType = "ContentType"
        case expires = "Expires"
        case metadata = "Metadata"
        case storageClass = "StorageClass"
        case websiteRedirectLocation = "WebsiteRedirectLocation"
        case acl = "ACL"
        case grantFullControl = "GrantFullControl"
        case grantRead = "GrantRead"
        case grantReadACP = "GrantReadACP"
        case grantWriteACP = "GrantWriteACP"
        case serverSideEncryption = "ServerSideEncryption"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseKMSKeyID = "SSEKMSKeyId"
        case objectLockMode = "ObjectLockMode"
        case objectLockRetainUntilDate = "ObjectLockRetainUntilDate"
        case objectLockLegalHoldStatus = "ObjectLockLegalHoldStatus"
        case tagging = "Tagging"
        case sseCustomerKey = "SSECustomerKey"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
        case sseKMSEncryptionContext = "SSEKMSEncryptionContext"
        case bucketKeyEnabled = "BucketKeyEnabled"
    }
}

struct PutObjectOutput: Codable, Sendable, ChecksumMembers, EncryptionMembers {
    var eTag: String?
    var checksumCRC32: String?
    var checksumCRC32C: String?
    var checksumCRC64NVME: String?
    var checksumSHA1: String?
    var checksumSHA256: String?
    var checksumType: String?
    var versionID: String?
    var expiration: String?
    var serverSideEncryption: String?
    var sseKMSKeyID: String?
    var bucketKeyEnabled: Bool?
    var sseCustomerAlgorithm: String?
    var sseCustomerKeyMD5: String?
    var sseKMSEncryptionContext: String?

    enum CodingKeys: String, CodingKey {
        case eTag = "ETag"
        case checksumCRC32 = "ChecksumCRC32"
        case checksumCRC32C = "ChecksumCRC32C"
        case checksumCRC64NVME = "ChecksumCRC64NVME"
        case checksumSHA1 = "ChecksumSHA1"
        case checksumSHA256 = "ChecksumSHA256"
        case checksumType = "ChecksumType"
        case versionID = "VersionId"
        case expiration = "Expiration"
        case serverSideEncryption = "ServerSideEncryption"
        case sseKMSKeyID = "SSEKMSKeyId"
        case bucketKeyEnabled = "BucketKeyEnabled"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
        case sseKMSEncryptionContext = "SSEKMSEncryptionContext"
    }
}

struct CopyObjectInput: Codable, Sendable, ObjectHeaderMembers, WriteRuleMembers, SourceKeyMembers {
    var bucket: String
    var key: String
    var copySource: String
    var copySourceIfMatch: String?
    var copySourceIfModifiedSince: Timestamp?
    var copySourceIfNoneMatch: String?
    var copySourceIfUnmodifiedSince: Timestamp?
    var checksumAlgorithm: String?
    var ifMatch: String?
    var ifNoneMatch: String?
    var metadataDirective: String?
    var taggingDirective: String?
    var expectedBucketOwner: String?
    var expectedSourceBucketOwner: String?
    var cacheControl: String?
    var contentDisposition: String?
    var contentEncoding: String?
    var contentLanguage: String?
    var contentType: String?
    var expires: String?
    var metadata: [String: String]?
    var storageClass: String?
    var websiteRedirectLocation: String?
    var acl: String?
    var grantFullControl: String?
    var grantRead: String?
    var grantReadACP: String?
    var grantWriteACP: String?
    var serverSideEncryption: String?
    var sseCustomerAlgorithm: String?
    var sseKMSKeyID: String?
    var objectLockMode: String?
    var objectLockRetainUntilDate: Timestamp?
    var objectLockLegalHoldStatus: String?
    var tagging: String?
    var sseCustomerKey: String?
    var sseCustomerKeyMD5: String?
    var sseKMSEncryptionContext: String?
    var bucketKeyEnabled: Bool?
    var copySourceSSECustomerAlgorithm: String?
    var copySourceSSECustomerKey: String?
    var copySourceSSECustomerKeyMD5: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case copySource = "CopySource"
        case copySourceIfMatch = "CopySourceIfMatch"
        case copySourceIfModifiedSince = "CopySourceIfModifiedSince"
        case copySourceIfNoneMatch = "CopySourceIfNoneMatch"
        case copySourceIfUnmodifiedSince = "CopySourceIfUnmodifiedSince"
        case checksumAlgorithm = "ChecksumAlgorithm"
        case ifMatch = "IfMatch"
        case ifNoneMatch = "IfNoneMatch"
        case metadataDirective = "MetadataDirective"
        case taggingDirective = "TaggingDirective"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case expectedSourceBucketOwner = "ExpectedSourceBucketOwner"
        case cacheControl = "CacheControl"
        case contentDisposition = "ContentDisposition"
        case contentEncoding = "ContentEncoding"
        case contentLanguage = "ContentLanguage"
        case contentType = "ContentType"
        case expires = "Expires"
        case metadata = "Metadata"
        case storageClass = "StorageClass"
        case websiteRedirectLocation = "WebsiteRedirectLocation"
        case acl = "ACL"
        case grantFullControl = "GrantFullControl"
        case grantRead = "GrantRead"
        case grantReadACP = "GrantReadACP"
        case grantWriteACP = "GrantWriteACP"
        case serverSideEncryption = "ServerSideEncryption"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseKMSKeyID = "SSEKMSKeyId"
        case objectLockMode = "ObjectLockMode"
        case objectLockRetainUntilDate = "ObjectLockRetainUntilDate"
        case objectLockLegalHoldStatus = "ObjectLockLegalHoldStatus"
        case tagging = "Tagging"
        case sseCustomerKey = "SSECustomerKey"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
        case sseKMSEncryptionContext = "SSEKMSEncryptionContext"
        case bucketKeyEnabled = "BucketKeyEnabled"
        case copySourceSSECustomerAlgorithm = "CopySourceSSECustomerAlgorithm"
        case copySourceSSECustomerKey = "CopySourceSSECustomerKey"
        case copySourceSSECustomerKeyMD5 = "CopySourceSSECustomerKeyMD5"
    }
}

struct CopyObjectOutput: Codable, Sendable, EncryptionMembers {
    var copyObjectResult: Shape.CopyObjectResult?
    var copySourceVersionID: String?
    var versionID: String?
    var expiration: String?
    var serverSideEncryption: String?
    var sseKMSKeyID: String?
    var bucketKeyEnabled: Bool?
    var sseCustomerAlgorithm: String?
    var sseCustomerKeyMD5: String?
    var sseKMSEncryptionContext: String?

    enum CodingKeys: String, CodingKey {
        case copyObjectResult = "CopyObjectResult"
        case copySourceVersionID = "CopySourceVersionId"
        case versionID = "VersionId"
        case expiration = "Expiration"
        case serverSideEncryption = "ServerSideEncryption"
        case sseKMSKeyID = "SSEKMSKeyId"
        case bucketKeyEnabled = "BucketKeyEnabled"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
        case sseKMSEncryptionContext = "SSEKMSEncryptionContext"
    }
}

struct DeleteObjectInput: Codable, Sendable {
    var bucket: String
    var key: String
    var versionID: String?
    var expectedBucketOwner: String?
    var ifMatch: String?
    var ifMatchLastModifiedTime: Timestamp?
    var ifMatchSize: Int64?
    var bypassGovernanceRetention: Bool?
    var mfa: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case bypassGovernanceRetention = "BypassGovernanceRetention"
        case mfa = "MFA"
        case versionID = "VersionId"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case ifMatch = "IfMatch"
        case ifMatchLastModifiedTime = "IfMatchLastModifiedTime"
        case ifMatchSize = "IfMatchSize"
    }
}

struct DeleteObjectOutput: Codable, Sendable {
    var deleteMarker: Bool?
    var versionID: String?

    enum CodingKeys: String, CodingKey {
        case deleteMarker = "DeleteMarker"
        case versionID = "VersionId"
    }
}

struct DeleteObjectsInput: Codable, Sendable {
    var bucket: String
    var delete: Shape.Delete
    var expectedBucketOwner: String?
    var bypassGovernanceRetention: Bool?
    var mfa: String?

    enum CodingKeys: String, CodingKey {
        case bypassGovernanceRetention = "BypassGovernanceRetention"
        case mfa = "MFA"
        case bucket = "Bucket"
        case delete = "Delete"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct DeleteObjectsOutput: Codable, Sendable {
    var deleted: [Shape.DeletedObject]?
    var errors: [Shape.DeleteError]?

    enum CodingKeys: String, CodingKey {
        case deleted = "Deleted"
        case errors = "Errors"
    }
}

extension Shape {
    struct CopyObjectResult: Codable, Sendable, ChecksumMembers {
        var eTag: String?
        var lastModified: Timestamp?
        var checksumType: String?
        var checksumCRC32: String?
        var checksumCRC32C: String?
        var checksumCRC64NVME: String?
        var checksumSHA1: String?
        var checksumSHA256: String?

        enum CodingKeys: String, CodingKey {
            case eTag = "ETag"
            case lastModified = "LastModified"
            case checksumType = "ChecksumType"
            case checksumCRC32 = "ChecksumCRC32"
            case checksumCRC32C = "ChecksumCRC32C"
            case checksumCRC64NVME = "ChecksumCRC64NVME"
            case checksumSHA1 = "ChecksumSHA1"
            case checksumSHA256 = "ChecksumSHA256"
        }
    }

    struct Delete: Codable, Sendable {
        var objects: [Shape.ObjectIdentifier]
        var quiet: Bool?

        enum CodingKeys: String, CodingKey {
            case objects = "Objects"
            case quiet = "Quiet"
        }
    }

    struct DeletedObject: Codable, Sendable {
        var key: String?
        var versionID: String?
        var deleteMarker: Bool?
        var deleteMarkerVersionID: String?

        enum CodingKeys: String, CodingKey {
            case key = "Key"
            case versionID = "VersionId"
            case deleteMarker = "DeleteMarker"
            case deleteMarkerVersionID = "DeleteMarkerVersionId"
        }
    }

    struct DeleteError: Codable, Sendable {
        var key: String?
        var versionID: String?
        var code: String?
        var message: String?

        enum CodingKeys: String, CodingKey {
            case key = "Key"
            case versionID = "VersionId"
            case code = "Code"
            case message = "Message"
        }
    }

    struct ObjectIdentifier: Codable, Sendable {
        var key: String
        var versionID: String?
        var eTag: String?
        var lastModifiedTime: Timestamp?
        var size: Int64?

        enum CodingKeys: String, CodingKey {
            case key = "Key"
            case versionID = "VersionId"
            case eTag = "ETag"
            case lastModifiedTime = "LastModifiedTime"
            case size = "Size"
        }
    }
}

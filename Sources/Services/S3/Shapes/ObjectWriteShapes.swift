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
    var checksumSHA512: String?
    var checksumMD5: String?
    var checksumXXHASH64: String?
    var checksumXXHASH3: String?
    var checksumXXHASH128: String?
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
        case checksumSHA512 = "ChecksumSHA512"
        case checksumMD5 = "ChecksumMD5"
        case checksumXXHASH64 = "ChecksumXXHASH64"
        case checksumXXHASH3 = "ChecksumXXHASH3"
        case checksumXXHASH128 = "ChecksumXXHASH128"
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
    var checksumSHA512: String?
    var checksumMD5: String?
    var checksumXXHASH64: String?
    var checksumXXHASH3: String?
    var checksumXXHASH128: String?
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
        case checksumSHA512 = "ChecksumSHA512"
        case checksumMD5 = "ChecksumMD5"
        case checksumXXHASH64 = "ChecksumXXHASH64"
        case checksumXXHASH3 = "ChecksumXXHASH3"
        case checksumXXHASH128 = "ChecksumXXHASH128"
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
        var checksumSHA512: String?
        var checksumMD5: String?
        var checksumXXHASH64: String?
        var checksumXXHASH3: String?
        var checksumXXHASH128: String?

        enum CodingKeys: String, CodingKey {
            case eTag = "ETag"
            case lastModified = "LastModified"
            case checksumType = "ChecksumType"
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

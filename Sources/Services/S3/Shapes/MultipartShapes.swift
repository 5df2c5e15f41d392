import Documents

// The members of the API model that these operations use, under the model's names.

struct CreateMultipartUploadInput: Codable, Sendable, ObjectHeaderMembers, WriteRuleMembers {
    var bucket: String
    var key: String
    var expectedBucketOwner: String?
    var checksumAlgorithm: String?
    var checksumType: String?
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
        case expectedBucketOwner = "ExpectedBucketOwner"
        case checksumAlgorithm = "ChecksumAlgorithm"
        case checksumType = "ChecksumType"
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

struct CreateMultipartUploadOutput: Codable, Sendable, EncryptionMembers {
    var bucket: String?
    var key: String?
    var uploadID: String?
    var checksumAlgorithm: String?
    var checksumType: String?
    var serverSideEncryption: String?
    var sseKMSKeyID: String?
    var bucketKeyEnabled: Bool?
    var abortDate: Timestamp?
    var abortRuleID: String?
    var sseCustomerAlgorithm: String?
    var sseCustomerKeyMD5: String?
    var sseKMSEncryptionContext: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case uploadID = "UploadId"
        case checksumAlgorithm = "ChecksumAlgorithm"
        case checksumType = "ChecksumType"
        case serverSideEncryption = "ServerSideEncryption"
        case sseKMSKeyID = "SSEKMSKeyId"
        case bucketKeyEnabled = "BucketKeyEnabled"
        case abortDate = "AbortDate"
        case abortRuleID = "AbortRuleId"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
        case sseKMSEncryptionContext = "SSEKMSEncryptionContext"
    }
}

struct UploadPartInput: Codable, Sendable, ChecksumMembers, CustomerKeyMembers {
    var bucket: String
    var key: String
    var partNumber: Int
    var uploadID: String
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
    var expectedBucketOwner: String?
    var sseCustomerAlgorithm: String?
    var sseCustomerKey: String?
    var sseCustomerKeyMD5: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case partNumber = "PartNumber"
        case uploadID = "UploadId"
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
        case expectedBucketOwner = "ExpectedBucketOwner"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKey = "SSECustomerKey"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
    }
}

struct UploadPartOutput: Codable, Sendable, ChecksumMembers, EncryptionMembers {
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
    var serverSideEncryption: String?
    var sseKMSKeyID: String?
    var bucketKeyEnabled: Bool?
    var sseCustomerAlgorithm: String?
    var sseCustomerKeyMD5: String?

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
        case serverSideEncryption = "ServerSideEncryption"
        case sseKMSKeyID = "SSEKMSKeyId"
        case bucketKeyEnabled = "BucketKeyEnabled"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
    }
}

struct UploadPartCopyInput: Codable, Sendable, CustomerKeyMembers, SourceKeyMembers {
    var bucket: String
    var key: String
    var partNumber: Int
    var uploadID: String
    var copySource: String
    var copySourceIfMatch: String?
    var copySourceIfModifiedSince: Timestamp?
    var copySourceIfNoneMatch: String?
    var copySourceIfUnmodifiedSince: Timestamp?
    var copySourceRange: String?
    var expectedBucketOwner: String?
    var expectedSourceBucketOwner: String?
    var sseCustomerAlgorithm: String?
    var sseCustomerKey: String?
    var sseCustomerKeyMD5: String?
    var copySourceSSECustomerAlgorithm: String?
    var copySourceSSECustomerKey: String?
    var copySourceSSECustomerKeyMD5: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case partNumber = "PartNumber"
        case uploadID = "UploadId"
        case copySource = "CopySource"
        case copySourceIfMatch = "CopySourceIfMatch"
        case copySourceIfModifiedSince = "CopySourceIfModifiedSince"
        case copySourceIfNoneMatch = "CopySourceIfNoneMatch"
        case copySourceIfUnmodifiedSince = "CopySourceIfUnmodifiedSince"
        case copySourceRange = "CopySourceRange"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case expectedSourceBucketOwner = "ExpectedSourceBucketOwner"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKey = "SSECustomerKey"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
        case copySourceSSECustomerAlgorithm = "CopySourceSSECustomerAlgorithm"
        case copySourceSSECustomerKey = "CopySourceSSECustomerKey"
        case copySourceSSECustomerKeyMD5 = "CopySourceSSECustomerKeyMD5"
    }
}

struct UploadPartCopyOutput: Codable, Sendable, EncryptionMembers {
    var copySourceVersionID: String?
    var copyPartResult: Shape.CopyPartResult?
    var serverSideEncryption: String?
    var sseKMSKeyID: String?
    var bucketKeyEnabled: Bool?
    var sseCustomerAlgorithm: String?
    var sseCustomerKeyMD5: String?

    enum CodingKeys: String, CodingKey {
        case copySourceVersionID = "CopySourceVersionId"
        case copyPartResult = "CopyPartResult"
        case serverSideEncryption = "ServerSideEncryption"
        case sseKMSKeyID = "SSEKMSKeyId"
        case bucketKeyEnabled = "BucketKeyEnabled"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
    }
}

struct AbortMultipartUploadInput: Codable, Sendable {
    var bucket: String
    var key: String
    var uploadID: String
    var expectedBucketOwner: String?
    var ifMatchInitiatedTime: Timestamp?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case uploadID = "UploadId"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case ifMatchInitiatedTime = "IfMatchInitiatedTime"
    }
}

extension Shape {
    struct CopyPartResult: Codable, Sendable, ChecksumMembers {
        var eTag: String?
        var lastModified: Timestamp?
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

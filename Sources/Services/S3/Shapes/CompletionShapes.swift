import Documents

// The members of the API model that CompleteMultipartUpload uses, under the model's names.

struct CompleteMultipartUploadInput: Codable, Sendable, ChecksumMembers, CustomerKeyMembers {
    var bucket: String
    var key: String
    var multipartUpload: Shape.CompletedMultipartUpload?
    var uploadID: String
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
    var mpuObjectSize: Int64?
    var ifMatch: String?
    var ifNoneMatch: String?
    var expectedBucketOwner: String?
    var sseCustomerAlgorithm: String?
    var sseCustomerKey: String?
    var sseCustomerKeyMD5: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case multipartUpload = "MultipartUpload"
        case uploadID = "UploadId"
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
        case mpuObjectSize = "MpuObjectSize"
        case ifMatch = "IfMatch"
        case ifNoneMatch = "IfNoneMatch"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKey = "SSECustomerKey"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
    }
}

struct CompleteMultipartUploadOutput: Codable, Sendable, ChecksumMembers {
    var location: String?
    var bucket: String?
    var key: String?
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

    enum CodingKeys: String, CodingKey {
        case location = "Location"
        case bucket = "Bucket"
        case key = "Key"
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
    }
}

extension Shape {
    struct CompletedMultipartUpload: Codable, Sendable {
        var parts: [Shape.CompletedPart]?

        enum CodingKeys: String, CodingKey {
            case parts = "Parts"
        }
    }

    struct CompletedPart: Codable, Sendable, ChecksumMembers {
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
        var partNumber: Int?

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
            case partNumber = "PartNumber"
        }
    }
}

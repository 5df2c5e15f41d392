import Documents

// The members of the API model that these operations use, under the model's names.

struct ListPartsInput: Codable, Sendable {
    var bucket: String
    var key: String
    var maxParts: Int?
    var partNumberMarker: Int?
    var uploadID: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case maxParts = "MaxParts"
        case partNumberMarker = "PartNumberMarker"
        case uploadID = "UploadId"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct ListPartsOutput: Codable, Sendable {
    var bucket: String?
    var key: String?
    var uploadID: String?
    var partNumberMarker: Int?
    var nextPartNumberMarker: Int?
    var maxParts: Int?
    var isTruncated: Bool?
    var parts: [Shape.Part]?
    var initiator: Shape.Initiator?
    var owner: Shape.Owner?
    var storageClass: String?
    var checksumAlgorithm: String?
    var checksumType: String?
    var abortDate: Timestamp?
    var abortRuleID: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case uploadID = "UploadId"
        case partNumberMarker = "PartNumberMarker"
        case nextPartNumberMarker = "NextPartNumberMarker"
        case maxParts = "MaxParts"
        case isTruncated = "IsTruncated"
        case parts = "Parts"
        case initiator = "Initiator"
        case owner = "Owner"
        case storageClass = "StorageClass"
        case checksumAlgorithm = "ChecksumAlgorithm"
        case checksumType = "ChecksumType"
        case abortDate = "AbortDate"
        case abortRuleID = "AbortRuleId"
    }
}

struct ListMultipartUploadsInput: Codable, Sendable {
    var bucket: String
    var delimiter: String?
    var encodingType: String?
    var keyMarker: String?
    var maxUploads: Int?
    var prefix: String?
    var uploadIDMarker: String?
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case delimiter = "Delimiter"
        case encodingType = "EncodingType"
        case keyMarker = "KeyMarker"
        case maxUploads = "MaxUploads"
        case prefix = "Prefix"
        case uploadIDMarker = "UploadIdMarker"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct ListMultipartUploadsOutput: Codable, Sendable {
    var bucket: String?
    var keyMarker: String?
    var uploadIDMarker: String?
    var nextKeyMarker: String?
    var prefix: String?
    var delimiter: String?
    var nextUploadIDMarker: String?
    var maxUploads: Int?
    var isTruncated: Bool?
    var uploads: [Shape.MultipartUpload]?
    var commonPrefixes: [Shape.CommonPrefix]?
    var encodingType: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case keyMarker = "KeyMarker"
        case uploadIDMarker = "UploadIdMarker"
        case nextKeyMarker = "NextKeyMarker"
        case prefix = "Prefix"
        case delimiter = "Delimiter"
        case nextUploadIDMarker = "NextUploadIdMarker"
        case maxUploads = "MaxUploads"
        case isTruncated = "IsTruncated"
        case uploads = "Uploads"
        case commonPrefixes = "CommonPrefixes"
        case encodingType = "EncodingType"
    }
}

extension Shape {
    struct Part: Codable, Sendable, ChecksumMembers {
        var partNumber: Int?
        var lastModified: Timestamp?
        var eTag: String?
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
            case lastModified = "LastModified"
            case eTag = "ETag"
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

    struct Initiator: Codable, Sendable {
        var id: String?
        var displayName: String?

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case displayName = "DisplayName"
        }
    }

    struct MultipartUpload: Codable, Sendable {
        var uploadID: String?
        var key: String?
        var initiated: Timestamp?
        var storageClass: String?
        var owner: Shape.Owner?
        var initiator: Shape.Initiator?
        var checksumAlgorithm: String?
        var checksumType: String?

        enum CodingKeys: String, CodingKey {
            case uploadID = "UploadId"
            case key = "Key"
            case initiated = "Initiated"
            case storageClass = "StorageClass"
            case owner = "Owner"
            case initiator = "Initiator"
            case checksumAlgorithm = "ChecksumAlgorithm"
            case checksumType = "ChecksumType"
        }
    }
}

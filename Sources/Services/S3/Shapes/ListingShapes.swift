import Documents

// The members of the API model that these operations use, under the model's names.

struct ListObjectsInput: Codable, Sendable {
    var bucket: String
    var delimiter: String?
    var encodingType: String?
    var marker: String?
    var maxKeys: Int?
    var prefix: String?
    var expectedBucketOwner: String?
    var optionalObjectAttributes: [String]?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case delimiter = "Delimiter"
        case encodingType = "EncodingType"
        case marker = "Marker"
        case maxKeys = "MaxKeys"
        case prefix = "Prefix"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case optionalObjectAttributes = "OptionalObjectAttributes"
    }
}

struct ListObjectsOutput: Codable, Sendable {
    var isTruncated: Bool?
    var marker: String?
    var nextMarker: String?
    var contents: [Shape.Object]?
    var name: String?
    var prefix: String?
    var delimiter: String?
    var maxKeys: Int?
    var commonPrefixes: [Shape.CommonPrefix]?
    var encodingType: String?

    enum CodingKeys: String, CodingKey {
        case isTruncated = "IsTruncated"
        case marker = "Marker"
        case nextMarker = "NextMarker"
        case contents = "Contents"
        case name = "Name"
        case prefix = "Prefix"
        case delimiter = "Delimiter"
        case maxKeys = "MaxKeys"
        case commonPrefixes = "CommonPrefixes"
        case encodingType = "EncodingType"
    }
}

struct ListObjectsV2Input: Codable, Sendable {
    var bucket: String
    var delimiter: String?
    var encodingType: String?
    var maxKeys: Int?
    var prefix: String?
    var continuationToken: String?
    var fetchOwner: Bool?
    var startAfter: String?
    var expectedBucketOwner: String?
    var optionalObjectAttributes: [String]?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case delimiter = "Delimiter"
        case encodingType = "EncodingType"
        case maxKeys = "MaxKeys"
        case prefix = "Prefix"
        case continuationToken = "ContinuationToken"
        case fetchOwner = "FetchOwner"
        case startAfter = "StartAfter"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case optionalObjectAttributes = "OptionalObjectAttributes"
    }
}

struct ListObjectsV2Output: Codable, Sendable {
    var isTruncated: Bool?
    var contents: [Shape.Object]?
    var name: String?
    var prefix: String?
    var delimiter: String?
    var maxKeys: Int?
    var commonPrefixes: [Shape.CommonPrefix]?
    var encodingType: String?
    var keyCount: Int?
    var continuationToken: String?
    var nextContinuationToken: String?
    var startAfter: String?

    enum CodingKeys: String, CodingKey {
        case isTruncated = "IsTruncated"
        case contents = "Contents"
        case name = "Name"
        case prefix = "Prefix"
        case delimiter = "Delimiter"
        case maxKeys = "MaxKeys"
        case commonPrefixes = "CommonPrefixes"
        case encodingType = "EncodingType"
        case keyCount = "KeyCount"
        case continuationToken = "ContinuationToken"
        case nextContinuationToken = "NextContinuationToken"
        case startAfter = "StartAfter"
    }
}

struct ListObjectVersionsInput: Codable, Sendable {
    var bucket: String
    var delimiter: String?
    var encodingType: String?
    var keyMarker: String?
    var maxKeys: Int?
    var prefix: String?
    var versionIDMarker: String?
    var expectedBucketOwner: String?
    var optionalObjectAttributes: [String]?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case delimiter = "Delimiter"
        case encodingType = "EncodingType"
        case keyMarker = "KeyMarker"
        case maxKeys = "MaxKeys"
        case prefix = "Prefix"
        case versionIDMarker = "VersionIdMarker"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case optionalObjectAttributes = "OptionalObjectAttributes"
    }
}

struct ListObjectVersionsOutput: Codable, Sendable {
    var isTruncated: Bool?
    var keyMarker: String?
    var versionIDMarker: String?
    var nextKeyMarker: String?
    var nextVersionIDMarker: String?
    var versions: [Shape.ObjectVersion]?
    var deleteMarkers: [Shape.DeleteMarkerEntry]?
    var name: String?
    var prefix: String?
    var delimiter: String?
    var maxKeys: Int?
    var commonPrefixes: [Shape.CommonPrefix]?
    var encodingType: String?

    enum CodingKeys: String, CodingKey {
        case isTruncated = "IsTruncated"
        case keyMarker = "KeyMarker"
        case versionIDMarker = "VersionIdMarker"
        case nextKeyMarker = "NextKeyMarker"
        case nextVersionIDMarker = "NextVersionIdMarker"
        case versions = "Versions"
        case deleteMarkers = "DeleteMarkers"
        case name = "Name"
        case prefix = "Prefix"
        case delimiter = "Delimiter"
        case maxKeys = "MaxKeys"
        case commonPrefixes = "CommonPrefixes"
        case encodingType = "EncodingType"
    }
}

extension Shape {
    struct Object: Codable, Sendable {
        var key: String?
        var lastModified: Timestamp?
        var eTag: String?
        var checksumAlgorithm: [String]?
        var checksumType: String?
        var size: Int64?
        var storageClass: String?
        var owner: Shape.Owner?
        var restoreStatus: Shape.RestoreStatus?

        enum CodingKeys: String, CodingKey {
            case key = "Key"
            case lastModified = "LastModified"
            case eTag = "ETag"
            case checksumAlgorithm = "ChecksumAlgorithm"
            case checksumType = "ChecksumType"
            case size = "Size"
            case storageClass = "StorageClass"
            case owner = "Owner"
            case restoreStatus = "RestoreStatus"
        }
    }

    struct RestoreStatus: Codable, Sendable {
        var isRestoreInProgress: Bool?
        var restoreExpiryDate: Timestamp?

        enum CodingKeys: String, CodingKey {
            case isRestoreInProgress = "IsRestoreInProgress"
            case restoreExpiryDate = "RestoreExpiryDate"
        }
    }

    struct CommonPrefix: Codable, Sendable {
        var prefix: String?

        enum CodingKeys: String, CodingKey {
            case prefix = "Prefix"
        }
    }

    struct ObjectVersion: Codable, Sendable {
        var eTag: String?
        var checksumAlgorithm: [String]?
        var checksumType: String?
        var size: Int64?
        var storageClass: String?
        var key: String?
        var versionID: String?
        var isLatest: Bool?
        var lastModified: Timestamp?
        var owner: Shape.Owner?
        var restoreStatus: Shape.RestoreStatus?

        enum CodingKeys: String, CodingKey {
            case eTag = "ETag"
            case checksumAlgorithm = "ChecksumAlgorithm"
            case checksumType = "ChecksumType"
            case size = "Size"
            case storageClass = "StorageClass"
            case key = "Key"
            case versionID = "VersionId"
            case isLatest = "IsLatest"
            case lastModified = "LastModified"
            case owner = "Owner"
            case restoreStatus = "RestoreStatus"
        }
    }

    struct DeleteMarkerEntry: Codable, Sendable {
        var owner: Shape.Owner?
        var key: String?
        var versionID: String?
        var isLatest: Bool?
        var lastModified: Timestamp?

        enum CodingKeys: String, CodingKey {
            case owner = "Owner"
            case key = "Key"
            case versionID = "VersionId"
            case isLatest = "IsLatest"
            case lastModified = "LastModified"
        }
    }
}

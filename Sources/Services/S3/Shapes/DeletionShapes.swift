import Documents

// The members of the API model that DeleteObject and DeleteObjects use, under the model's names.

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

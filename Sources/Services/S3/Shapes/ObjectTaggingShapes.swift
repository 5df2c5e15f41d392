import Documents

// The members of the API model that these operations use, under the model's names.

struct PutObjectTaggingInput: Codable, Sendable {
    var bucket: String
    var key: String
    var versionID: String?
    var expectedBucketOwner: String?
    var tagging: Shape.Tagging

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case tagging = "Tagging"
    }
}

struct PutObjectTaggingOutput: Codable, Sendable {
    var versionID: String?

    enum CodingKeys: String, CodingKey {
        case versionID = "VersionId"
    }
}

struct GetObjectTaggingInput: Codable, Sendable {
    var bucket: String
    var key: String
    var versionID: String?
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetObjectTaggingOutput: Codable, Sendable {
    var versionID: String?
    var tagSet: [Shape.Tag]

    enum CodingKeys: String, CodingKey {
        case versionID = "VersionId"
        case tagSet = "TagSet"
    }
}

struct DeleteObjectTaggingInput: Codable, Sendable {
    var bucket: String
    var key: String
    var versionID: String?
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct DeleteObjectTaggingOutput: Codable, Sendable {
    var versionID: String?

    enum CodingKeys: String, CodingKey {
        case versionID = "VersionId"
    }
}

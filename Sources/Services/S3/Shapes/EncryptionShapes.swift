import Documents

// The members of the API model that these operations use, under the model's names.

struct PutBucketEncryptionInput: Codable, Sendable {
    var bucket: String
    var serverSideEncryptionConfiguration: Shape.ServerSideEncryptionConfiguration
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case serverSideEncryptionConfiguration = "ServerSideEncryptionConfiguration"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketEncryptionInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketEncryptionOutput: Codable, Sendable {
    var serverSideEncryptionConfiguration: Shape.ServerSideEncryptionConfiguration?

    enum CodingKeys: String, CodingKey {
        case serverSideEncryptionConfiguration = "ServerSideEncryptionConfiguration"
    }
}

struct DeleteBucketEncryptionInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

extension Shape {
    struct ServerSideEncryptionConfiguration: Codable, Sendable {
        var rules: [Shape.ServerSideEncryptionRule]

        enum CodingKeys: String, CodingKey {
            case rules = "Rules"
        }
    }

    struct ServerSideEncryptionRule: Codable, Sendable {
        var applyServerSideEncryptionByDefault: Shape.ServerSideEncryptionByDefault?
        var bucketKeyEnabled: Bool?
        var blockedEncryptionTypes: Shape.BlockedEncryptionTypes?

        enum CodingKeys: String, CodingKey {
            case applyServerSideEncryptionByDefault = "ApplyServerSideEncryptionByDefault"
            case bucketKeyEnabled = "BucketKeyEnabled"
            case blockedEncryptionTypes = "BlockedEncryptionTypes"
        }
    }

    struct ServerSideEncryptionByDefault: Codable, Sendable {
        var sseAlgorithm: String
        var kmsMasterKeyID: String?

        enum CodingKeys: String, CodingKey {
            case sseAlgorithm = "SSEAlgorithm"
            case kmsMasterKeyID = "KMSMasterKeyID"
        }
    }

    struct BlockedEncryptionTypes: Codable, Sendable {
        var encryptionType: [String]?

        enum CodingKeys: String, CodingKey {
            case encryptionType = "EncryptionType"
        }
    }
}

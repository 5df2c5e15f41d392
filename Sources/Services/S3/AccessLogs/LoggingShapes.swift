import Documents

// The members of the API model that these operations use, under the model's names.

struct PutBucketLoggingInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var bucketLoggingStatus: Shape.BucketLoggingStatus

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case bucketLoggingStatus = "BucketLoggingStatus"
    }
}

struct GetBucketLoggingInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketLoggingOutput: Codable, Sendable {
    var loggingEnabled: Shape.LoggingEnabled?

    enum CodingKeys: String, CodingKey { case loggingEnabled = "LoggingEnabled" }
}

extension Shape {
    struct BucketLoggingStatus: Codable, Sendable {
        var loggingEnabled: LoggingEnabled?

        enum CodingKeys: String, CodingKey { case loggingEnabled = "LoggingEnabled" }
    }

    struct LoggingEnabled: Codable, Sendable {
        var targetBucket: String
        var targetPrefix: String
        var targetGrants: [TargetGrant]?
        var targetObjectKeyFormat: TargetObjectKeyFormat?

        enum CodingKeys: String, CodingKey {
            case targetBucket = "TargetBucket"
            case targetPrefix = "TargetPrefix"
            case targetGrants = "TargetGrants"
            case targetObjectKeyFormat = "TargetObjectKeyFormat"
        }
    }

    struct TargetGrant: Codable, Sendable {
        var grantee: Grantee?
        var permission: String?

        enum CodingKeys: String, CodingKey {
            case grantee = "Grantee"
            case permission = "Permission"
        }
    }

    struct TargetObjectKeyFormat: Codable, Sendable {
        var simplePrefix: SimplePrefix?
        var partitionedPrefix: PartitionedPrefix?

        enum CodingKeys: String, CodingKey {
            case simplePrefix = "SimplePrefix"
            case partitionedPrefix = "PartitionedPrefix"
        }
    }

    struct SimplePrefix: Codable, Sendable {}

    struct PartitionedPrefix: Codable, Sendable {
        var partitionDateSource: String?

        enum CodingKeys: String, CodingKey { case partitionDateSource = "PartitionDateSource" }
    }
}

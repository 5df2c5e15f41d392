import Documents

// The members of the API model that these operations use, under the model's names.

/// Names one of a bucket's configurations of a kind.
struct BucketConfigurationInput: Codable, Sendable {
    var bucket: String
    var id: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case id = "Id"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct ListBucketConfigurationsInput: Codable, Sendable {
    var bucket: String
    var continuationToken: String?
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case continuationToken = "ContinuationToken"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct PutBucketInventoryConfigurationInput: Codable, Sendable {
    var bucket: String
    var id: String
    var configuration: Shape.InventoryConfiguration
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case id = "Id"
        case configuration = "InventoryConfiguration"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketInventoryConfigurationOutput: Codable, Sendable {
    var configuration: Shape.InventoryConfiguration

    enum CodingKeys: String, CodingKey {
        case configuration = "InventoryConfiguration"
    }
}

struct ListBucketInventoryConfigurationsOutput: Codable, Sendable {
    var configurations: [Shape.InventoryConfiguration]?
    var isTruncated: Bool
    var continuationToken: String?
    var nextContinuationToken: String?

    enum CodingKeys: String, CodingKey {
        case configurations = "InventoryConfigurationList"
        case isTruncated = "IsTruncated"
        case continuationToken = "ContinuationToken"
        case nextContinuationToken = "NextContinuationToken"
    }
}

struct PutBucketMetricsConfigurationInput: Codable, Sendable {
    var bucket: String
    var id: String
    var configuration: Document
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case id = "Id"
        case configuration = "MetricsConfiguration"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketMetricsConfigurationOutput: Codable, Sendable {
    var configuration: Document

    enum CodingKeys: String, CodingKey {
        case configuration = "MetricsConfiguration"
    }
}

struct ListBucketMetricsConfigurationsOutput: Codable, Sendable {
    var configurations: [Document]?
    var isTruncated: Bool
    var continuationToken: String?
    var nextContinuationToken: String?

    enum CodingKeys: String, CodingKey {
        case configurations = "MetricsConfigurationList"
        case isTruncated = "IsTruncated"
        case continuationToken = "ContinuationToken"
        case nextContinuationToken = "NextContinuationToken"
    }
}

struct PutBucketAnalyticsConfigurationInput: Codable, Sendable {
    var bucket: String
    var id: String
    var configuration: Document
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case id = "Id"
        case configuration = "AnalyticsConfiguration"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketAnalyticsConfigurationOutput: Codable, Sendable {
    var configuration: Document

    enum CodingKeys: String, CodingKey {
        case configuration = "AnalyticsConfiguration"
    }
}

struct ListBucketAnalyticsConfigurationsOutput: Codable, Sendable {
    var configurations: [Document]?
    var isTruncated: Bool
    var continuationToken: String?
    var nextContinuationToken: String?

    enum CodingKeys: String, CodingKey {
        case configurations = "AnalyticsConfigurationList"
        case isTruncated = "IsTruncated"
        case continuationToken = "ContinuationToken"
        case nextContinuationToken = "NextContinuationToken"
    }
}

struct PutBucketIntelligentTieringConfigurationInput: Codable, Sendable {
    var bucket: String
    var id: String
    var configuration: Document
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case id = "Id"
        case configuration = "IntelligentTieringConfiguration"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketIntelligentTieringConfigurationOutput: Codable, Sendable {
    var configuration: Document

    enum CodingKeys: String, CodingKey {
        case configuration = "IntelligentTieringConfiguration"
    }
}

struct ListBucketIntelligentTieringConfigurationsOutput: Codable, Sendable {
    var configurations: [Document]?
    var isTruncated: Bool
    var continuationToken: String?
    var nextContinuationToken: String?

    enum CodingKeys: String, CodingKey {
        case configurations = "IntelligentTieringConfigurationList"
        case isTruncated = "IsTruncated"
        case continuationToken = "ContinuationToken"
        case nextContinuationToken = "NextContinuationToken"
    }
}

struct PutBucketAccelerateConfigurationInput: Codable, Sendable {
    var bucket: String
    var accelerateConfiguration: Shape.AccelerateConfiguration
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case accelerateConfiguration = "AccelerateConfiguration"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketAccelerateConfigurationOutput: Codable, Sendable {
    var status: String?

    enum CodingKeys: String, CodingKey {
        case status = "Status"
    }
}

extension Shape {
    struct InventorySSES3: Codable, Sendable, Hashable {}

    struct AccelerateConfiguration: Codable, Sendable, Hashable {
        var status: String?

        enum CodingKeys: String, CodingKey {
            case status = "Status"
        }
    }

    struct InventoryConfiguration: Codable, Sendable, Hashable {
        var destination: Shape.InventoryDestination
        var isEnabled: Bool
        var filter: Shape.InventoryFilter?
        var id: String
        var includedObjectVersions: String
        var optionalFields: [String]?
        var schedule: Shape.InventorySchedule

        enum CodingKeys: String, CodingKey {
            case destination = "Destination"
            case isEnabled = "IsEnabled"
            case filter = "Filter"
            case id = "Id"
            case includedObjectVersions = "IncludedObjectVersions"
            case optionalFields = "OptionalFields"
            case schedule = "Schedule"
        }
    }

    struct InventoryDestination: Codable, Sendable, Hashable {
        var bucket: Shape.InventoryS3BucketDestination

        enum CodingKeys: String, CodingKey {
            case bucket = "S3BucketDestination"
        }
    }

    struct InventoryS3BucketDestination: Codable, Sendable, Hashable {
        var accountID: String?
        var bucket: String
        var format: String
        var prefix: String?
        var encryption: Shape.InventoryEncryption?

        enum CodingKeys: String, CodingKey {
            case accountID = "AccountId"
            case bucket = "Bucket"
            case format = "Format"
            case prefix = "Prefix"
            case encryption = "Encryption"
        }
    }

    struct InventoryEncryption: Codable, Sendable, Hashable {
        var sseS3: Shape.InventorySSES3?
        var sseKMS: Shape.InventorySSEKMS?

        enum CodingKeys: String, CodingKey {
            case sseS3 = "SSES3"
            case sseKMS = "SSEKMS"
        }
    }

    struct InventorySSEKMS: Codable, Sendable, Hashable {
        var keyID: String

        enum CodingKeys: String, CodingKey {
            case keyID = "KeyId"
        }
    }

    struct InventoryFilter: Codable, Sendable, Hashable {
        var prefix: String

        enum CodingKeys: String, CodingKey {
            case prefix = "Prefix"
        }
    }

    struct InventorySchedule: Codable, Sendable, Hashable {
        var frequency: String

        enum CodingKeys: String, CodingKey {
            case frequency = "Frequency"
        }
    }
}

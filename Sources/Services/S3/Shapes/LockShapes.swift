import Documents

// The members of the API model that these operations use, under the model's names.

/// What operations on a bucket's single setting take, to read or remove it.
struct BucketSettingInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct PutObjectLockConfigurationInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var objectLockConfiguration: Shape.ObjectLockConfiguration?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case objectLockConfiguration = "ObjectLockConfiguration"
    }
}

struct GetObjectLockConfigurationOutput: Codable, Sendable {
    var objectLockConfiguration: Shape.ObjectLockConfiguration

    enum CodingKeys: String, CodingKey { case objectLockConfiguration = "ObjectLockConfiguration" }
}

struct PutObjectRetentionInput: Codable, Sendable {
    var bucket: String
    var key: String
    var versionID: String?
    var bypassGovernanceRetention: Bool?
    var expectedBucketOwner: String?
    var retention: Shape.ObjectLockRetention?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case bypassGovernanceRetention = "BypassGovernanceRetention"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case retention = "Retention"
    }
}

/// What operations on one version's lock take to read it.
struct ObjectLockInput: Codable, Sendable {
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

struct GetObjectRetentionOutput: Codable, Sendable {
    var retention: Shape.ObjectLockRetention

    enum CodingKeys: String, CodingKey { case retention = "Retention" }
}

struct PutObjectLegalHoldInput: Codable, Sendable {
    var bucket: String
    var key: String
    var versionID: String?
    var expectedBucketOwner: String?
    var legalHold: Shape.ObjectLockLegalHold?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case legalHold = "LegalHold"
    }
}

struct GetObjectLegalHoldOutput: Codable, Sendable {
    var legalHold: Shape.ObjectLockLegalHold

    enum CodingKeys: String, CodingKey { case legalHold = "LegalHold" }
}

struct RestoreObjectInput: Codable, Sendable {
    var bucket: String
    var key: String
    var versionID: String?
    var expectedBucketOwner: String?
    var restoreRequest: Shape.RestoreRequest?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case restoreRequest = "RestoreRequest"
    }
}

extension Shape {
    struct ObjectLockConfiguration: Codable, Sendable {
        var objectLockEnabled: String?
        var rule: Shape.ObjectLockRule?

        enum CodingKeys: String, CodingKey {
            case objectLockEnabled = "ObjectLockEnabled"
            case rule = "Rule"
        }
    }

    struct ObjectLockRule: Codable, Sendable {
        var defaultRetention: Shape.DefaultRetention?

        enum CodingKeys: String, CodingKey { case defaultRetention = "DefaultRetention" }
    }

    struct DefaultRetention: Codable, Sendable {
        var mode: String?
        var days: Int?
        var years: Int?

        enum CodingKeys: String, CodingKey {
            case mode = "Mode"
            case days = "Days"
            case years = "Years"
        }
    }

    struct ObjectLockRetention: Codable, Sendable {
        var mode: String?
        var retainUntilDate: Timestamp?

        enum CodingKeys: String, CodingKey {
            case mode = "Mode"
            case retainUntilDate = "RetainUntilDate"
        }
    }

    struct ObjectLockLegalHold: Codable, Sendable {
        var status: String?

        enum CodingKeys: String, CodingKey { case status = "Status" }
    }

    struct RestoreRequest: Codable, Sendable {
        var days: Int?
        var glacierJobParameters: Shape.GlacierJobParameters?
        var type: String?
        var tier: String?

        enum CodingKeys: String, CodingKey {
            case days = "Days"
            case glacierJobParameters = "GlacierJobParameters"
            case type = "Type"
            case tier = "Tier"
        }
    }

    struct GlacierJobParameters: Codable, Sendable {
        var tier: String

        enum CodingKeys: String, CodingKey { case tier = "Tier" }
    }
}

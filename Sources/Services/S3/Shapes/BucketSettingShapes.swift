import Documents

// The members of the API model that these operations use, under the model's names.

struct PutBucketTaggingInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var tagging: Shape.Tagging

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case tagging = "Tagging"
    }
}

struct GetBucketTaggingInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketTaggingOutput: Codable, Sendable {
    var tagSet: [Shape.Tag]

    enum CodingKeys: String, CodingKey {
        case tagSet = "TagSet"
    }
}

struct DeleteBucketTaggingInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct PutBucketVersioningInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var mfa: String?
    var versioningConfiguration: Shape.VersioningConfiguration

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case mfa = "MFA"
        case versioningConfiguration = "VersioningConfiguration"
    }
}

struct GetBucketVersioningInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketVersioningOutput: Codable, Sendable {
    var status: String?
    var mfaDelete: String?

    enum CodingKeys: String, CodingKey {
        case status = "Status"
        case mfaDelete = "MFADelete"
    }
}

struct PutBucketPolicyInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var policy: String

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case policy = "Policy"
    }
}

struct GetBucketPolicyInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketPolicyOutput: Codable, Sendable {
    var policy: String?

    enum CodingKeys: String, CodingKey {
        case policy = "Policy"
    }
}

struct DeleteBucketPolicyInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct PutPublicAccessBlockInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var publicAccessBlockConfiguration: Shape.PublicAccessBlockConfiguration

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case publicAccessBlockConfiguration = "PublicAccessBlockConfiguration"
    }
}

struct GetPublicAccessBlockInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetPublicAccessBlockOutput: Codable, Sendable {
    var publicAccessBlockConfiguration: Shape.PublicAccessBlockConfiguration?

    enum CodingKeys: String, CodingKey {
        case publicAccessBlockConfiguration = "PublicAccessBlockConfiguration"
    }
}

struct DeletePublicAccessBlockInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

extension Shape {
    struct Tagging: Codable, Sendable {
        var tagSet: [Shape.Tag]

        enum CodingKeys: String, CodingKey {
            case tagSet = "TagSet"
        }
    }

    struct VersioningConfiguration: Codable, Sendable {
        var status: String?
        var mfaDelete: String?

        enum CodingKeys: String, CodingKey {
            case status = "Status"
            case mfaDelete = "MFADelete"
        }
    }

    struct PublicAccessBlockConfiguration: Codable, Sendable {
        var blockPublicAcls: Bool?
        var ignorePublicAcls: Bool?
        var blockPublicPolicy: Bool?
        var restrictPublicBuckets: Bool?

        enum CodingKeys: String, CodingKey {
            case blockPublicAcls = "BlockPublicAcls"
            case ignorePublicAcls = "IgnorePublicAcls"
            case blockPublicPolicy = "BlockPublicPolicy"
            case restrictPublicBuckets = "RestrictPublicBuckets"
        }
    }
}

import Documents

// The members of the API model that these operations use, under the model's names.

struct CreateBucketInput: Codable, Sendable, GrantMembers {
    var acl: String?
    var bucket: String
    var createBucketConfiguration: Shape.CreateBucketConfiguration?
    var grantFullControl: String?
    var grantRead: String?
    var grantReadACP: String?
    var grantWrite: String?
    var grantWriteACP: String?
    var objectLockEnabledForBucket: Bool?
    var objectOwnership: String?
    var bucketNamespace: String?

    enum CodingKeys: String, CodingKey {
        case acl = "ACL"
        case bucket = "Bucket"
        case createBucketConfiguration = "CreateBucketConfiguration"
        case grantFullControl = "GrantFullControl"
        case grantRead = "GrantRead"
        case grantReadACP = "GrantReadACP"
        case grantWrite = "GrantWrite"
        case grantWriteACP = "GrantWriteACP"
        case objectLockEnabledForBucket = "ObjectLockEnabledForBucket"
        case objectOwnership = "ObjectOwnership"
        case bucketNamespace = "BucketNamespace"
    }
}

struct CreateBucketOutput: Codable, Sendable {
    var location: String?
    var bucketARN: String?

    enum CodingKeys: String, CodingKey {
        case location = "Location"
        case bucketARN = "BucketArn"
    }
}

struct HeadBucketInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct HeadBucketOutput: Codable, Sendable {
    var bucketARN: String?
    var bucketRegion: String?
    var accessPointAlias: Bool?

    enum CodingKeys: String, CodingKey {
        case bucketARN = "BucketArn"
        case bucketRegion = "BucketRegion"
        case accessPointAlias = "AccessPointAlias"
    }
}

struct DeleteBucketInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct ListBucketsInput: Codable, Sendable {
    var maxBuckets: Int?
    var continuationToken: String?
    var prefix: String?
    var bucketRegion: String?

    enum CodingKeys: String, CodingKey {
        case maxBuckets = "MaxBuckets"
        case continuationToken = "ContinuationToken"
        case prefix = "Prefix"
        case bucketRegion = "BucketRegion"
    }
}

struct ListBucketsOutput: Codable, Sendable {
    var buckets: [Shape.Bucket]?
    var owner: Shape.Owner?
    var continuationToken: String?
    var prefix: String?

    enum CodingKeys: String, CodingKey {
        case buckets = "Buckets"
        case owner = "Owner"
        case continuationToken = "ContinuationToken"
        case prefix = "Prefix"
    }
}

struct GetBucketLocationInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketLocationOutput: Codable, Sendable {
    var locationConstraint: String?

    enum CodingKeys: String, CodingKey {
        case locationConstraint = "LocationConstraint"
    }
}

extension Shape {
    struct CreateBucketConfiguration: Codable, Sendable {
        var locationConstraint: String?
        var tags: [Shape.Tag]?

        enum CodingKeys: String, CodingKey {
            case locationConstraint = "LocationConstraint"
            case tags = "Tags"
        }
    }

    struct Bucket: Codable, Sendable {
        var name: String?
        var creationDate: Timestamp?
        var bucketRegion: String?
        var bucketARN: String?

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case creationDate = "CreationDate"
            case bucketRegion = "BucketRegion"
            case bucketARN = "BucketArn"
        }
    }

    struct Owner: Codable, Sendable {
        var displayName: String?
        var id: String?

        enum CodingKeys: String, CodingKey {
            case displayName = "DisplayName"
            case id = "ID"
        }
    }

    struct Tag: Codable, Sendable, Hashable {
        var key: String
        var value: String

        enum CodingKeys: String, CodingKey {
            case key = "Key"
            case value = "Value"
        }
    }
}

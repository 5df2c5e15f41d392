import Documents

// The members of the API model that these operations use, under the model's names.

struct PutBucketLifecycleConfigurationInput: Codable, Sendable {
    var bucket: String
    var lifecycleConfiguration: Shape.BucketLifecycleConfiguration?
    var expectedBucketOwner: String?
    var transitionDefaultMinimumObjectSize: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case lifecycleConfiguration = "LifecycleConfiguration"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case transitionDefaultMinimumObjectSize = "TransitionDefaultMinimumObjectSize"
    }
}

struct PutBucketLifecycleConfigurationOutput: Codable, Sendable {
    var transitionDefaultMinimumObjectSize: String?

    enum CodingKeys: String, CodingKey {
        case transitionDefaultMinimumObjectSize = "TransitionDefaultMinimumObjectSize"
    }
}

struct GetBucketLifecycleConfigurationOutput: Codable, Sendable {
    var rules: [Shape.LifecycleRule]
    var transitionDefaultMinimumObjectSize: String?

    enum CodingKeys: String, CodingKey {
        case rules = "Rules"
        case transitionDefaultMinimumObjectSize = "TransitionDefaultMinimumObjectSize"
    }
}

extension Shape {
    struct BucketLifecycleConfiguration: Codable, Sendable {
        var rules: [Shape.LifecycleRule]

        enum CodingKeys: String, CodingKey {
            case rules = "Rules"
        }
    }

    struct LifecycleRule: Codable, Sendable, Hashable {
        var id: String?
        var prefix: String?
        var filter: Shape.LifecycleRuleFilter?
        var status: String
        var expiration: Shape.LifecycleExpiration?
        var transitions: [Shape.Transition]?
        var noncurrentVersionTransitions: [Shape.NoncurrentVersionTransition]?
        var noncurrentVersionExpiration: Shape.NoncurrentVersionExpiration?
        var abortIncompleteMultipartUpload: Shape.AbortIncompleteMultipartUpload?

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case prefix = "Prefix"
            case filter = "Filter"
            case status = "Status"
            case expiration = "Expiration"
            case transitions = "Transitions"
            case noncurrentVersionTransitions = "NoncurrentVersionTransitions"
            case noncurrentVersionExpiration = "NoncurrentVersionExpiration"
            case abortIncompleteMultipartUpload = "AbortIncompleteMultipartUpload"
        }
    }

    struct LifecycleRuleFilter: Codable, Sendable, Hashable {
        var prefix: String?
        var tag: Shape.Tag?
        var objectSizeGreaterThan: Int64?
        var objectSizeLessThan: Int64?
        var and: Shape.LifecycleRuleAndOperator?

        enum CodingKeys: String, CodingKey {
            case prefix = "Prefix"
            case tag = "Tag"
            case objectSizeGreaterThan = "ObjectSizeGreaterThan"
            case objectSizeLessThan = "ObjectSizeLessThan"
            case and = "And"
        }
    }

    struct LifecycleRuleAndOperator: Codable, Sendable, Hashable {
        var prefix: String?
        var tags: [Shape.Tag]?
        var objectSizeGreaterThan: Int64?
        var objectSizeLessThan: Int64?

        enum CodingKeys: String, CodingKey {
            case prefix = "Prefix"
            case tags = "Tags"
            case objectSizeGreaterThan = "ObjectSizeGreaterThan"
            case objectSizeLessThan = "ObjectSizeLessThan"
        }
    }

    struct LifecycleExpiration: Codable, Sendable, Hashable {
        var date: Timestamp?
        var days: Int?
        var expiredObjectDeleteMarker: Bool?

        enum CodingKeys: String, CodingKey {
            case date = "Date"
            case days = "Days"
            case expiredObjectDeleteMarker = "ExpiredObjectDeleteMarker"
        }
    }

    struct Transition: Codable, Sendable, Hashable {
        var date: Timestamp?
        var days: Int?
        var storageClass: String?

        enum CodingKeys: String, CodingKey {
            case date = "Date"
            case days = "Days"
            case storageClass = "StorageClass"
        }
    }

    struct NoncurrentVersionTransition: Codable, Sendable, Hashable {
        var noncurrentDays: Int?
        var storageClass: String?
        var newerNoncurrentVersions: Int?

        enum CodingKeys: String, CodingKey {
            case noncurrentDays = "NoncurrentDays"
            case storageClass = "StorageClass"
            case newerNoncurrentVersions = "NewerNoncurrentVersions"
        }
    }

    struct NoncurrentVersionExpiration: Codable, Sendable, Hashable {
        var noncurrentDays: Int?
        var newerNoncurrentVersions: Int?

        enum CodingKeys: String, CodingKey {
            case noncurrentDays = "NoncurrentDays"
            case newerNoncurrentVersions = "NewerNoncurrentVersions"
        }
    }

    struct AbortIncompleteMultipartUpload: Codable, Sendable, Hashable {
        var daysAfterInitiation: Int?

        enum CodingKeys: String, CodingKey {
            case daysAfterInitiation = "DaysAfterInitiation"
        }
    }
}

import Documents

// The members of S3 Control's model that these operations use, under the model's names.

/// Structures of S3 Control's model.
enum ControlShape {
    struct VPC: Codable, Sendable {
        var vpcID: String

        enum CodingKeys: String, CodingKey { case vpcID = "VpcId" }
    }

    struct Scope: Codable, Sendable {
        var prefixes: [String]?
        var permissions: [String]?

        enum CodingKeys: String, CodingKey {
            case prefixes = "Prefixes"
            case permissions = "Permissions"
        }
    }

    struct AccessPoint: Codable, Sendable {
        var name: String
        var networkOrigin: String
        var vpcConfiguration: VPC?
        var bucket: String
        var accessPointARN: String?
        var alias: String?
        var bucketAccountID: String?

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case networkOrigin = "NetworkOrigin"
            case vpcConfiguration = "VpcConfiguration"
            case bucket = "Bucket"
            case accessPointARN = "AccessPointArn"
            case alias = "Alias"
            case bucketAccountID = "BucketAccountId"
        }
    }
}

struct CreateAccessPointInput: Codable, Sendable {
    var accountID: String
    var name: String
    var bucket: String
    var vpcConfiguration: ControlShape.VPC?
    var publicAccessBlockConfiguration: Shape.PublicAccessBlockConfiguration?
    var bucketAccountID: String?
    var scope: ControlShape.Scope?
    var tags: [Shape.Tag]?

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case name = "Name"
        case bucket = "Bucket"
        case vpcConfiguration = "VpcConfiguration"
        case publicAccessBlockConfiguration = "PublicAccessBlockConfiguration"
        case bucketAccountID = "BucketAccountId"
        case scope = "Scope"
        case tags = "Tags"
    }
}

struct CreateAccessPointOutput: Codable, Sendable {
    var accessPointARN: String
    var alias: String

    enum CodingKeys: String, CodingKey {
        case accessPointARN = "AccessPointArn"
        case alias = "Alias"
    }
}

struct AccessPointInput: Codable, Sendable {
    var accountID: String
    var name: String

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case name = "Name"
    }
}

struct GetAccessPointOutput: Codable, Sendable {
    var name: String
    var bucket: String
    var networkOrigin: String
    var vpcConfiguration: ControlShape.VPC?
    var publicAccessBlockConfiguration: Shape.PublicAccessBlockConfiguration
    var creationDate: Timestamp
    var alias: String
    var accessPointARN: String
    var endpoints: [String: String]
    var bucketAccountID: String

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case bucket = "Bucket"
        case networkOrigin = "NetworkOrigin"
        case vpcConfiguration = "VpcConfiguration"
        case publicAccessBlockConfiguration = "PublicAccessBlockConfiguration"
        case creationDate = "CreationDate"
        case alias = "Alias"
        case accessPointARN = "AccessPointArn"
        case endpoints = "Endpoints"
        case bucketAccountID = "BucketAccountId"
    }
}

struct ListAccessPointsInput: Codable, Sendable {
    var accountID: String
    var bucket: String?
    var nextToken: String?
    var maxResults: Int?

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case bucket = "Bucket"
        case nextToken = "NextToken"
        case maxResults = "MaxResults"
    }
}

struct ListAccessPointsOutput: Codable, Sendable {
    var accessPointList: [ControlShape.AccessPoint] = []
    var nextToken: String?

    enum CodingKeys: String, CodingKey {
        case accessPointList = "AccessPointList"
        case nextToken = "NextToken"
    }
}

struct PutAccessPointPolicyInput: Codable, Sendable {
    var accountID: String
    var name: String
    var policy: String

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case name = "Name"
        case policy = "Policy"
    }
}

struct GetAccessPointPolicyOutput: Codable, Sendable {
    var policy: String

    enum CodingKeys: String, CodingKey { case policy = "Policy" }
}

struct GetAccessPointPolicyStatusOutput: Codable, Sendable {
    var policyStatus: Shape.PolicyStatus

    enum CodingKeys: String, CodingKey { case policyStatus = "PolicyStatus" }
}

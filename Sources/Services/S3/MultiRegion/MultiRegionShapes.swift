import Documents

// The members of S3 Control's model that these operations use, under the model's names.

extension ControlShape {
    struct CreateRegion: Codable, Sendable {
        var bucket: String
        var bucketAccountID: String?

        enum CodingKeys: String, CodingKey {
            case bucket = "Bucket"
            case bucketAccountID = "BucketAccountId"
        }
    }

    struct CreateMultiRegion: Codable, Sendable {
        var name: String
        var publicAccessBlock: Shape.PublicAccessBlockConfiguration?
        var regions: [CreateRegion]

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case publicAccessBlock = "PublicAccessBlock"
            case regions = "Regions"
        }
    }

    struct DeleteMultiRegion: Codable, Sendable {
        var name: String

        enum CodingKeys: String, CodingKey { case name = "Name" }
    }

    struct PutMultiRegionPolicy: Codable, Sendable {
        var name: String
        var policy: String

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case policy = "Policy"
        }
    }

    struct MultiRegionReport: Codable, Sendable {
        struct Region: Codable, Sendable {
            var bucket: String
            var region: String
            var bucketAccountID: String

            enum CodingKeys: String, CodingKey {
                case bucket = "Bucket"
                case region = "Region"
                case bucketAccountID = "BucketAccountId"
            }
        }
        var name: String
        var alias: String
        var createdAt: Timestamp
        var publicAccessBlock: Shape.PublicAccessBlockConfiguration
        var status: String
        var regions: [Region]

        init(_ record: MultiRegionRecord) {
            (name, alias, createdAt) = (record.name, record.alias, record.created)
            (publicAccessBlock, status) = (record.publicAccessBlock.shape, record.status.rawValue)
            regions = record.routes.map { Region(bucket: $0.bucket, region: $0.region, bucketAccountID: $0.bucketAccount) }
        }

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case alias = "Alias"
            case createdAt = "CreatedAt"
            case publicAccessBlock = "PublicAccessBlock"
            case status = "Status"
            case regions = "Regions"
        }
    }

    struct Route: Codable, Sendable {
        var bucket: String?
        var region: String?
        var trafficDialPercentage: Int

        enum CodingKeys: String, CodingKey {
            case bucket = "Bucket"
            case region = "Region"
            case trafficDialPercentage = "TrafficDialPercentage"
        }
    }
}

struct AsyncInput<Details: Codable & Sendable>: Codable, Sendable {
    var accountID: String
    var clientToken: String
    var details: Details

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case clientToken = "ClientToken"
        case details = "Details"
    }
}

struct AsyncOutput: Codable, Sendable {
    var requestTokenARN: String

    enum CodingKeys: String, CodingKey { case requestTokenARN = "RequestTokenARN" }
}

struct DescribeAsyncInput: Codable, Sendable {
    var accountID: String
    var requestTokenARN: String

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case requestTokenARN = "RequestTokenARN"
    }
}

struct DescribeAsyncOutput: Codable, Sendable {
    struct Parameters: Codable, Sendable {
        var create: ControlShape.CreateMultiRegion?
        var delete: ControlShape.DeleteMultiRegion?
        var putPolicy: ControlShape.PutMultiRegionPolicy?

        enum CodingKeys: String, CodingKey {
            case create = "CreateMultiRegionAccessPointRequest"
            case delete = "DeleteMultiRegionAccessPointRequest"
            case putPolicy = "PutMultiRegionAccessPointPolicyRequest"
        }
    }
    struct Region: Codable, Sendable {
        var name: String
        var requestStatus: String

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case requestStatus = "RequestStatus"
        }
    }
    struct Details: Codable, Sendable {
        struct Regions: Codable, Sendable {
            var regions: [Region]

            enum CodingKeys: String, CodingKey { case regions = "Regions" }
        }
        struct Failure: Codable, Sendable {
            var code: String
            var message: String
            var resource: String
            var requestID: String

            enum CodingKeys: String, CodingKey {
                case code = "Code"
                case message = "Message"
                case resource = "Resource"
                case requestID = "RequestId"
            }
        }
        var regions: Regions?
        var failure: Failure?

        enum CodingKeys: String, CodingKey {
            case regions = "MultiRegionAccessPointDetails"
            case failure = "ErrorDetails"
        }
    }
    struct Operation: Codable, Sendable {
        var creationTime: Timestamp
        var operation: String
        var requestTokenARN: String
        var requestParameters: Parameters
        var requestStatus: String
        var responseDetails: Details

        enum CodingKeys: String, CodingKey {
            case creationTime = "CreationTime"
            case operation = "Operation"
            case requestTokenARN = "RequestTokenARN"
            case requestParameters = "RequestParameters"
            case requestStatus = "RequestStatus"
            case responseDetails = "ResponseDetails"
        }
    }
    var operation: Operation

    enum CodingKeys: String, CodingKey { case operation = "AsyncOperation" }
}

struct GetMultiRegionOutput: Codable, Sendable {
    var accessPoint: ControlShape.MultiRegionReport

    enum CodingKeys: String, CodingKey { case accessPoint = "AccessPoint" }
}

struct ListMultiRegionOutput: Codable, Sendable {
    var accessPoints: [ControlShape.MultiRegionReport] = []
    var nextToken: String?

    enum CodingKeys: String, CodingKey {
        case accessPoints = "AccessPoints"
        case nextToken = "NextToken"
    }
}

struct MultiRegionPolicyOutput: Codable, Sendable {
    struct Version: Codable, Sendable {
        var policy: String?

        enum CodingKeys: String, CodingKey { case policy = "Policy" }
    }
    struct Both: Codable, Sendable {
        var established: Version?
        var proposed: Version?

        enum CodingKeys: String, CodingKey {
            case established = "Established"
            case proposed = "Proposed"
        }
    }
    var policy: Both

    enum CodingKeys: String, CodingKey { case policy = "Policy" }
}

struct MultiRegionPolicyStatusOutput: Codable, Sendable {
    var established: Shape.PolicyStatus

    enum CodingKeys: String, CodingKey { case established = "Established" }
}

struct RoutesInput: Codable, Sendable {
    var accountID: String
    var mrap: String

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case mrap = "Mrap"
    }
}

struct RoutesOutput: Codable, Sendable {
    var mrap: String
    var routes: [ControlShape.Route]

    enum CodingKeys: String, CodingKey {
        case mrap = "Mrap"
        case routes = "Routes"
    }
}

struct SubmitRoutesInput: Codable, Sendable {
    var accountID: String
    var mrap: String
    var routeUpdates: [ControlShape.Route]

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case mrap = "Mrap"
        case routeUpdates = "RouteUpdates"
    }
}

import Documents

// The members of S3 Control's model that these operations use, under the model's names.

extension ControlShape {
    struct ObjectLambdaConfiguration: Codable, Sendable {
        struct Transformation: Codable, Sendable {
            struct Content: Codable, Sendable {
                struct Function: Codable, Sendable {
                    var functionARN: String
                    var functionPayload: String?

                    enum CodingKeys: String, CodingKey {
                        case functionARN = "FunctionArn"
                        case functionPayload = "FunctionPayload"
                    }
                }
                var awsLambda: Function?

                enum CodingKeys: String, CodingKey { case awsLambda = "AwsLambda" }
            }
            var actions: [String]
            var contentTransformation: Content

            enum CodingKeys: String, CodingKey {
                case actions = "Actions"
                case contentTransformation = "ContentTransformation"
            }
        }
        var supportingAccessPoint: String
        var cloudWatchMetricsEnabled: Bool?
        var allowedFeatures: [String]?
        var transformationConfigurations: [Transformation]

        enum CodingKeys: String, CodingKey {
            case supportingAccessPoint = "SupportingAccessPoint"
            case cloudWatchMetricsEnabled = "CloudWatchMetricsEnabled"
            case allowedFeatures = "AllowedFeatures"
            case transformationConfigurations = "TransformationConfigurations"
        }
    }

    struct ObjectLambdaAlias: Codable, Sendable {
        var value: String
        var status = "READY"

        enum CodingKeys: String, CodingKey {
            case value = "Value"
            case status = "Status"
        }
    }

    struct ObjectLambdaPoint: Codable, Sendable {
        var name: String
        var arn: String
        var alias: ObjectLambdaAlias

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case arn = "ObjectLambdaAccessPointArn"
            case alias = "Alias"
        }
    }
}

struct ObjectLambdaConfigurationInput: Codable, Sendable {
    var accountID: String
    var name: String
    var configuration: ControlShape.ObjectLambdaConfiguration

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case name = "Name"
        case configuration = "Configuration"
    }
}

struct CreateObjectLambdaOutput: Codable, Sendable {
    var arn: String
    var alias: ControlShape.ObjectLambdaAlias

    enum CodingKeys: String, CodingKey {
        case arn = "ObjectLambdaAccessPointArn"
        case alias = "Alias"
    }
}

struct GetObjectLambdaOutput: Codable, Sendable {
    var name: String
    var publicAccessBlockConfiguration: Shape.PublicAccessBlockConfiguration
    var creationDate: Timestamp
    var alias: ControlShape.ObjectLambdaAlias

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case publicAccessBlockConfiguration = "PublicAccessBlockConfiguration"
        case creationDate = "CreationDate"
        case alias = "Alias"
    }
}

struct GetObjectLambdaConfigurationOutput: Codable, Sendable {
    var configuration: ControlShape.ObjectLambdaConfiguration

    enum CodingKeys: String, CodingKey { case configuration = "Configuration" }
}

struct ListObjectLambdaInput: Codable, Sendable {
    var accountID: String
    var nextToken: String?
    var maxResults: Int?

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case nextToken = "NextToken"
        case maxResults = "MaxResults"
    }
}

struct ListObjectLambdaOutput: Codable, Sendable {
    var points: [ControlShape.ObjectLambdaPoint] = []
    var nextToken: String?

    enum CodingKeys: String, CodingKey {
        case points = "ObjectLambdaAccessPointList"
        case nextToken = "NextToken"
    }
}

import Documents

// The members of the API model that these operations use, under the model's names.

struct PutBucketNotificationConfigurationInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var notificationConfiguration: Shape.NotificationConfiguration
    var skipDestinationValidation: Bool?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case notificationConfiguration = "NotificationConfiguration"
        case skipDestinationValidation = "SkipDestinationValidation"
    }
}

struct GetBucketNotificationConfigurationInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketNotificationConfigurationOutput: Codable, Sendable {
    var topicConfigurations: [Shape.TopicConfiguration]?
    var queueConfigurations: [Shape.QueueConfiguration]?
    var lambdaFunctionConfigurations: [Shape.LambdaFunctionConfiguration]?
    var eventBridgeConfiguration: Shape.EventBridgeConfiguration?

    enum CodingKeys: String, CodingKey {
        case topicConfigurations = "TopicConfigurations"
        case queueConfigurations = "QueueConfigurations"
        case lambdaFunctionConfigurations = "LambdaFunctionConfigurations"
        case eventBridgeConfiguration = "EventBridgeConfiguration"
    }
}

extension Shape {
    struct NotificationConfiguration: Codable, Sendable {
        var topicConfigurations: [Shape.TopicConfiguration]?
        var queueConfigurations: [Shape.QueueConfiguration]?
        var lambdaFunctionConfigurations: [Shape.LambdaFunctionConfiguration]?
        var eventBridgeConfiguration: Shape.EventBridgeConfiguration?

        enum CodingKeys: String, CodingKey {
            case topicConfigurations = "TopicConfigurations"
            case queueConfigurations = "QueueConfigurations"
            case lambdaFunctionConfigurations = "LambdaFunctionConfigurations"
            case eventBridgeConfiguration = "EventBridgeConfiguration"
        }
    }

    struct TopicConfiguration: Codable, Sendable {
        var id: String?
        var topicARN: String
        var events: [String]
        var filter: Shape.NotificationConfigurationFilter?

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case topicARN = "TopicArn"
            case events = "Events"
            case filter = "Filter"
        }
    }

    struct QueueConfiguration: Codable, Sendable {
        var id: String?
        var queueARN: String
        var events: [String]
        var filter: Shape.NotificationConfigurationFilter?

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case queueARN = "QueueArn"
            case events = "Events"
            case filter = "Filter"
        }
    }

    struct LambdaFunctionConfiguration: Codable, Sendable {
        var id: String?
        var lambdaFunctionARN: String
        var events: [String]
        var filter: Shape.NotificationConfigurationFilter?

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case lambdaFunctionARN = "LambdaFunctionArn"
            case events = "Events"
            case filter = "Filter"
        }
    }

    struct EventBridgeConfiguration: Codable, Sendable {
    }

    struct NotificationConfigurationFilter: Codable, Sendable {
        var key: Shape.S3KeyFilter?

        enum CodingKeys: String, CodingKey {
            case key = "Key"
        }
    }

    struct S3KeyFilter: Codable, Sendable {
        var filterRules: [Shape.FilterRule]?

        enum CodingKeys: String, CodingKey {
            case filterRules = "FilterRules"
        }
    }

    struct FilterRule: Codable, Sendable {
        var name: String?
        var value: String?

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case value = "Value"
        }
    }
}

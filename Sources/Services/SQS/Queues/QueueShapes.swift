/// The members of the queue operations that Tarn reads and writes, for the model's check.
struct QueueInput: Codable { var QueueUrl: String }

struct CreateQueueInput: Codable {
    var QueueName: String
    var Attributes: [String: String]?
    var tags: [String: String]?
}

struct QueueURLOutput: Codable { var QueueUrl: String? }

struct GetQueueURLInput: Codable {
    var QueueName: String
    var QueueOwnerAWSAccountId: String?
}

struct ListQueuesInput: Codable {
    var QueueNamePrefix: String?
    var NextToken: String?
    var MaxResults: Int?
}

struct ListQueuesOutput: Codable {
    var QueueUrls: [String]?
    var NextToken: String?
}

struct GetAttributesInput: Codable {
    var QueueUrl: String
    var AttributeNames: [String]?
}

struct AttributesOutput: Codable { var Attributes: [String: String]? }

struct SetAttributesInput: Codable {
    var QueueUrl: String
    var Attributes: [String: String]
}

struct TagQueueInput: Codable {
    var QueueUrl: String
    var Tags: [String: String]
}

struct UntagQueueInput: Codable {
    var QueueUrl: String
    var TagKeys: [String]
}

struct TagsOutput: Codable { var Tags: [String: String]? }

struct AddPermissionInput: Codable {
    var QueueUrl: String
    var Label: String
    var AWSAccountIds: [String]
    var Actions: [String]
}

struct RemovePermissionInput: Codable {
    var QueueUrl: String
    var Label: String
}

struct ListSourcesInput: Codable {
    var QueueUrl: String
    var NextToken: String?
    var MaxResults: Int?
}

struct ListSourcesOutput: Codable {
    var queueUrls: [String]
    var NextToken: String?
}

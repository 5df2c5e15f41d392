import Documents

// The members of the API model that this operation uses, under the model's names.

struct SelectObjectContentInput: Codable, Sendable, CustomerKeyMembers {
    var bucket: String
    var key: String
    var sseCustomerAlgorithm: String?
    var sseCustomerKey: String?
    var sseCustomerKeyMD5: String?
    var expression: String
    var expressionType: String
    var requestProgress: Progress?
    var inputSerialization: Document
    var outputSerialization: Document
    var scanRange: ScanRange?
    var expectedBucketOwner: String?

    struct Progress: Codable, Sendable {
        var enabled: Bool?

        enum CodingKeys: String, CodingKey { case enabled = "Enabled" }
    }

    struct ScanRange: Codable, Sendable {
        var start: Int64?
        var end: Int64?

        enum CodingKeys: String, CodingKey {
            case start = "Start"
            case end = "End"
        }
    }

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case sseCustomerKey = "SSECustomerKey"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
        case expression = "Expression"
        case expressionType = "ExpressionType"
        case requestProgress = "RequestProgress"
        case inputSerialization = "InputSerialization"
        case outputSerialization = "OutputSerialization"
        case scanRange = "ScanRange"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

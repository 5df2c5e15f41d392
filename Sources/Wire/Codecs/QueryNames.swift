import Model

/// How a service that moved from the query protocol to JSON is spelt in the old protocol. Its model (trait
/// `awsQueryCompatible`, https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait) no longer
/// has the names of lists, of the entries of maps, and of errors.
struct QueryNames: Sendable {
    /// The element of a flattened list or map, by its shape, where it is not the shape's name without `List`.
    private let elements: [String: String]
    /// Maps whose entries have `Key` instead of `Name`.
    private let keyed: Set<String>
    /// Error codes, by the error's shape.
    private let errors: [String: String]
    let namespace: XMLNamespace

    /// nil for services that never spoke it, or that still have all names in the model.
    static func of(_ service: ServiceModel?) -> QueryNames? { service?.id == "sqs" ? sqs : nil }

    func element(_ member: Member) -> String? {
        guard member.isFlattened else { return nil }
        if let name = elements[member.shape.name] { return name }
        return member.shape.name.hasSuffix("List") ? String(member.shape.name.dropLast(4)) : nil
    }

    func key(_ map: Shape) -> String { keyed.contains(map.name) ? "Key" : "Name" }

    /// An error that the model does not know has the suffix `Exception` in JSON alone.
    func code(_ error: String) -> String {
        errors[error] ?? (error.hasSuffix("Exception") ? String(error.dropLast("Exception".count)) : error)
    }

    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, "Errors".
    private static let sqs = QueryNames(
        elements: [
            "QueueAttributeMap": "Attribute", "MessageSystemAttributeMap": "Attribute", "TagMap": "Tag",
            "MessageBodyAttributeMap": "MessageAttribute", "MessageBodySystemAttributeMap": "MessageSystemAttribute",
            "MessageSystemAttributeList": "MessageSystemAttributeName", "StringList": "StringListValue",
            "BinaryList": "BinaryListValue",
        ],
        keyed: ["TagMap"],
        errors: [
            "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            "BatchRequestTooLong": "AWS.SimpleQueueService.BatchRequestTooLong",
            "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
            "InvalidBatchEntryId": "AWS.SimpleQueueService.InvalidBatchEntryId",
            "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
            "PurgeQueueInProgress": "AWS.SimpleQueueService.PurgeQueueInProgress",
            "QueueDeletedRecently": "AWS.SimpleQueueService.QueueDeletedRecently",
            "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
            "QueueNameExists": "QueueAlreadyExists",
            "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
            "KmsAccessDenied": "KMS.AccessDeniedException", "KmsDisabled": "KMS.DisabledException",
            "KmsInvalidKeyUsage": "KMS.InvalidKeyUsageException", "KmsInvalidState": "KMS.InvalidStateException",
            "KmsNotFound": "KMS.NotFoundException", "KmsOptInRequired": "KMS.OptInRequired",
            "KmsThrottled": "KMS.ThrottlingException", "ResourceNotFoundException": "ResourceNotFoundException",
            "MissingRequiredParameterException": "MissingParameter",
        ],
        namespace: XMLNamespace(uri: "http://queue.amazonaws.com/doc/2012-11-05/"))
}

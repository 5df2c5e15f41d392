import Kernel

/// What SQS refuses. Codes are those of the JSON protocol; the query protocol's spelling is the wire layer's.
enum SQSFault: Fault {
    case queueDoesNotExist
    case queueNameExists(attribute: String)
    case tagsDiffer
    case deletedRecently
    case missing(String)
    case invalid(String)
    case invalidValue(String, parameter: String, reason: String)
    case attributeValue(String)
    case attributeReason(String)
    case attributeName(String)
    case contents(String)
    case handle(String)
    case notInFlight
    case emptyBatch(String)
    case tooManyEntries(Int)
    case idsNotDistinct(String)
    case batchID
    case batchTooLong(Int)
    case purgeInProgress(String)
    case overLimit(String)
    case unsupported(String)
    case resourceNotFound(String)
    case invalidAddress(String)
    case accessDenied(String)
    case kms(code: String, message: String)

    var wire: AWSError {
        switch self {
        case .queueDoesNotExist: AWSError("QueueDoesNotExist", 400, "The specified queue does not exist.")
        case .queueNameExists(let attribute):
            AWSError(
                "QueueNameExists", 400,
                "A queue already exists with the same name and a different value for attribute \(attribute)")
        case .tagsDiffer:
            AWSError("QueueNameExists", 400, "A queue already exists with the same name and different tags")
        case .deletedRecently:
            AWSError(
                "QueueDeletedRecently", 400,
                "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
        case .missing(let name):
            AWSError("MissingRequiredParameterException", 400, "The request must contain the parameter \(name).")
        case .invalid(let text): AWSError("InvalidParameterValueException", 400, text)
        case .invalidValue(let value, let parameter, let reason):
            AWSError(
                "InvalidParameterValueException", 400,
                "Value \(value) for parameter \(parameter) is invalid. Reason: \(reason)")
        case .attributeValue(let name):
            AWSError("InvalidAttributeValue", 400, "Invalid value for the parameter \(name).")
        case .attributeReason(let text): AWSError("InvalidAttributeValue", 400, text)
        case .attributeName(let name): AWSError("InvalidAttributeName", 400, "Unknown Attribute \(name).")
        case .contents(let text): AWSError("InvalidMessageContents", 400, text)
        case .handle(let text):
            AWSError(
                "ReceiptHandleIsInvalid", 404, "The input receipt handle \"\(text)\" is not a valid receipt handle.")
        case .notInFlight: AWSError("MessageNotInflight", 400, "The specified message isn't in flight.")
        case .emptyBatch(let entry):
            AWSError("EmptyBatchRequest", 400, "There should be at least one \(entry) in the request.")
        case .tooManyEntries(let count):
            AWSError(
                "TooManyEntriesInBatchRequest", 400,
                "Maximum number of entries per request are \(SQSLimit.batchEntries). You have sent \(count).")
        case .idsNotDistinct(let id): AWSError("BatchEntryIdsNotDistinct", 400, "Id \(id) repeated.")
        case .batchID:
            AWSError(
                "InvalidBatchEntryId", 400,
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                    + "It can be at most 80 letters long.")
        case .batchTooLong(let bytes):
            AWSError(
                "BatchRequestTooLong", 400,
                "Batch requests cannot be longer than \(SQSLimit.messageBytes) bytes. You have sent \(bytes) bytes.")
        case .purgeInProgress(let name):
            AWSError(
                "PurgeQueueInProgress", 403, "Only one PurgeQueue operation on \(name) is allowed every 60 seconds.")
        case .overLimit(let text): AWSError("OverLimit", 403, text)
        case .unsupported(let text): AWSError("UnsupportedOperation", 400, text)
        case .resourceNotFound(let text): AWSError("ResourceNotFoundException", 404, text)
        case .invalidAddress(let text): AWSError("InvalidAddress", 404, text)
        case .accessDenied(let text): AWSError("AccessDeniedException", 403, text)
        case .kms(let code, let message): AWSError(code, 400, message)
        }
    }

    /// The code as a failed entry of a batch has it: the query protocol's, in both protocols.
    var entryCode: String {
        switch wire.code {
        case "InvalidParameterValueException": "InvalidParameterValue"
        case "MissingRequiredParameterException": "MissingParameter"
        case "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight"
        case let code: code
        }
    }
}

import Kernel

/// What CloudWatch Logs refuses.
enum LogsFault: Fault {
    case groupNotFound
    case streamNotFound
    case groupExists
    case streamExists
    case invalid(String)
    case invalidPattern
    case filterNotFound(String)
    case destinationNotFound
    case policyNotFound(String)
    case notFound(String)
    case limitExceeded
    case malformedQuery(String)
    case protected
    case tooManyKeys
    case notStoppable(String)

    var wire: AWSError {
        switch self {
        case .groupNotFound: AWSError("ResourceNotFoundException", 400, "The specified log group does not exist.")
        case .streamNotFound: AWSError("ResourceNotFoundException", 400, "The specified log stream does not exist.")
        case .groupExists: AWSError("ResourceAlreadyExistsException", 400, "The specified log group already exists")
        case .streamExists: AWSError("ResourceAlreadyExistsException", 400, "The specified log stream already exists")
        case .invalidPattern: AWSError("InvalidParameterException", 400, "Invalid filter pattern")
        case .filterNotFound(let kind):
            AWSError("ResourceNotFoundException", 400, "The specified \(kind) filter does not exist.")
        case .destinationNotFound:
            AWSError("ResourceNotFoundException", 400, "The specified destination does not exist.")
        case .policyNotFound(let name):
            AWSError("ResourceNotFoundException", 400, "Policy with name [\(name)] does not exist")
        case .notFound(let message): AWSError("ResourceNotFoundException", 400, message)
        case .malformedQuery(let message): AWSError("MalformedQueryException", 400, message)
        case .limitExceeded: AWSError("LimitExceededException", 400, "Resource limit exceeded.")
        case .protected:
            AWSError("ValidationException", 400, "The log group cannot be deleted while deletion protection is enabled.")
        case .tooManyKeys:
            AWSError("ServiceUnavailableException", 503, "The time range has too many data keys. Ask for a shorter one.")
        case .notStoppable(let message): AWSError("InvalidOperationException", 400, message)
        case .invalid(let message): AWSError("InvalidParameterException", 400, message)
        }
    }
}

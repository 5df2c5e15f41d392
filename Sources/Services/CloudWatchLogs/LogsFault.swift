import Kernel

/// What CloudWatch Logs refuses.
enum LogsFault: Fault {
    case groupNotFound
    case streamNotFound
    case groupExists
    case streamExists
    case invalid(String)
    case notBuilt(String)

    var wire: AWSError {
        switch self {
        case .groupNotFound: AWSError("ResourceNotFoundException", 400, "The specified log group does not exist.")
        case .streamNotFound: AWSError("ResourceNotFoundException", 400, "The specified log stream does not exist.")
        case .groupExists: AWSError("ResourceAlreadyExistsException", 400, "The specified log group already exists")
        case .streamExists: AWSError("ResourceAlreadyExistsException", 400, "The specified log stream already exists")
        case .invalid(let message): AWSError("InvalidParameterException", 400, message)
        case .notBuilt(let member): AWSError("NotImplemented", 501, "Tarn does not implement \(member) of CloudWatch Logs yet.")
        }
    }
}

import Kernel

/// What Amazon Data Firehose refuses.
enum FirehoseFault: Fault {
    case notFound(String, account: String)
    case inUse(String)
    case invalid(String)
    case limit(String)
    case concurrent(version: Int, given: String)
    case kms(code: String, String)
    case source(String)
    case notFoundSource(String)
    case slowDown
    case notBuilt(String)

    var wire: AWSError {
        switch self {
        case .notFound(let name, let account):
            AWSError("ResourceNotFoundException", 400, "Firehose \(name) under account \(account) not found.")
        case .inUse(let message): AWSError("ResourceInUseException", 400, message)
        case .invalid(let message): AWSError("InvalidArgumentException", 400, message)
        case .limit(let message): AWSError("LimitExceededException", 400, message)
        case .concurrent(let version, let given):
            AWSError(
                "ConcurrentModificationException", 400,
                "Cannot update firehose: the version id \(given) is not the current one, which is \(version).")
        case .kms(let code, let message):
            AWSError("InvalidKMSResourceException", 400, message, fields: ["code": .string(code)])
        case .source(let message):
            AWSError("InvalidSourceException", 400, message, fields: ["code": "InvalidSource"])
        case .notFoundSource(let message): AWSError("ResourceNotFoundException", 400, message)
        case .slowDown: AWSError("ServiceUnavailableException", 503, "Slow down.")
        case .notBuilt(let what): AWSError.notImplemented(what, of: "firehose")
        }
    }
}

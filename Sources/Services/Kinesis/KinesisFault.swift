import Kernel

/// What Kinesis Data Streams refuses. Wordings as AWS's service gives them.
enum KinesisFault: Fault {
    case streamNotFound(String, account: String)
    case shardNotFound(String, stream: String, account: String)
    case consumerNotFound(String)
    case resourceNotFound(String)
    case inUse(String)
    case invalid(String)
    case validation(String)
    case limit(String)
    case throughput(shard: String, stream: String, account: String)
    case expiredIterator(created: String, now: String)
    case expiredToken
    case kms(code: String, message: String)

    var wire: AWSError {
        switch self {
        case .streamNotFound(let name, let account):
            AWSError("ResourceNotFoundException", 400, "Stream \(name) under account \(account) not found.")
        case .shardNotFound(let shard, let stream, let account):
            AWSError(
                "ResourceNotFoundException", 400, "Shard \(shard) in stream \(stream) under account \(account) does not exist")
        case .consumerNotFound(let name): AWSError("ResourceNotFoundException", 400, "Consumer \(name) not found.")
        case .resourceNotFound(let message): AWSError("ResourceNotFoundException", 400, message)
        case .inUse(let message): AWSError("ResourceInUseException", 400, message)
        case .invalid(let message): AWSError("InvalidArgumentException", 400, message)
        case .validation(let message): AWSError("ValidationException", 400, message)
        case .limit(let message): AWSError("LimitExceededException", 400, message)
        case .throughput(let shard, let stream, let account):
            AWSError(
                "ProvisionedThroughputExceededException", 400,
                "Rate exceeded for shard \(shard) in stream \(stream) under account \(account).")
        case .expiredIterator(let created, let now):
            AWSError(
                "ExpiredIteratorException", 400,
                "Iterator expired. The iterator was created at time \(created) while right now it is \(now) which is further in "
                    + "the future than the tolerated delay of 300000 milliseconds.")
        case .expiredToken: AWSError("ExpiredNextTokenException", 400, "The pagination token has expired.")
        case .kms(let code, let message): AWSError(code, 400, message)
        }
    }
}

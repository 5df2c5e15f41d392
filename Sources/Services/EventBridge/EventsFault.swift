import EventPatterns
import Kernel

/// What EventBridge refuses (https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html and each
/// operation's page).
enum EventsFault: Fault {
    case ruleNotFound(String, bus: String)
    case busNotFound(String)
    case busExists(String)
    case resourceNotFound(String)
    case statementNotFound(String)
    case invalidPattern(InvalidEventPattern)
    case validation(String)
    case limitExceeded
    case policyTooLong
    case notBuilt(String)

    var wire: AWSError {
        switch self {
        case .ruleNotFound(let name, let bus):
            AWSError("ResourceNotFoundException", 400, "Rule \(name) does not exist on EventBus \(bus).")
        case .busNotFound(let name): AWSError("ResourceNotFoundException", 400, "Event bus \(name) does not exist.")
        case .busExists(let name): AWSError("ResourceAlreadyExistsException", 400, "Event bus \(name) already exists.")
        case .resourceNotFound(let arn): AWSError("ResourceNotFoundException", 400, "Resource \(arn) does not exist.")
        case .statementNotFound(let id):
            AWSError("ResourceNotFoundException", 400, "Statement with the provided id \(id) does not exist.")
        case .invalidPattern(let reason): AWSError("InvalidEventPatternException", 400, reason.message)
        case .validation(let message): AWSError("ValidationException", 400, message)
        case .limitExceeded:
            AWSError("LimitExceededException", 400, "The requested resource exceeds the maximum number allowed.")
        case .policyTooLong:
            AWSError(
                "PolicyLengthExceededException", 400, "The event bus policy is too long. For more information, see the limits.")
        case .notBuilt(let what): AWSError("NotImplemented", 501, "Tarn does not implement \(what) of EventBridge yet.")
        }
    }
}

/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
enum EventsLimit {
    static let targetsPerRule = 5
    /// AWS begins at 300 and raises it on request.
    static let rulesPerBus = 20_000
    static let buses = 100
    static let patternBytes = 4_096
    static let policyBytes = 10_240
    /// Bytes of all entries of a request.
    static let putBytes = 262_144
    static let page = 100
    static let tags = 50
    /// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
    static let retries = 185
    static let ageSeconds = 86_400
    /// Between two tries.
    static let pauseMax = 600
    /// How long a dead letter waits for its queue.
    static let deadLetterAge = Duration.seconds(86_400)
}

import EventPatterns
import Kernel

/// What EventBridge refuses (https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html and each
/// operation's page).
enum EventsFault: Fault {
    case ruleNotFound(String, bus: String)
    case busNotFound(String)
    case busExists(String)
    case resourceNotFound(String)
    case statementNotFound
    case sourceNotFound(String)
    case sourceExists(String)
    case sourceState(String)
    case policyNotFound
    case archiveNotFound(String)
    case archiveExists(String)
    case replayNotFound(String)
    case replayExists(String)
    case replayIsOver(String)
    case connectionNotFound(String)
    case connectionExists(String)
    case destinationNotFound(String)
    case destinationExists(String)
    case invalidPattern(InvalidEventPattern)
    case validation(String)
    case limitExceeded
    case policyTooLong
    case managed(String)
    case notBuilt(String)

    var wire: AWSError {
        switch self {
        case .ruleNotFound(let name, let bus):
            AWSError("ResourceNotFoundException", 400, "Rule \(name) does not exist on EventBus \(bus).")
        case .busNotFound(let name): AWSError("ResourceNotFoundException", 400, "Event bus \(name) does not exist.")
        case .busExists(let name): AWSError("ResourceAlreadyExistsException", 400, "Event bus \(name) already exists.")
        case .resourceNotFound(let arn): AWSError("ResourceNotFoundException", 400, "Resource \(arn) does not exist.")
        case .statementNotFound:
            AWSError("ResourceNotFoundException", 400, "Statement with the provided id does not exist.")
        case .sourceNotFound(let name): AWSError("ResourceNotFoundException", 400, "Event source \(name) does not exist.")
        case .sourceExists(let name):
            AWSError("ResourceAlreadyExistsException", 400, "Event source \(name) already exists.")
        case .sourceState(let name):
            AWSError("InvalidStateException", 400, "Event source \(name) is not in a valid state for this operation.")
        case .policyNotFound: AWSError("ResourceNotFoundException", 400, "EventBus does not have a policy.")
        case .archiveNotFound(let name): AWSError("ResourceNotFoundException", 400, "Archive \(name) does not exist.")
        case .archiveExists(let name): AWSError("ResourceAlreadyExistsException", 400, "Archive \(name) already exists.")
        case .replayNotFound(let name): AWSError("ResourceNotFoundException", 400, "Replay \(name) does not exist.")
        case .replayExists(let name): AWSError("ResourceAlreadyExistsException", 400, "Replay \(name) already exists.")
        case .replayIsOver(let name):
            AWSError("IllegalStatusException", 400, "Replay \(name) is not in a valid state for this operation.")
        case .connectionNotFound(let name):
            AWSError(
                "ResourceNotFoundException", 400, "Failed to describe the connection(s). Connection '\(name)' does not exist.")
        case .connectionExists(let name): AWSError("ResourceAlreadyExistsException", 400, "Connection \(name) already exists.")
        case .destinationNotFound(let name):
            AWSError(
                "ResourceNotFoundException", 400,
                "Failed to describe the api-destination(s). An api-destination '\(name)' does not exist.")
        case .destinationExists(let name):
            AWSError("ResourceAlreadyExistsException", 400, "An api-destination '\(name)' already exists.")
        case .invalidPattern(let reason): AWSError("InvalidEventPatternException", 400, reason.message)
        case .validation(let message): AWSError("ValidationException", 400, message)
        case .limitExceeded:
            AWSError("LimitExceededException", 400, "The requested resource exceeds the maximum number allowed.")
        case .policyTooLong:
            AWSError(
                "PolicyLengthExceededException", 400, "The event bus policy is too long. For more information, see the limits.")
        case .managed(let name):
            AWSError(
                "ManagedRuleException", 400,
                "Rule \(name) was created by an AWS service on behalf of your account and cannot be changed.")
        case .notBuilt(let what): AWSError.notImplemented(what, of: "events")
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
    /// Bytes of all entries of a request: 1 MiB since January 2026.
    static let putBytes = 1_048_576
    static let page = 100
    static let tags = 50
    /// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
    static let retries = 185
    static let ageSeconds = 86_400
    static let archives = 100
    static let expiredAtOnce = 500
    static let replaysAtOnce = 10
    static let replayedAtOnce = 100
    /// A replay goes on until it has ended.
    static let replayAge = Duration.seconds(365 * 86_400)
    /// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
    static let connections = 3_000
    static let destinations = 3_000
    static let invocationRate = 300
    /// How long a destination may take to answer.
    static let invocationTimeout = Duration.seconds(5)
    /// The longest wait that a destination may ask for by `Retry-After`.
    static let retryAfterMax: Int64 = 86_400
    /// Of a token's answer.
    static let tokenBytes = 64 << 10
    /// Seconds before its end at which a token is fetched anew.
    static let tokenMargin = Duration.seconds(30)
    /// A token whose end is not told.
    static let tokenSeconds: Int64 = 3_600
    static let tokensKept = 1_000
    /// How long a dead letter waits for its queue.
    static let deadLetterAge = Duration.seconds(86_400)
    static let dataKeysKept = 1_000
}

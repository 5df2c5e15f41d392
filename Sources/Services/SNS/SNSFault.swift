import Kernel

/// What SNS refuses (https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html and each operation's page).
enum SNSFault: Fault, Equatable {
    case noTopic
    case noSubscription
    case noResource
    /// The text that follows `Invalid parameter: `.
    case invalid(String)
    case invalidValue(String)
    /// The text that follows `Invalid state: `.
    case invalidState(String)
    case invalidToken
    case tooManyTopics
    case tooManySubscriptions
    case tooManyFilters
    case tooManyTags
    case emptyBatch
    case tooManyEntries
    case entriesNotDistinct
    case entryID(String)
    case batchTooLong
    case unauthorized(String)
    case optedOut
    case kms(AWSError)
    case noApplication
    case noEndpoint
    case endpointDisabled
    case userError(String)
    case wrongPassword

    var wire: AWSError {
        switch self {
        case .noTopic: AWSError("NotFound", 404, "Topic does not exist")
        case .noSubscription: AWSError("NotFound", 404, "Subscription does not exist")
        case .noResource: AWSError("ResourceNotFound", 404, "Resource does not exist")
        case .invalid(let what): AWSError("InvalidParameter", 400, "Invalid parameter: \(what)")
        case .invalidState(let what): AWSError("InvalidState", 400, "Invalid state: \(what)")
        case .invalidValue(let text): AWSError("ParameterValueInvalid", 400, text)
        case .invalidToken: AWSError("InvalidParameter", 400, "Invalid token")
        case .tooManyTopics: AWSError("TopicLimitExceeded", 403, "Topic limit exceeded")
        case .tooManySubscriptions: AWSError("SubscriptionLimitExceeded", 403, "Subscription limit exceeded")
        case .tooManyFilters: AWSError("FilterPolicyLimitExceeded", 403, "Filter policy limit exceeded")
        case .tooManyTags:
            AWSError("TagLimitExceeded", 400, "Could not complete request: tag quota of per resource exceeded")
        case .emptyBatch: AWSError("EmptyBatchRequest", 400, "The batch request doesn't contain any entries.")
        case .tooManyEntries:
            AWSError("TooManyEntriesInBatchRequest", 400, "The batch request contains more entries than permissible.")
        case .entriesNotDistinct:
            AWSError("BatchEntryIdsNotDistinct", 400, "Two or more batch entries in the request have the same Id.")
        case .entryID:
            AWSError("InvalidBatchEntryId", 400, "The Id of a batch entry in a batch request doesn't abide by the specification.")
        case .batchTooLong:
            AWSError("BatchRequestTooLong", 400, "The length of all the batch messages put together is more than the limit.")
        case .unauthorized(let text): AWSError("AuthorizationError", 403, text)
        case .optedOut: AWSError("OptedOut", 400, "Phone number is opted out")
        case .kms(let error): error
        case .noApplication: AWSError("NotFound", 404, "PlatformApplication does not exist")
        case .noEndpoint: AWSError("NotFound", 404, "Endpoint does not exist")
        case .endpointDisabled: AWSError("EndpointDisabled", 400, "Endpoint is disabled")
        case .userError(let text): AWSError("UserError", 400, text)
        case .wrongPassword:
            AWSError(
                "VerificationException", 400,
                "The one-time password (OTP) you entered is not valid, or the phone number is verified already.")
        }
    }
}

/// https://docs.aws.amazon.com/general/latest/gr/sns.html
enum SNSLimit {
    static let topics = 100_000
    static let fifoTopics = 1_000
    static let subscriptionsPerTopic = 12_500_000
    static let fifoSubscriptionsPerTopic = 100
    static let filtersPerTopic = 200
    static let page = 100
    static let messageBytes = 262_144
    static let batchEntries = 10
    static let subjectCharacters = 100
    static let topicNameCharacters = 256
    static let displayNameCharacters = 100
    static let policyBytes = 30_720
    static let filterPolicyBytes = 262_144
    static let filterKeys = 5
    static let filterCombinations = 150
    static let groupIDCharacters = 128
    static let tags = 50
    static let smsBytes = 1_600
    static let tokenBytes = 32
    /// How long a subscription may wait to be confirmed, and its token is good.
    static let confirmation = Duration.seconds(2 * 86_400)
    static let deduplication = Duration.seconds(300)
    /// Old deduplication entries that one publication clears away.
    static let deduplicationSweep = 8
    /// Letters that the local mailbox keeps; the oldest go first.
    static let mailbox = 10_000
    static let mailboxPage = 1_000
    static let httpSeconds: Int64 = 15
    /// 100,015 attempts come to 23 days
    /// (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
    static let managedLifetime = Duration.seconds(23 * 86_400)
    static let httpLifetime = Duration.seconds(3_600)
    /// What the retries of a delivery policy may take in all.
    static let httpRetrySeconds: Double = 3_600
    static let deadLetterLifetime = Duration.seconds(14 * 86_400)
    /// What a dead-letter queue and SQS's raw delivery take.
    static let queueAttributes = 10
    /// How long a delivery's status is kept for its log.
    static let statusLifetime = Duration.seconds(86_400)
}

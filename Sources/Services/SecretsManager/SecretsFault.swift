import Kernel

/// Every refusal of Secrets Manager
/// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html and each operation's page).
enum SecretsFault: Fault, Equatable {
    case notFound
    /// The secret exists, the value that was asked for does not; the text ends in what was asked for.
    case noValue(String)
    case noPolicy(String)
    case markedForDeletion
    case nameScheduledForDeletion
    case exists(name: String)
    case tokenInUse(token: String, arn: String)
    case invalidParameter(String)
    case validation(String)
    case invalidRequest(String)
    case managed(by: String)
    case replica
    case tooManyVersions
    case tooManyStages
    case tooManyTags
    case tooManyReplicas
    case keyRefused
    case encryptionFailed(String)
    case decryptionFailed(String)
    case unknownPrincipal
    case malformedPolicy(String)
    case publicPolicy
    case functionRefused
    case invalidNextToken

    var wire: AWSError {
        switch self {
        case .notFound:
            AWSError("ResourceNotFoundException", 400, "Secrets Manager can't find the specified secret.")
        case .noValue(let place):
            AWSError("ResourceNotFoundException", 400, "Secrets Manager can't find the specified secret value for \(place)")
        case .noPolicy(let name):
            AWSError("ResourceNotFoundException", 400, "Secrets Manager can't find the resource policy \(name).")
        case .markedForDeletion:
            Self.refusal("You can't perform this operation on the secret because it was marked for deletion.")
        case .nameScheduledForDeletion:
            Self.refusal("You can't create this secret because a secret with this name is already scheduled for deletion.")
        case .exists(let name):
            AWSError("ResourceExistsException", 400, "The operation failed because the secret \(name) already exists.")
        case .tokenInUse(let token, let arn):
            AWSError(
                "ResourceExistsException", 400,
                "You can't use ClientRequestToken \(token) because that value is already in use for a version of secret \(arn).")
        case .validation(let text): AWSError("ValidationException", 400, text)
        case .invalidParameter(let text): AWSError("InvalidParameterException", 400, text)
        case .invalidRequest(let text): Self.refusal(text)
        case .managed(let service):
            Self.refusal("You can't perform this operation on the secret because it is managed by \(service).")
        case .replica:
            Self.refusal("Operation not permitted on a replica secret. Call must be made in primary secret's region.")
        case .tooManyVersions:
            AWSError(
                "LimitExceededException", 400,
                "The secret has reached its limit of \(SecretsLimit.versions) versions within 24 hours.")
        case .tooManyStages:
            AWSError(
                "LimitExceededException", 400,
                "The secret has reached its limit of \(SecretsLimit.stages) staging labels.")
        case .tooManyTags:
            AWSError("LimitExceededException", 400, "A secret can have at most \(SecretsLimit.tags) tags.")
        case .tooManyReplicas:
            AWSError("LimitExceededException", 400, "A secret can have at most \(SecretsLimit.replicas) replicas.")
        case .keyRefused: AWSError("AccessDeniedException", 400, "Access to KMS is not allowed")
        case .encryptionFailed(let reason):
            AWSError(
                "EncryptionFailure", 400,
                "Secrets Manager can't encrypt the protected secret text using the provided KMS key: \(reason)")
        case .decryptionFailed(let reason):
            AWSError(
                "DecryptionFailure", 400,
                "Secrets Manager can't decrypt the protected secret text using the provided KMS key: \(reason)")
        case .unknownPrincipal:
            AWSError("MalformedPolicyDocumentException", 400, "This resource policy contains an unsupported principal.")
        case .malformedPolicy(let text):
            AWSError("MalformedPolicyDocumentException", 400, "This resource policy contains a syntax error: \(text)")
        case .publicPolicy:
            AWSError("PublicPolicyException", 400, "The resource policy grants broad access to the secret.")
        case .functionRefused:
            AWSError(
                "AccessDeniedException", 400,
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to "
                    + "the principal secretsmanager.amazonaws.com.")
        case .invalidNextToken: AWSError("InvalidNextTokenException", 400, "The NextToken value is invalid.")
        }
    }

    private static func refusal(_ text: String) -> AWSError { AWSError("InvalidRequestException", 400, text) }
}

/// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
enum SecretsLimit {
    /// Bytes of a secret's value.
    static let value = 65_536
    static let nameCharacters = 512
    static let versions = 100
    /// A version younger than this is kept, whatever the number of versions.
    static let versionAge = Duration.seconds(86_400)
    static let stages = 20
    static let tags = 50
    static let replicas = 30
    static let page = 100
    static let batch = 20
    /// Days in which a deleted secret can be restored.
    static let recoveryDays: ClosedRange<Int64> = 7...30
    static let policyBytes = 20_480
    static let password = 32
    /// How often a failed rotation is tried again before the next turn of its schedule, and how far apart.
    static let rotationRetries = 5
    static let rotationRetry = Duration.seconds(3_600)
    /// How long a rotation is kept while its function can't be reached.
    static let rotationAge = Duration.seconds(86_400)
}

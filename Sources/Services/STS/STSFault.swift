import Kernel
import Policy

/// STS's refusals.
enum STSFault: Fault {
    /// As if the role were there and did not trust the caller: nobody learns which roles exist.
    case mayNotAssume(caller: String, role: String)
    case invalidRoleARN
    case durationExceedsRole
    case durationExceedsChain
    case sessionCredentials(operation: String)
    case noMFA
    case contextsNotSupported
    case malformed(MalformedPolicy)
    case tooLarge(percent: Int)
    case tooManyPolicies(limit: Int)
    case policyNotFound(arn: String)
    case duplicateTags
    case transitiveTagConflict
    case transitiveTagMissing(String)
    case sourceIdentityFixed
    case unknownAccessKey(String)
    case invalidAuthorizationMessage

    var wire: AWSError {
        switch self {
        case .mayNotAssume(let caller, let role):
            Self.denied(
                "User: \(caller) is not authorized to perform: sts:AssumeRole on resource: \(role) because no role trust "
                    + "policy allows the sts:AssumeRole action")
        case .invalidRoleARN: Self.invalid("Request ARN is invalid")
        case .durationExceedsRole:
            Self.invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        case .durationExceedsChain:
            Self.invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
        case .sessionCredentials(let operation): Self.denied("Cannot call \(operation) with session credentials")
        case .noMFA: Self.denied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
        case .contextsNotSupported: AWSError("NotImplemented", 501, "Tarn does not implement ProvidedContexts of sts:AssumeRole.")
        case .malformed(let reason): AWSError("MalformedPolicyDocument", 400, reason.message)
        case .tooLarge(let percent):
            AWSError(
                "PackedPolicyTooLarge", 400,
                "Packed policy consumes \(percent)% of allotted space, please use smaller policy.")
        case .tooManyPolicies(let limit): Self.invalid("The number of session policies exceeds the maximum of \(limit).")
        case .policyNotFound(let arn): Self.invalid("Policy \(arn) does not exist or is not attachable.")
        case .duplicateTags: Self.invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        case .transitiveTagConflict:
            Self.invalid(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
                    + "calling session.")
        case .transitiveTagMissing(let key):
            Self.invalid("The specified transitive tag key \(key) must be included in the requested tags.")
        case .sourceIdentityFixed: Self.denied("The source identity of a session can't be changed.")
        case .invalidAuthorizationMessage: AWSError("InvalidAuthorizationMessageException", 400, "Message is not valid")
        case .unknownAccessKey(let id): Self.invalid("Access key \(id) is not known.")
        }
    }

    private static func denied(_ message: String) -> AWSError { AWSError("AccessDenied", 403, message) }
    private static func invalid(_ message: String) -> AWSError { AWSError("ValidationError", 400, message) }
}

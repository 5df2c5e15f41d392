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
    case factorIncomplete
    case factorUnknown
    case factorWrong
    case noProvider(issuer: String)
    case notJWT
    case wrongAudience
    case missingClaim(String)
    case tokenExpired(now: Int64, expiry: Int64)
    case tokenNotYetValid
    case unknownKey
    case wrongSignature
    case providerUnreachable
    case mayNotAssumeFederated(operation: String)
    case noSAMLProvider
    case samlBase64
    case samlInvalid
    case samlEncrypted
    case samlMetadata
    case samlSignature
    case samlRejected
    case samlMissing(String)
    case samlIssuer
    case samlRecipient
    case samlAudience
    case samlTooLate
    case samlExpired
    case samlSessionNameMissing
    case samlSessionName
    case samlSourceIdentity
    case samlDuration
    case tooManyTags(limit: Int)
    case invalidTag(String)
    case providerNotSupported(String)
    case contextsNotSupported
    case malformed(MalformedPolicy)
    case tooLarge(percent: Int)
    case tooManyPolicies(limit: Int)
    case policyNotFound(arn: String)
    case duplicateTags
    case reservedTag(String)
    case transitiveTagConflict
    case transitiveTagMissing(String)
    case sourceIdentityFixed
    case unknownAccessKey(String)
    case invalidAuthorizationMessage
    case mayNot(caller: String, action: String, resource: String)
    case targetInvalid(String)
    case taskPolicyUnknown(String)

    var wire: AWSError {
        switch self {
        case .mayNotAssume(let caller, let role):
            Self.denied(
                "User: \(caller) is not authorized to perform: sts:AssumeRole on resource: \(role) because no role trust "
                    + "policy allows the sts:AssumeRole action")
        case .mayNot(let caller, let action, let resource):
            Self.denied("User: \(caller) is not authorized to perform: \(action) on resource: \(resource)")
        case .targetInvalid(let principal):
            Self.invalid("\(principal) is not the id or the root user's ARN of an account.")
        case .taskPolicyUnknown(let arn): Self.invalid("\(arn) is not a policy for privileged tasks.")
        case .invalidRoleARN: Self.invalid("Request ARN is invalid")
        case .durationExceedsRole:
            Self.invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        case .durationExceedsChain:
            Self.invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
        case .sessionCredentials(let operation): Self.denied("Cannot call \(operation) with session credentials")
        case .factorIncomplete:
            Self.denied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
        case .factorUnknown:
            Self.denied(
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid "
                    + "and associated with this user.")
        case .factorWrong: Self.denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
        case .noProvider(let issuer): Self.identity("No OpenIDConnect provider found in your account for \(issuer)")
        case .notJWT:
            Self.identity("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
        case .wrongAudience: Self.identity("Incorrect token audience")
        case .missingClaim(let name): Self.identity("Missing a required claim: \(name)")
        case .tokenExpired(let now, let expiry):
            AWSError(
                "ExpiredTokenException", 400,
                "Token expired: current date/time \(now) must be before the expiration date/time \(expiry)")
        case .tokenNotYetValid: Self.identity("The token is not valid yet")
        case .unknownKey:
            Self.identity(
                "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
                    + "documentation for requirements")
        case .wrongSignature: Self.identity("The token's signature is invalid")
        case .providerUnreachable:
            AWSError("IDPCommunicationError", 400, "Couldn't retrieve the identity provider's configuration or keys")
        case .mayNotAssumeFederated(let operation): Self.denied("Not authorized to perform sts:\(operation)")
        case .noSAMLProvider: Self.identity("Specified provider doesn't exist")
        case .samlBase64: Self.identity("Invalid base64 SAMLResponse")
        case .samlInvalid: Self.identity("Invalid SAML response")
        case .samlEncrypted: AWSError("NotImplemented", 501, "Tarn does not implement encrypted SAML assertions.")
        case .samlMetadata: Self.identity("Could not parse metadata")
        case .samlSignature: Self.identity("Response signature invalid")
        case .samlRejected:
            AWSError("IDPRejectedClaim", 403, "The identity provider (IdP) reported that authentication failed.")
        case .samlMissing(let name): Self.identity("\(name) is required in AuthnResponse")
        case .samlIssuer: Self.identity("Issuer not present in specified provider")
        case .samlRecipient: Self.identity("Response does not contain the required recipient")
        case .samlAudience: Self.identity("Response does not contain the required audience")
        case .samlTooLate:
            AWSError("ExpiredTokenException", 400, "Token must be redeemed within 5 minutes of issuance")
        case .samlExpired: AWSError("ExpiredTokenException", 400, "Response has expired")
        case .samlSessionNameMissing: Self.identity("RoleSessionName is required in AuthnResponse")
        case .samlSessionName: Self.identity("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
        case .samlSourceIdentity:
            Self.identity(#"Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:""#)
        case .samlDuration: Self.identity("SessionDuration in AuthnResponse must be a number of seconds from 900 to 43200")
        case .tooManyTags(let limit): Self.identity("A session has \(limit) tags at most")
        case .invalidTag(let key): Self.identity("The session tag \(key) is not valid")
        case .providerNotSupported(let name):
            AWSError("NotImplemented", 501, "Tarn does not implement the OAuth 2.0 provider \(name); use OpenID Connect.")
        case .contextsNotSupported: AWSError("NotImplemented", 501, "Tarn does not implement ProvidedContexts of sts:AssumeRole.")
        case .malformed(let reason): AWSError("MalformedPolicyDocument", 400, reason.message)
        case .tooLarge(let percent):
            AWSError(
                "PackedPolicyTooLarge", 400,
                "Packed policy consumes \(percent)% of allotted space, please use smaller policy.")
        case .tooManyPolicies(let limit): Self.invalid("The number of session policies exceeds the maximum of \(limit).")
        case .policyNotFound(let arn): Self.invalid("Policy \(arn) does not exist or is not attachable.")
        case .duplicateTags: Self.invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        case .reservedTag(let key): Self.invalid("Tag keys that begin with aws: are reserved for AWS use: \(key)")
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
    private static func identity(_ message: String) -> AWSError { AWSError("InvalidIdentityToken", 400, message) }
    private static func invalid(_ message: String) -> AWSError { AWSError("ValidationError", 400, message) }
}

import Kernel

/// Every refusal of Parameter Store
/// (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html and its neighbours).
enum SSMFault: Fault, Equatable {
    case parameterNotFound
    case versionNotFound(name: String, version: String)
    case labelNotFound(name: String, label: String)
    case exists
    case reservedName(String)
    /// What Secrets Manager said of a secret that was asked for as a parameter.
    case secret(code: String, reason: String)
    case validation(String)
    case tooDeep
    case typeMismatch(from: String, to: String)
    case invalidPattern(String)
    case patternMismatch(String)
    case oldestVersionLabelled(name: String, version: Int64)
    case tooManyLabels
    case tooManyParameters(tier: String, limit: Int)
    case tooManyTags
    case invalidResourceID
    case tooManyPolicies
    case invalidPolicyType(String)
    case invalidPolicyAttribute(String)
    case incompatiblePolicy(String)
    case invalidFilterKey(String)
    case invalidFilterOption(String)
    case invalidFilterValue(String)
    case invalidNextToken
    case keyRefused(String)
    case invalidKey(String)
    case resourceNotFound(String)
    case resourcePolicyInvalid(String)
    case resourcePolicyMalformed(String)
    case resourcePolicyNotFound
    case resourcePolicyConflict
    case resourcePolicyLimit
    case settingNotFound(String)
    case invalidDocument(String)
    case notConnected(String)
    case notBuilt(String)

    var wire: AWSError {
        switch self {
        // AWS sends no text with this one.
        case .parameterNotFound: Self.error("ParameterNotFound", "")
        case .versionNotFound(let name, let version):
            Self.error(
                "ParameterVersionNotFound",
                "Systems Manager could not find version \(version) of \(name). Verify the version and try again.")
        case .labelNotFound(let name, let label):
            Self.error(
                "ParameterVersionNotFound",
                "Systems Manager could not find label \(label) of \(name). Verify the version and try again.")
        case .reservedName(let name):
            Self.error("AccessDeniedException", "No access to reserved parameter name: \(name).")
        case .secret(let code, let reason):
            Self.error(code, "An error occurred (\(code)) when referencing Secrets Manager: \(reason)")
        case .exists:
            Self.error(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
        case .validation(let text): Self.error("ValidationException", text)
        case .tooDeep:
            Self.error(
                "HierarchyLevelLimitExceededException",
                "A hierarchy can have a maximum of \(SSMLimit.levels) levels.")
        case .typeMismatch(let old, let new):
            Self.error(
                "HierarchyTypeMismatchException",
                "The parameter type can't be changed from \(old) to \(new). Create a new, unique parameter.")
        case .invalidPattern(let pattern):
            Self.error("InvalidAllowedPatternException", "The allowed pattern \(pattern) is not a valid regular expression.")
        case .patternMismatch(let pattern):
            Self.error(
                "ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern: \(pattern)")
        case .oldestVersionLabelled(let name, let version):
            Self.error(
                "ParameterMaxVersionLimitExceeded",
                "You attempted to create a new version of \(name) by calling the PutParameter API with the overwrite flag. "
                    + "Version \(version), the oldest version, can't be deleted because it has a label associated with it. "
                    + "Move the label to another version of the parameter, and try again.")
        case .tooManyLabels:
            Self.error(
                "ParameterVersionLabelLimitExceeded",
                "A parameter version can have maximum \(SSMLimit.labels) labels."
                    + "Move one or more labels to another version and try again.")
        case .tooManyParameters(let tier, let limit):
            Self.error(
                "ParameterLimitExceeded",
                "You have reached the maximum number of \(tier.lowercased()) parameters for this AWS account and Region "
                    + "(\(limit)). To add more parameters, either delete existing parameters or upgrade to the "
                    + "advanced-parameter tier (charges apply).")
        case .tooManyTags:
            Self.error("TooManyTagsError", "The Targets parameter includes too many tags. Remove one or more tags and try again.")
        case .invalidResourceID:
            Self.error("InvalidResourceId", "The resource ID is not valid. Verify that you entered the correct ID and try again.")
        case .tooManyPolicies:
            Self.error("PoliciesLimitExceededException", "A parameter can have at most \(SSMLimit.policies) policies.")
        case .invalidPolicyType(let type):
            Self.error("InvalidPolicyTypeException", "The policy type is not supported: \(type).")
        case .invalidPolicyAttribute(let text): Self.error("InvalidPolicyAttributeException", text)
        case .incompatiblePolicy(let text): Self.error("IncompatiblePolicyException", text)
        case .invalidFilterKey(let text): Self.error("InvalidFilterKey", text)
        case .invalidFilterOption(let text): Self.error("InvalidFilterOption", text)
        case .invalidFilterValue(let text): Self.error("InvalidFilterValue", text)
        case .invalidNextToken: Self.error("InvalidNextToken", "The specified token is not valid.")
        case .keyRefused(let text): Self.error("AccessDeniedException", text)
        case .invalidKey(let text): Self.error("InvalidKeyId", text)
        case .resourceNotFound(let arn): Self.error("ResourceNotFoundException", "The resource \(arn) does not exist.")
        case .resourcePolicyInvalid(let text): Self.error("ResourcePolicyInvalidParameterException", text)
        case .resourcePolicyMalformed(let text): Self.error("MalformedResourcePolicyDocumentException", text)
        case .resourcePolicyNotFound:
            Self.error("ResourcePolicyNotFoundException", "No policies with the specified policy ID and hash could be found.")
        case .resourcePolicyConflict:
            Self.error("ResourcePolicyConflictException", "The hash does not match the present policy's.")
        case .resourcePolicyLimit:
            Self.error(
                "ResourcePolicyLimitExceededException",
                "A parameter can have at most \(SSMLimit.resourcePolicies) resource policy.")
        case .settingNotFound(let id): Self.error("ServiceSettingNotFound", "Setting \(id) not found.")
        case .invalidDocument(let name): Self.error("InvalidDocument", "Document with name \(name) does not exist.")
        case .notConnected(let target): Self.error("TargetNotConnected", "\(target) is not connected.")
        case .notBuilt(let what): AWSError.notImplemented(what, of: "ssm")
        }
    }

    private static func error(_ code: String, _ text: String) -> AWSError { AWSError(code, 400, text) }
}

/// https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm
enum SSMLimit {
    static let standardBytes = 4_096
    static let advancedBytes = 8_192
    static let standardParameters = 10_000
    static let advancedParameters = 100_000
    /// Characters of a whole ARN.
    static let nameCharacters = 1_011
    static let levels = 15
    /// Of a compiled AllowedPattern: a repeat counts as often as it repeats.
    static let patternSteps = 5_000
    static let versions: Int64 = 100
    static let labels = 10
    static let labelCharacters = 100
    static let tags = 50
    static let policies = 10
    static let pathPage = 10
    static let page = 50
    static let resourcePolicies = 1
    /// How long an event waits for a bus that can't take it.
    static let eventAge = Duration.seconds(86_400)
}

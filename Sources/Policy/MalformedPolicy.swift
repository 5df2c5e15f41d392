/// What is refused before memory or time is spent on a policy.
public enum PolicyLimit {
    /// The largest document that is read at all, in bytes (`policyDocument` of the IAM API model: 131,072 characters).
    public static let documentBytesMax = 131_072
    /// A bucket policy's size in bytes (S3 User Guide, "Bucket policies").
    public static let bucketPolicyBytesMax = 20_480
    /// Statements of one document. AWS bounds them by size only; the smallest statement has some 40 bytes.
    public static let statementsMax = 2_048
    /// Values of one element or condition key.
    public static let valuesMax = 4_096
    /// Sizes without white space, by holder (IAM User Guide, "IAM and AWS STS quotas").
    public static let managedPolicyMax = 6_144
    public static let userInlineMax = 2_048
    public static let groupInlineMax = 5_120
    public static let roleInlineMax = 10_240
    public static let trustPolicyMax = 2_048
    public static let sessionPolicyMax = 2_048
}

/// Why a policy text is refused: the reasons behind IAM's `MalformedPolicyDocument` and S3's `MalformedPolicy`.
public enum MalformedPolicy: Error, Sendable, Equatable {
    /// More bytes than ``PolicyLimit/documentBytesMax``.
    case tooLarge(bytes: Int, limit: Int)
    /// Not JSON, nested too deep, or with a name twice in one object.
    case notJSON
    /// JSON, but not of the policy grammar; `element` is where.
    case syntax(element: String)
    case unsupportedVersion(String)
    case noStatements
    case tooManyStatements(Int)
    case tooManyValues(element: String)
    case missingField(String)
    case prohibitedField(String)
    case conflictingFields(String, String)
    case invalidEffect(String)
    case invalidSid(String)
    case duplicateSid(String)
    case missingActions
    case missingResources
    case actionWithoutVendor(String)
    case actionWithColons(String)
    case invalidVendor(String)
    case notSTSAction(String)
    case invalidResource(String)
    case invalidPartition(String, resource: String)
    /// A resource whose service is a pattern.
    case resourceVendor
    case regionInResource(String, vendor: String)
    /// An action or a resource of another service, or of another resource than the policy's holder.
    case foreignAction(String)
    case foreignResource(String)
    case principalNotAllowed
    case invalidPrincipal(String)
    case invalidFederated(String)
    case unknownOperator(String)
    case invalidConditionKey(String)
    case invalidConditionValue(operation: String, value: String)

    /// The reason as IAM words it.
    public var message: String {
        switch self {
        case .tooLarge(let bytes, let limit): "Policy document of \(bytes) bytes exceeds the maximum of \(limit)."
        case .notJSON, .syntax: "Syntax errors in policy."
        case .unsupportedVersion: "Policy document must be version 2012-10-17 or greater."
        case .noStatements: "Syntax errors in policy."
        case .tooManyStatements, .tooManyValues: "Syntax errors in policy."
        case .missingField(let name): "Missing required field \(name)"
        case .prohibitedField(let name): "Has prohibited field \(name)"
        case .conflictingFields: "Syntax errors in policy."
        case .invalidEffect(let effect): "Invalid effect: \(effect)"
        case .invalidSid:
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
        case .duplicateSid: "Statement IDs (SID) in a single policy must be unique."
        case .missingActions: "Policy statement must contain actions."
        case .missingResources: "Policy statement must contain resources."
        case .actionWithoutVendor: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
        case .actionWithColons: "Actions/Condition can contain only one colon."
        case .invalidVendor(let vendor): "Vendor \(vendor) is not valid"
        case .notSTSAction: "AssumeRole policy may only specify STS AssumeRole actions."
        case .invalidResource(let resource): "Resource \(resource) must be in ARN format or \"*\"."
        case .invalidPartition(let partition, let resource):
            "Partition \"\(partition)\" is not valid for resource \"\(resource)\"."
        case .resourceVendor: "Resource vendor must be fully qualified and cannot contain regexes."
        case .regionInResource(let resource, let what):
            "\(what) \(resource) \(what == "Resource" ? "can not" : "cannot") contain region information."
        case .foreignAction(let action): "Action \(action) is not valid for this policy."
        case .foreignResource(let resource): "Resource \(resource) is not valid for this policy."
        case .principalNotAllowed: "Policy document should not specify a principal."
        case .invalidPrincipal(let principal): "Invalid principal in policy: \(principal)"
        case .invalidFederated: "Federated principals must be valid domain names or SAML metadata ARNs"
        case .unknownOperator(let name): "Invalid Condition type : \(name)."
        case .invalidConditionKey: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
        case .invalidConditionValue(let operation, let value): "Invalid value for condition type \(operation): \(value)"
        }
    }
}

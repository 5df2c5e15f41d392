import Documents
import Kernel

/// What KMS refuses (https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and each operation's page).
enum KMSFault: Fault {
    case keyNotFound(arn: String)
    case invalidKeyID(String)
    case aliasNotFound(arn: String)
    case wrongRegion(String)
    case invalidARN(String)
    case invalidPrincipal(String)
    case disabled(arn: String)
    case pendingDeletion(arn: String)
    case pendingReplicaDeletion(arn: String)
    case notPendingDeletion(arn: String)
    case pendingImport(arn: String)
    case invalidState(String)
    case wrongUsage(arn: String, usage: KeyUsage, operation: String)
    case wrongAlgorithm(String, spec: KeySpec)
    case invalidCiphertext
    case incorrectKey
    /// Told of a key behind a ciphertext that is not there, not here, or not the caller's.
    case unknownCiphertextKey
    case invalidSignature
    case invalidMac
    case validation(String)
    case reservedAlias
    case aliasExists(arn: String)
    case exists(String)
    case lockout
    case malformedPolicy(String)
    case noSuchPolicy
    case unsupported(String)
    case storeNotFound(String)
    case limitExceeded(String)
    case tag(String)
    case dryRun
    case invalidMarker
    case invalidGrantToken
    case invalidGrantID
    case grantNotFound(String)
    case invalidImportToken
    case expiredImportToken
    case incorrectKeyMaterial(String)
    case accessDenied(String)
    case damagedKey(arn: String)

    var wire: AWSError {
        switch self {
        case .keyNotFound(let arn): AWSError("NotFoundException", 400, "Key '\(arn)' does not exist")
        case .invalidKeyID(let id): AWSError("NotFoundException", 400, "Invalid keyId '\(id)'")
        case .aliasNotFound(let arn): AWSError("NotFoundException", 400, "Alias \(arn) is not found.")
        case .wrongRegion(let region): AWSError("NotFoundException", 400, "Invalid arn \(region)")
        case .invalidARN(let arn): AWSError("InvalidArnException", 400, "Invalid arn \(arn)")
        case .invalidPrincipal(let arn):
            AWSError("InvalidArnException", 400, "ARN does not refer to a valid principal: \(arn)")
        case .disabled(let arn): AWSError("DisabledException", 400, "\(arn) is disabled.")
        case .pendingDeletion(let arn): AWSError("KMSInvalidStateException", 400, "\(arn) is pending deletion.")
        case .pendingReplicaDeletion(let arn): AWSError("KMSInvalidStateException", 400, "\(arn) is pending replica deletion.")
        case .notPendingDeletion(let arn): AWSError("KMSInvalidStateException", 400, "\(arn) is not pending deletion.")
        case .pendingImport(let arn): AWSError("KMSInvalidStateException", 400, "\(arn) is pending import.")
        case .invalidState(let message): AWSError("KMSInvalidStateException", 400, message)
        case .wrongUsage(let arn, let usage, let operation):
            AWSError(
                "InvalidKeyUsageException", 400, "\(arn) key usage is \(usage.rawValue) which is not valid for \(operation).")
        case .wrongAlgorithm(let algorithm, let spec):
            AWSError("InvalidKeyUsageException", 400, "Algorithm \(algorithm) is incompatible with key spec \(spec.rawValue).")
        case .invalidCiphertext: AWSError("InvalidCiphertextException", 400, "")
        case .incorrectKey:
            AWSError(
                "IncorrectKeyException", 400,
                "The key ID in the request does not identify a CMK that can perform this operation.")
        case .unknownCiphertextKey:
            AWSError(
                "AccessDeniedException", 400,
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
                    + "not allowed to access.")
        case .invalidSignature: AWSError("KMSInvalidSignatureException", 400, "")
        case .invalidMac: AWSError("KMSInvalidMacException", 400, "")
        case .validation(let message): AWSError("ValidationException", 400, message)
        case .reservedAlias: AWSError("NotAuthorizedException", 400, "")
        case .aliasExists(let arn):
            AWSError("AlreadyExistsException", 400, "An alias with the name \(arn) already exists")
        case .exists(let message): AWSError("AlreadyExistsException", 400, message)
        case .lockout:
            AWSError(
                "MalformedPolicyDocumentException", 400,
                "The new key policy will not allow you to update the key policy in the future.")
        case .malformedPolicy(let message): AWSError("MalformedPolicyDocumentException", 400, message)
        case .noSuchPolicy: AWSError("NotFoundException", 400, "No such policy exists")
        case .unsupported(let message): AWSError("UnsupportedOperationException", 400, message)
        case .storeNotFound(let store):
            AWSError("CustomKeyStoreNotFoundException", 400, "The custom key store \(store) does not exist.")
        case .limitExceeded(let message): AWSError("LimitExceededException", 400, message)
        case .tag(let message): AWSError("TagException", 400, message)
        case .dryRun:
            AWSError("DryRunOperationException", 400, "The request would have succeeded, but the DryRun option is set.")
        case .invalidMarker: AWSError("InvalidMarkerException", 400, "Could not deserialize marker")
        case .invalidGrantToken: AWSError("InvalidGrantTokenException", 400, "Invalid grant token")
        case .invalidGrantID: AWSError("InvalidGrantIdException", 400, "Invalid grant id")
        case .grantNotFound(let id): AWSError("NotFoundException", 400, "Grant ID \(id) not found")
        case .invalidImportToken: AWSError("InvalidImportTokenException", 400, "")
        case .expiredImportToken: AWSError("ExpiredImportTokenException", 400, "")
        case .incorrectKeyMaterial(let message): AWSError("IncorrectKeyMaterialException", 400, message)
        case .accessDenied(let message): AWSError("AccessDeniedException", 400, message)
        case .damagedKey(let arn):
            AWSError("KMSInternalException", 500, "The key material of \(arn) cannot be opened.")
        }
    }
}

/// https://docs.aws.amazon.com/kms/latest/developerguide/limits.html and the operations' pages.
enum KMSLimit {
    static let plaintextBytes = 4_096
    static let ciphertextBytes = 6_144
    static let dataKeyBytes = 1_024
    static let randomBytes = 1_024
    static let messageBytes = 4_096
    static let policyBytes = 32_768
    static let contextBytes = 8_192
    static let tags = 50
    static let aliasesPerKey = 50
    static let grantsPerKey = 50_000
    static let page = 50
    static let pageMax = 1_000
    /// Of ListAliases, ListGrants and ListRetirableGrants.
    static let shortPageMax = 100
    static let tagPageMax = 50
    static let deletionDays = 7...30
    static let rotationDays = 90...2_560
    static let defaultRotationDays = 365
    static let onDemandRotations = 25
    /// Unwrapped keys held in memory.
    static let cachedKeys = 2_000
    /// How long the public key and token of an import are good.
    static let importTokenLife = Duration.seconds(24 * 3_600)
    static let grantTokenBytes = 8_192
}

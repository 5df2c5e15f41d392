import Kernel
import Policy

/// IAM's refusals.
enum IAMFault: Fault {
    case notFound(kind: String, name: String)
    case inlinePolicyNotFound(kind: String, name: String)
    case accessKeyNotFound(String)
    case policyNotFound(arn: String)
    case policyNotAttachable(arn: String)
    case policyVersionNotFound(arn: String, version: String)
    case aliasNotFound(String)
    case notInGroup(user: String, group: String)
    case noBoundary(kind: String, name: String)
    case exists(kind: String, name: String)
    case policyExists(String)
    case aliasTaken(String)
    case conflict(Conflict)
    case quota(name: String, limit: Int)
    case inlineTooLarge(kind: String, name: String, limit: Int)
    case tooManyVersions
    case malformed(MalformedPolicy)
    case awsManaged(arn: String)
    case invalidARN(String)
    /// What the policy simulator does not take.
    case simulation(String)
    case duplicateTags
    case reservedTag
    case invalidMarker
    case userNameNeeded
    case protectedRole(String)
    case reservedPath
    case serviceRolePolicy
    /// Anything that is named by its own words: `Instance Profile`, `Server Certificate`.
    case entityNotFound(String)
    case entityExists(String)
    case invalidInput(String)
    case invalidValue(String)
    case invalidCode
    case passwordViolation
    case oldPasswordWrong
    case usersOnly
    case reportMissing
    case reportExpired
    case malformedCertificate(String)
    case keyPairMismatch
    case certificateExists
    case invalidPublicKey
    case publicKeyExists
    case encodingUnknown(String)
    case serviceNotSupported(String)
    case sessionNotAllowed
    case federationOff
    case rootAccess(RootAccessRefusal)

    /// Why an organization's root access is not this account's to manage.
    enum RootAccessRefusal: String {
        case noOrganization = "OrganizationNotFoundException"
        case notAllFeatures = "OrganizationNotInAllFeaturesModeException"
        case noTrustedAccess = "ServiceAccessNotEnabledException"
        case notManagement = "CallerIsNotManagementAccountException"
        case notAdministrator = "AccountNotManagementOrDelegatedAdministratorException"

        var message: String {
            switch self {
            case .noOrganization: "No organization is associated with your account."
            case .notAllFeatures: "Your organization does not have all features enabled."
            case .noTrustedAccess: "Trusted access is not enabled for IAM in Organizations."
            case .notManagement: "The account making the request is not the management account of the organization."
            case .notAdministrator:
                "The account making the request is not the management account or a delegated administrator for IAM."
            }
        }
    }

    /// What must go before an entity can be deleted.
    enum Conflict: String {
        case profile = "Cannot delete entity, must remove roles from instance profile first."
        case login = "Cannot delete entity, must delete login profile first."
        case device = "Cannot delete entity, must delete MFA device first."
        case deviceInUse = "MFA VirtualDevice in use. Must deactivate first."
        case sshKeys = "Cannot delete entity, must delete SSH public keys first."
        case signing = "Cannot delete entity, must delete signing certificates first."
        case serviceKeys = "Cannot delete entity, must delete service specific credentials first."
        case groups = "Cannot delete entity, must remove users from group first."
        case attached = "Cannot delete entity, must detach all policies first."
        case inline = "Cannot delete entity, must delete policies first."
        case accessKeys = "Cannot delete entity, must delete access keys first."
        case policyInUse = "Cannot delete a policy attached to entities."
        case versions = """
            This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The \
            default version is deleted with the policy.
            """
        case defaultVersion = "Cannot delete the default version of a policy."
    }

    var wire: AWSError {
        switch self {
        case .notFound(let kind, let name): Self.missing("The \(kind) with name \(name) cannot be found.")
        case .inlinePolicyNotFound(let kind, let name): Self.missing("The \(kind) policy with name \(name) cannot be found.")
        case .accessKeyNotFound(let id): Self.missing("The Access Key with id \(id) cannot be found.")
        case .policyNotFound(let arn): Self.missing("Policy \(arn) was not found.")
        case .policyNotAttachable(let arn): Self.missing("Policy \(arn) does not exist or is not attachable.")
        case .policyVersionNotFound(let arn, let version):
            Self.missing("Policy \(arn) version \(version) does not exist or is not attachable.")
        case .aliasNotFound(let alias): Self.missing("The account alias with name \(alias) cannot be found.")
        case .notInGroup(let user, let group): Self.missing("User \(user) is not in group \(group)")
        case .noBoundary(let kind, let name): Self.missing("\(title(kind)) \(name) does not have a permissions boundary")
        case .exists(let kind, let name):
            AWSError("EntityAlreadyExists", 409, "\(title(kind)) with name \(name) already exists.")
        case .policyExists(let name):
            AWSError("EntityAlreadyExists", 409, "A policy called \(name) already exists. Duplicate names are not allowed.")
        case .aliasTaken(let alias):
            AWSError("EntityAlreadyExists", 409, "The account alias \(alias) already exists.")
        case .conflict(let conflict): AWSError("DeleteConflict", 409, conflict.rawValue)
        case .quota(let name, let limit): AWSError("LimitExceeded", 409, "Cannot exceed quota for \(name): \(limit)")
        case .inlineTooLarge(let kind, let name, let limit):
            AWSError("LimitExceeded", 409, "Maximum policy size of \(limit) bytes exceeded for \(kind) \(name)")
        case .tooManyVersions:
            AWSError(
                "LimitExceeded", 409,
                "A managed policy can have up to \(Limit.policyVersions) versions. Before you create a new version, you must "
                    + "delete an existing version.")
        case .malformed(let reason): AWSError("MalformedPolicyDocument", 400, reason.message)
        case .awsManaged(let arn):
            AWSError("AccessDenied", 403, "Policy \(arn) is managed by AWS and cannot be changed.")
        case .invalidARN(let arn): AWSError("InvalidInput", 400, "ARN \(arn) is not valid.")
        case .simulation(let reason): AWSError("InvalidInput", 400, reason)
        case .duplicateTags:
            AWSError("InvalidInput", 400, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        case .reservedTag:
            AWSError("InvalidInput", 400, "aws: prefixed tag key names are not allowed for external use.")
        case .invalidMarker: AWSError("ValidationError", 400, "Invalid Marker.")
        case .userNameNeeded:
            AWSError("ValidationError", 400, "Must specify userName when calling with non-User credentials")
        case .protectedRole(let name):
            AWSError(
                "UnmodifiableEntity", 400,
                "Cannot perform the operation on the protected role '\(name)' - this role is only modifiable by AWS")
        case .reservedPath:
            AWSError("InvalidInput", 400, "The path /aws-service-role/ is reserved for service-linked roles.")
        case .serviceRolePolicy:
            AWSError("PolicyNotAttachable", 400, "Cannot attach a Service Role Policy to a Customer Role.")
        case .entityNotFound(let text): Self.missing(text)
        case .entityExists(let text): AWSError("EntityAlreadyExists", 409, text)
        case .invalidInput(let text): AWSError("InvalidInput", 400, text)
        case .invalidValue(let text): AWSError("ValidationError", 400, text)
        case .invalidCode: AWSError("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.")
        case .passwordViolation:
            AWSError("PasswordPolicyViolation", 400, "Password does not conform to the account password policy.")
        case .oldPasswordWrong: AWSError("AccessDenied", 403, "The old password was incorrect.")
        case .usersOnly: AWSError("InvalidUserType", 400, "Only IAM Users can change their own password")
        case .reportMissing:
            AWSError("ReportNotPresent", 410, "No report is present; generate one with GenerateCredentialReport.")
        case .reportExpired: AWSError("ReportExpired", 410, "The most recent report is more than four hours old.")
        case .malformedCertificate(let text): AWSError("MalformedCertificate", 400, text)
        case .keyPairMismatch:
            AWSError("KeyPairMismatch", 400, "Private key does not match the public key of the certificate.")
        case .certificateExists: AWSError("DuplicateCertificate", 409, "The certificate is already associated with a user.")
        case .invalidPublicKey: AWSError("InvalidPublicKey", 400, "The SSH public key body is malformed or invalid.")
        case .publicKeyExists:
            AWSError("DuplicateSSHPublicKey", 400, "The SSH public key is already associated with the user.")
        case .encodingUnknown(let text):
            AWSError("UnrecognizedPublicKeyEncoding", 400, "The encoding \(text) is not recognized; use SSH or PEM.")
        case .serviceNotSupported(let name):
            AWSError("NotSupportedService", 404, "No such service \(name) is supported for Service Specific Credentials")
        case .sessionNotAllowed:
            AWSError("InvalidClientTokenId", 403, "The security token included in the request is invalid")
        case .federationOff:
            AWSError("FeatureDisabled", 404, "Outbound web identity federation is not enabled for this account.")
        case .rootAccess(let refusal): AWSError(refusal.rawValue, 400, refusal.message)
        }
    }

    /// `user` as `User`.
    private func title(_ kind: String) -> String { kind.prefix(1).uppercased() + kind.dropFirst() }

    private static func missing(_ message: String) -> AWSError { AWSError("NoSuchEntity", 404, message) }
}

import Kernel

/// What the service refuses.
enum OrganizationsFault: Fault, Equatable {
    /// Why a value is not allowed, as the API's reasons name it.
    enum Reason: String, Sendable {
        case accountNumber = "ACCOUNT_NUMBER_LIMIT_EXCEEDED"
        case unitNumber = "OU_NUMBER_LIMIT_EXCEEDED"
        case unitDepth = "OU_DEPTH_LIMIT_EXCEEDED"
        case policyNumber = "POLICY_NUMBER_LIMIT_EXCEEDED"
        case policyContent = "POLICY_CONTENT_LIMIT_EXCEEDED"
        case maxAttached = "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
        case minAttached = "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
        case notAllFeatures = "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE"
        case maxTags = "MAX_TAG_LIMIT_EXCEEDED"
        case managementAsAdministrator = "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"
        case suspendedAsAdministrator = "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR"
        case administratorLeaves = "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG"
        case administratorExists = "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE"
        case closeManagement = "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"
        case serviceAccess = "SERVICE_ACCESS_NOT_ENABLED"
        case creationRate = "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"
        case handshakeRate = "HANDSHAKE_RATE_LIMIT_EXCEEDED"
        case alreadyInOrganization = "ALREADY_IN_AN_ORGANIZATION"
        case alreadyAllFeatures = "ORGANIZATION_ALREADY_HAS_ALL_FEATURES"
        case pendingAllFeatures = "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION"
    }
    enum Input: String, Sendable {
        case partyType = "INVALID_PARTY_TYPE_TARGET"
        case target = "INVALID_PATTERN_TARGET_ID"
        case email = "INVALID_EMAIL_ADDRESS_TARGET"
        case token = "INVALID_NEXT_TOKEN"
        case immutablePolicy = "IMMUTABLE_POLICY"
        case nonDetachable = "NON_DETACHABLE_POLICY"
        case policyType = "INVALID_ENUM_POLICY_TYPE"
        case systemTags = "INVALID_SYSTEM_TAGS_PARAMETER"
        case duplicateTag = "DUPLICATE_TAG_KEY"
        case resourcePolicy = "INVALID_RESOURCE_POLICY_JSON"
        case required = "INPUT_REQUIRED"
        case pattern = "INVALID_PATTERN"
        case enumeration = "INVALID_ENUM"
        case tooShort = "MIN_LENGTH_EXCEEDED"
        case tooLong = "MAX_LENGTH_EXCEEDED"
        case tooSmall = "MIN_VALUE_EXCEEDED"
        case tooLarge = "MAX_VALUE_EXCEEDED"
        case principal = "UNRECOGNIZED_SERVICE_PRINCIPAL"
        case unsupportedTarget = "TARGET_NOT_SUPPORTED"
        case filter = "INVALID_LIST_MEMBER"
    }
    /// The refusals that say nothing but what they are.
    enum Plain: String, Sendable {
        case notInUse = "AWSOrganizationsNotInUseException"
        case accessDenied = "AccessDeniedException"
        case alreadyInOrganization = "AlreadyInOrganizationException"
        case notEmpty = "OrganizationNotEmptyException"
        case rootNotFound = "RootNotFoundException"
        case parentNotFound = "ParentNotFoundException"
        case childNotFound = "ChildNotFoundException"
        case sourceNotFound = "SourceParentNotFoundException"
        case destinationNotFound = "DestinationParentNotFoundException"
        case unitNotFound = "OrganizationalUnitNotFoundException"
        case duplicateUnit = "DuplicateOrganizationalUnitException"
        case unitNotEmpty = "OrganizationalUnitNotEmptyException"
        case accountNotFound = "AccountNotFoundException"
        case duplicateAccount = "DuplicateAccountException"
        case accountClosed = "AccountAlreadyClosedException"
        case managementLeaves = "MasterCannotLeaveOrganizationException"
        case requestNotFound = "CreateAccountStatusNotFoundException"
        case policyNotFound = "PolicyNotFoundException"
        case duplicatePolicy = "DuplicatePolicyException"
        case policyInUse = "PolicyInUseException"
        case targetNotFound = "TargetNotFoundException"
        case duplicateAttachment = "DuplicatePolicyAttachmentException"
        case notAttached = "PolicyNotAttachedException"
        case typeNotEnabled = "PolicyTypeNotEnabledException"
        case typeEnabled = "PolicyTypeAlreadyEnabledException"
        case typeNotAvailable = "PolicyTypeNotAvailableForOrganizationException"
        case malformedPolicy = "MalformedPolicyDocumentException"
        case effectiveNotFound = "EffectivePolicyNotFoundException"
        case handshakeNotFound = "HandshakeNotFoundException"
        case handshakeInState = "HandshakeAlreadyInStateException"
        case handshakeTransition = "InvalidHandshakeTransitionException"
        case duplicateHandshake = "DuplicateHandshakeException"
        case administratorRegistered = "AccountAlreadyRegisteredException"
        case administratorNotRegistered = "AccountNotRegisteredException"
        case resourcePolicyNotFound = "ResourcePolicyNotFoundException"
        case transferNotFound = "ResponsibilityTransferNotFoundException"
    }

    case plain(Plain)
    case violation(Reason)
    case handshake(Reason)
    case invalid(Input, String)
    case notBuilt(String)

    var wire: AWSError {
        switch self {
        case .plain(let plain): AWSError(plain.rawValue, 400, plain.message)
        case .violation(let reason):
            AWSError("ConstraintViolationException", 400, reason.message, fields: ["Reason": .string(reason.rawValue)])
        case .handshake(let reason):
            AWSError("HandshakeConstraintViolationException", 400, reason.message, fields: ["Reason": .string(reason.rawValue)])
        case .invalid(let input, let message):
            AWSError("InvalidInputException", 400, message, fields: ["Reason": .string(input.rawValue)])
        case .notBuilt(let what): AWSError.notImplemented(what, of: "organizations")
        }
    }
}

extension OrganizationsFault.Plain {
    var message: String {
        switch self {
        case .notInUse: "Your account is not a member of an organization."
        case .accessDenied: "You don't have permissions to access this resource."
        case .alreadyInOrganization: "The provided account is already a member of an organization."
        case .notEmpty:
            "The organization isn't empty. To delete an organization, you must first remove all accounts except the management "
                + "account."
        case .rootNotFound: "You specified a root that doesn't exist."
        case .parentNotFound: "You specified parent that doesn't exist."
        case .childNotFound: "You specified a child that doesn't exist."
        case .sourceNotFound: "You specified a source parent that doesn't exist."
        case .destinationNotFound: "You specified a destination parent that doesn't exist."
        case .unitNotFound: "You specified an organizational unit that doesn't exist."
        case .duplicateUnit: "An OU with the same name already exists."
        case .unitNotEmpty:
            "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, "
                + "and try the operation again."
        case .accountNotFound: "You specified an account that doesn't exist."
        case .duplicateAccount: "That account is already present in the specified destination."
        case .accountClosed: "You attempted to close an account that is already closed."
        case .managementLeaves:
            "You can't remove a management account from an organization. If you want the management account to become a member "
                + "account in another organization, you must first delete the current organization of the management account."
        case .requestNotFound: "We can't find a create account request with the CreateAccountRequestId that you specified."
        case .policyNotFound: "You specified a policy that doesn't exist."
        case .duplicatePolicy: "A policy with the same name already exists."
        case .policyInUse:
            "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before "
                + "performing this operation."
        case .targetNotFound: "We can't find a root, OU, account, or policy with the TargetId that you specified."
        case .duplicateAttachment: "The selected policy is already attached to the specified target."
        case .notAttached: "The policy isn't attached to the specified target in the specified root."
        case .typeNotEnabled: "This operation can be performed only for enabled policy types."
        case .typeEnabled: "The specified policy type is already enabled."
        case .typeNotAvailable: "The specified policy type isn't available for this organization."
        case .malformedPolicy: "The provided policy document does not meet the requirements of the specified policy type."
        case .effectiveNotFound: "No effective policy of the specified type was found for the account."
        case .handshakeNotFound: "We can't find a handshake with the HandshakeId that you specified."
        case .handshakeInState:
            "The specified handshake is already in the requested state. For example, you can't accept a handshake that was "
                + "already accepted."
        case .handshakeTransition: "You can't perform the operation on the handshake in its current state."
        case .duplicateHandshake:
            "A handshake with the same action and target already exists. For example, if you invited an account to join your "
                + "organization, the invited account might already have a pending invitation from this organization. If you "
                + "intend to resend an invitation to an account, ensure that existing handshakes that might be considered "
                + "duplicates are canceled or declined."
        case .administratorRegistered:
            "The provided account is already a delegated administrator for your organization."
        case .administratorNotRegistered:
            "The provided account is not a registered delegated administrator for your organization."
        case .transferNotFound: "We can't find the responsibility transfer that you specified."
        case .resourcePolicyNotFound: "We can't find a resource policy request with the parameter that you specified."
        }
    }
}

extension OrganizationsFault.Reason {
    var message: String {
        switch self {
        case .accountNumber: "You have exceeded the allowed number of AWS accounts."
        case .unitNumber: "You have exceeded the number of OUs that you can have in an organization."
        case .unitDepth: "You have exceeded the depth that an OU tree can have."
        case .policyNumber: "You have exceeded the number of policies that you can have in an organization."
        case .policyContent: "You have exceeded the maximum policy size."
        case .maxAttached: "You have attached the maximum number of policies to the specified target."
        case .minAttached: "You can't detach the last policy of this type from the specified target."
        case .notAllFeatures: "Your organization must have all features enabled to perform this operation."
        case .maxTags: "You have exceeded the number of tags that a resource can have."
        case .managementAsAdministrator:
            "You cannot register master account/yourself as delegated administrator for your organization."
        case .suspendedAsAdministrator: "You cannot register a suspended account as a delegated administrator."
        case .administratorLeaves: "The account is a delegated administrator. You must deregister it before you remove it."
        case .administratorExists:
            "The account is a delegated administrator for this service. You must deregister it before you disable service access."
        case .closeManagement: "You can't close the management account."
        case .serviceAccess: "You must enable service access for this service before you register a delegated administrator."
        case .creationRate: "You have too many account creations in progress. Try again later."
        case .handshakeRate: "You have exceeded the number of handshakes that you can have open."
        case .alreadyInOrganization: "The invited account is already a member of an organization."
        case .alreadyAllFeatures: "Your organization already has all features enabled."
        case .pendingAllFeatures: "Your organization is already waiting for all features to be enabled."
        }
    }
}

import Documents
import Kernel

/// Which permission each operation needs (Service Authorization Reference, "Actions, resources, and condition keys for AWS
/// Identity and Access Management"): `iam:Operation` on the entity, with its path.
extension IAMService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        func add(_ operations: [String], _ resource: @escaping @Sendable (Document, Context) async throws -> String) {
            for operation in operations {
                map[operation] = { input, context in
                    try Self.mustBeAllowedHere(context.caller)
                    let conditions = try await Self.conditions(input, context)
                    let place = try await resource(input, context)
                    let isTagged = input["Tags"]?.list?.isEmpty == false
                    let tagging = isTagged ? Self.taggingOfNew[operation] : nil
                    return [operation, tagging].compactMap { name in
                        name.map { Permission("iam:\($0)", on: place, conditions: conditions) }
                    }
                }
            }
        }
        add(Self.userOperations) { try await Self.arn(UserRecord.self, $0["UserName"]?.string, $0["Path"]?.string, $1) }
        add(Self.roleOperations) { try await Self.arn(RoleRecord.self, $0["RoleName"]?.string, $0["Path"]?.string, $1) }
        add(Self.groupOperations) { try await Self.arn(GroupRecord.self, $0["GroupName"]?.string, $0["Path"]?.string, $1) }
        add(Self.policyOperations) { input, _ in input["PolicyArn"]?.string ?? "*" }
        add(["CreatePolicy"]) { input, context in
            Self.text(context, "policy" + (input["Path"]?.string ?? "/") + (input["PolicyName"]?.string ?? ""))
        }
        add(["ListUsers"]) { Self.text($1, "user" + ($0["PathPrefix"]?.string ?? "/")) }
        add(["ListRoles"]) { Self.text($1, "role" + ($0["PathPrefix"]?.string ?? "/")) }
        add(["ListGroups"]) { Self.text($1, "group" + ($0["PathPrefix"]?.string ?? "/")) }
        add(["ListPolicies"]) { input, _ in "policy path " + (input["PathPrefix"]?.string ?? "/") }
        add(Self.accountOperations) { _, _ in "*" }
        add(DelegationRequests.byName + DelegationRequests.federation + ["ListDelegationRequests"]) { _, _ in "*" }
        add(Self.profileOperations) {
            try await Self.arn(InstanceProfileRecord.self, $0["InstanceProfileName"]?.string, $0["Path"]?.string, $1)
        }
        add(["ListInstanceProfiles"]) { Self.text($1, "instance-profile" + ($0["PathPrefix"]?.string ?? "/")) }
        add(["CreateVirtualMFADevice"]) {
            Self.text($1, "mfa" + ($0["Path"]?.string ?? "/") + ($0["VirtualMFADeviceName"]?.string ?? ""))
        }
        add(["DeleteVirtualMFADevice", "TagMFADevice", "UntagMFADevice", "ListMFADeviceTags"]) { input, _ in
            input["SerialNumber"]?.string ?? "*"
        }
        add(Self.openIDOperations) { input, _ in input["OpenIDConnectProviderArn"]?.string ?? "*" }
        add(["CreateOpenIDConnectProvider"]) { input, context in
            let url = input["Url"]?.string ?? ""
            let issuer = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last.map(String.init) ?? url
            return Self.text(context, "oidc-provider/\(issuer)")
        }
        add(Self.samlOperations) { input, _ in input["SAMLProviderArn"]?.string ?? "*" }
        add(["CreateSAMLProvider"]) { Self.text($1, "saml-provider/" + ($0["Name"]?.string ?? "")) }
        add(["CreateServiceLinkedRole"]) { input, context in
            let service = input["AWSServiceName"]?.string ?? ""
            let name = ServiceLinkedRoles.template(service)?.name ?? "*"
            return Self.text(context, "role\(ServiceLinkedRoles.path)\(service)/\(name)")
        }
        add(["GetServiceLinkedRoleDeletionStatus"]) { input, context in
            let task = (input["DeletionTaskId"]?.string ?? "").split(separator: "/").dropFirst().dropLast()
            return Self.text(context, "role/" + task.joined(separator: "/"))
        }
        add(Self.certificateOperations) {
            try await Self.arn(ServerCertificateRecord.self, $0["ServerCertificateName"]?.string, $0["Path"]?.string, $1)
        }
        // A role is handed to EC2 by way of a profile.
        let addRole = map["AddRoleToInstanceProfile"]
        map["AddRoleToInstanceProfile"] = { input, context in
            let role = try await Self.arn(RoleRecord.self, input["RoleName"]?.string, nil, context)
            let pass = Permission("iam:PassRole", on: role, conditions: ["iam:PassedToService": ["ec2.amazonaws.com"]])
            return try await (addRole?(input, context) ?? []) + [pass]
        }
        // Whom the account's password policy lets change their passwords need no policy of their own for it.
        let changePassword = map["ChangePassword"]
        map["ChangePassword"] = { input, context in
            if context.caller.kind == .user, try await PasswordPolicies.letsUsersChange(context) { return [] }
            return try await changePassword?(input, context) ?? []
        }
        add(["SimulateCustomPolicy", "GetContextKeysForCustomPolicy"]) { _, _ in "*" }
        add(["SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy"]) { input, _ in
            input["PolicySourceArn"]?.string ?? "*"
        }
        add(["GenerateServiceLastAccessedDetails", "ListPoliciesGrantingServiceAccess"]) { input, _ in
            input["Arn"]?.string ?? "*"
        }
        add(["GenerateOrganizationsAccessReport"]) { Self.text($1, "access-report/" + ($0["EntityPath"]?.string ?? "")) }
        for operation in ["EnableOrganizationsRootCredentialsManagement", "EnableOrganizationsRootSessions"] {
            map[operation] = { _, _ in RootAccess.permissions(operation) }
        }
        return map
    }

    /// To make an entity with tags is to tag it, too
    /// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html).
    private static let taggingOfNew = [
        "CreateUser": "TagUser", "CreateRole": "TagRole", "CreatePolicy": "TagPolicy",
        "CreateInstanceProfile": "TagInstanceProfile", "CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
        "CreateSAMLProvider": "TagSAMLProvider", "CreateVirtualMFADevice": "TagMFADevice",
        "UploadServerCertificate": "TagServerCertificate",
    ]
    private static let userOperations =
        [
            "CreateUser", "GetUser", "UpdateUser", "DeleteUser", "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey",
            "DeleteAccessKey", "ListGroupsForUser", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary", "TagUser",
            "UntagUser", "ListUserTags", "GetAccessKeyLastUsed", "CreateLoginProfile", "GetLoginProfile", "UpdateLoginProfile",
            "DeleteLoginProfile", "ChangePassword", "EnableMFADevice", "ResyncMFADevice", "DeactivateMFADevice",
            "ListMFADevices", "GetMFADevice", "UploadSSHPublicKey", "GetSSHPublicKey", "ListSSHPublicKeys",
            "UpdateSSHPublicKey", "DeleteSSHPublicKey", "UploadSigningCertificate", "ListSigningCertificates",
            "UpdateSigningCertificate", "DeleteSigningCertificate", "CreateServiceSpecificCredential",
            "ListServiceSpecificCredentials", "UpdateServiceSpecificCredential", "ResetServiceSpecificCredential",
            "DeleteServiceSpecificCredential",
        ] + policies("User")
    private static let roleOperations =
        [
            "CreateRole", "GetRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy", "DeleteRole",
            "ListInstanceProfilesForRole", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "TagRole",
            "UntagRole", "ListRoleTags", "DeleteServiceLinkedRole",
        ] + policies("Role")
    private static let groupOperations =
        ["CreateGroup", "GetGroup", "UpdateGroup", "DeleteGroup", "AddUserToGroup", "RemoveUserFromGroup"] + policies("Group")
    private static let accountOperations = [
        "CreateAccountAlias", "DeleteAccountAlias", "ListAccountAliases", "GetAccountSummary",
        "GetAccountAuthorizationDetails", "GetAccountPasswordPolicy", "UpdateAccountPasswordPolicy",
        "DeleteAccountPasswordPolicy", "GenerateCredentialReport", "GetCredentialReport", "ListOpenIDConnectProviders",
        "ListSAMLProviders", "ListServerCertificates", "ListVirtualMFADevices", "GetServiceLastAccessedDetails",
        "GetServiceLastAccessedDetailsWithEntities", "GetOrganizationsAccessReport", "SetSecurityTokenServicePreferences",
        "DisableOrganizationsRootCredentialsManagement", "DisableOrganizationsRootSessions", "ListOrganizationsFeatures",
    ]
    private static let profileOperations = [
        "CreateInstanceProfile", "GetInstanceProfile", "AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile",
        "DeleteInstanceProfile", "TagInstanceProfile", "UntagInstanceProfile", "ListInstanceProfileTags",
    ]
    private static let openIDOperations = [
        "GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider",
        "RemoveClientIDFromOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint", "TagOpenIDConnectProvider",
        "UntagOpenIDConnectProvider", "ListOpenIDConnectProviderTags",
    ]
    private static let samlOperations = [
        "GetSAMLProvider", "UpdateSAMLProvider", "DeleteSAMLProvider", "TagSAMLProvider", "UntagSAMLProvider",
        "ListSAMLProviderTags",
    ]
    private static let certificateOperations = [
        "UploadServerCertificate", "GetServerCertificate", "UpdateServerCertificate", "DeleteServerCertificate",
        "TagServerCertificate", "UntagServerCertificate", "ListServerCertificateTags",
    ]
    private static let policyOperations = [
        "GetPolicy", "DeletePolicy", "CreatePolicyVersion", "GetPolicyVersion", "ListPolicyVersions", "SetDefaultPolicyVersion",
        "DeletePolicyVersion", "ListEntitiesForPolicy", "TagPolicy", "UntagPolicy", "ListPolicyTags",
    ]

    private static func policies(_ word: String) -> [String] {
        [
            "Put\(word)Policy", "Get\(word)Policy", "Delete\(word)Policy", "List\(word)Policies", "Attach\(word)Policy",
            "Detach\(word)Policy", "ListAttached\(word)Policies",
        ]
    }

    private static func text(_ context: Context, _ resource: String) -> String {
        ARN("iam", account: context.account, resource).description
    }

    /// The entity's ARN with the path it has, or is to have.
    private static func arn<Record: NamedRecord>(
        _ type: Record.Type, _ given: String?, _ path: String?, _ context: Context
    ) async throws -> String {
        guard let name = given ?? (Record.kind == "user" ? try? Users.name(nil, context) : nil) else {
            return context.caller.kind == .root ? context.caller.arn : text(context, Record.kind + "/")
        }
        if let path { return text(context, Record.kind + path + name) }
        let record = try await context.store.read { try $0.record(type, Record.key(context.account, name)) }
        return record?.arn ?? text(context, "\(Record.kind)/\(name)")
    }

    /// A session of GetSessionToken without MFA and a federated user's may not use IAM at all (IAM User Guide, "Compare AWS
    /// STS credentials").
    private static func mustBeAllowedHere(_ caller: Caller) throws {
        let isTemporary = caller.accessKeyID?.hasPrefix("ASIA") ?? false
        // A session of AssumeRoot is narrowed by its task instead.
        let isTask = caller.kind == .root && caller.sessionPolicyARNs != nil
        let isUnproven = isTemporary && caller.kind != .assumedRole && !isTask && caller.factorShownAt == nil
        if caller.kind == .federatedUser || isUnproven { throw IAMFault.sessionNotAllowed }
    }

    private static func conditions(_ input: Document, _ context: Context) async throws -> [String: [String]] {
        var keys: [String: [String]] = [:]
        if let arn = input["PolicyArn"]?.string { keys["iam:PolicyARN"] = [arn] }
        if let policy = input["OrganizationsPolicyId"]?.string { keys["iam:OrganizationsPolicyId"] = [policy] }
        if let service = input["AWSServiceName"]?.string { keys["iam:AWSServiceName"] = [service] }
        if let tags = input["Tags"]?.list {
            keys["aws:TagKeys"] = tags.compactMap { $0["Key"]?.string }
            for tag in tags {
                if let key = tag["Key"]?.string, let value = tag["Value"]?.string { keys["aws:RequestTag/\(key)"] = [value] }
            }
        }
        if let names = input["TagKeys"]?.list { keys["aws:TagKeys"] = names.compactMap(\.string) }
        let (user, role) = (input["UserName"]?.string, input["RoleName"]?.string)
        let (boundary, tags) = try await context.store.read { snapshot -> (String?, TagList) in
            if let user, let record = try snapshot.record(UserRecord.self, UserRecord.key(context.account, user)) {
                return (record.boundary, record.tags)
            }
            if let role, let record = try snapshot.record(RoleRecord.self, RoleRecord.key(context.account, role)) {
                return (record.boundary, record.tags)
            }
            return (nil, [:])
        }
        if let arn = input["PermissionsBoundary"]?.string ?? boundary { keys["iam:PermissionsBoundary"] = [arn] }
        for tag in tags {
            keys["aws:ResourceTag/\(tag.key)"] = [tag.value]
            keys["iam:ResourceTag/\(tag.key)"] = [tag.value]
        }
        return keys
    }
}

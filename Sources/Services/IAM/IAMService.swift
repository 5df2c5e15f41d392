import Documents
import Kernel
import Store

/// AWS Identity and Access Management (https://docs.aws.amazon.com/IAM/latest/APIReference/): users, groups, roles, keys
/// and policies. What they allow is decided by the kernel, which reads the same records.
public struct IAMService: Service {
    public static let id = "iam"

    public init() {}

    public func register(in operations: inout Operations) {
        Users.register(in: &operations)
        AccessKeys.register(in: &operations)
        Groups.register(in: &operations)
        Memberships.register(in: &operations)
        Roles.register(in: &operations)
        ManagedPolicies.register(in: &operations)
        PolicyVersions.register(in: &operations)
        PolicyEntities.register(in: &operations)
        InlinePolicies<UserRecord>.register("User", in: &operations)
        InlinePolicies<RoleRecord>.register("Role", in: &operations)
        InlinePolicies<GroupRecord>.register("Group", in: &operations)
        Attachments<UserRecord>.register("User", in: &operations)
        Attachments<RoleRecord>.register("Role", in: &operations)
        Attachments<GroupRecord>.register("Group", in: &operations)
        Boundaries<UserRecord>.register("User", in: &operations)
        Boundaries<RoleRecord>.register("Role", in: &operations)
        HolderTags<UserRecord>.register("User", in: &operations)
        HolderTags<RoleRecord>.register("Role", in: &operations)
        PolicyTags.register(in: &operations)
        Accounts.register(in: &operations)
        AuthorizationDetails.register(in: &operations)
        InstanceProfiles.register(in: &operations)
        OpenIDProviders.register(in: &operations)
        SAMLProviders.register(in: &operations)
        MFADevices.register(in: &operations)
        ServiceLinkedRoles.register(in: &operations)
        LoginProfiles.register(in: &operations)
        PasswordPolicies.register(in: &operations)
        CredentialReports.register(in: &operations)
        ServerCertificates.register(in: &operations)
        SSHPublicKeys.register(in: &operations)
        SigningCertificates.register(in: &operations)
        ServiceCredentials.register(in: &operations)
        Simulation.register(in: &operations)
        ContextKeys.register(in: &operations)
        ServiceLastAccessed.register(in: &operations)
        PoliciesGrantingAccess.register(in: &operations)
        OrganizationsAccessReport.register(in: &operations)
        RootAccess.register(in: &operations)
        TokenPreferences.register(in: &operations)
        DelegationRequests.register(in: &operations)
        refuseUnbuilt(in: &operations)
    }

    public func denied(_ message: String) -> AWSError { AWSError("AccessDenied", 403, message) }

    /// Identities have an owner and no policy of their own; a role's trust policy speaks about STS only.
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let parsed = ARN(arn), parsed.service == Self.id, let slash = parsed.resource.firstIndex(of: "/"),
            let name = parsed.resource.split(separator: "/").last.map(String.init)
        else { return nil }
        let account = parsed.account
        let tags = try await platform.store.read { snapshot -> TagList? in
            switch parsed.resource[..<slash] {
            case "user": try snapshot.record(UserRecord.self, UserRecord.key(account, name))?.tags
            case "role": try snapshot.record(RoleRecord.self, RoleRecord.key(account, name))?.tags
            case "group": try snapshot.contains(GroupRecord.key(account, name)) ? [:] : nil
            case "policy": try snapshot.record(ManagedPolicyRecord.self, ManagedPolicyRecord.key(account, name))?.tags
            case "instance-profile":
                try snapshot.record(InstanceProfileRecord.self, InstanceProfileRecord.key(account, name))?.tags
            case "mfa": try snapshot.record(MFADeviceRecord.self, MFADeviceRecord.key(account, arn))?.tags
            case "server-certificate":
                try snapshot.record(ServerCertificateRecord.self, ServerCertificateRecord.key(account, name))?.tags
            case "saml-provider": try snapshot.record(SAMLProviderRecord.self, SAMLProviderRecord.key(account, name))?.tags
            case "oidc-provider":
                try snapshot.record(
                    OpenIDProviderRecord.self,
                    OpenIDProviderRecord.key(account, String(parsed.resource.dropFirst("oidc-provider/".count))))?.tags
            default: nil
            }
        }
        return tags.map { ResourceFacts(account: account, tags: $0.byKey) }
    }
}

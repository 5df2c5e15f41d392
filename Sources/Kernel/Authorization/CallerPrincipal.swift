import Policy

extension Caller {
    /// This caller as policies know principals. Somebody whom only an identity provider knows (who comes with its token to
    /// take on a role) is an anonymous caller with ``federatedProvider``.
    public var principal: RequestPrincipal {
        let kind: RequestPrincipal.Kind =
            switch self.kind {
            case .root: .root
            case .user: .user
            case .assumedRole: .assumedRole(roleARN: roleARN ?? arn)
            case .federatedUser: .federatedUser(userARN: roleARN ?? arn)
            case .service: .service(names: Self.names(of: serviceName ?? arn))
            case .anonymous: federatedProvider.map { .federated(provider: $0) } ?? .anonymous
            }
        // Of a session's id, the role's.
        let id = issuerID ?? String(Substring(principalID.utf8.prefix { $0 != UInt8(ascii: ":") }))
        return RequestPrincipal(
            kind, account: self.kind == .service ? "" : account, arn: arn, uniqueID: id.isEmpty ? nil : id)
    }

    /// A service that speaks as `logs.eu-west-1.amazonaws.com` is `logs.amazonaws.com` too.
    private static func names(of service: String) -> [String] {
        let labels = service.split(separator: ".")
        guard labels.count == 4, service.hasSuffix(".amazonaws.com") else { return [service] }
        return [service, "\(labels[0]).amazonaws.com"]
    }

    /// The value of `aws:PrincipalType`.
    var principalType: String {
        switch kind {
        case .root: "Account"
        case .user: "User"
        case .assumedRole: "AssumedRole"
        case .federatedUser: "FederatedUser"
        case .service: "Service"
        case .anonymous: "Anonymous"
        }
    }

    /// Roles that AWS services made for themselves; organization policies don't bind them
    /// (Organizations User Guide, "Service control policies" and "Resource control policies").
    var isServiceLinked: Bool { roleARN?.contains(":role/aws-service-role/") ?? false }

    /// Whether the caller belongs to an account whose organization may bind it.
    var hasAccount: Bool { kind != .service && kind != .anonymous }

    /// As denial texts name it.
    var title: String { kind == .anonymous ? federatedProvider ?? "anonymous" : arn }
}

/// IAM's quotas (IAM User Guide, "IAM and AWS STS quotas"), as an account has them without a raise.
enum Limit {
    static let users = 5_000
    static let groups = 300
    static let roles = 1_000
    static let policies = 1_500
    static let accessKeysPerUser = 2
    static let groupsPerUser = 10
    static let attachedPolicies = 10
    static let policyVersions = 5
    static let tags = 50
    static let instanceProfiles = 1_000
    static let openIDProviders = 100
    static let clientIDs = 100
    static let thumbprints = 5
    static let samlProviders = 100
    static let devicesPerUser = 8
    static let serverCertificates = 20
    static let signingCertificates = 2
    static let sshKeysPerUser = 5
    static let serviceCredentials = 2
    /// Inline policies have no count, only a size; this bounds the empty ones.
    static let inlinePolicies = 500
    static let itemsDefault = 100
    static let itemsMax = 1_000
}

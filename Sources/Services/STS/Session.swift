import Documents
import Kernel
import Policy
import Store

/// Session limits (STS API Reference; IAM User Guide, "IAM and AWS STS quotas"). Durations in seconds.
enum Limit {
    static let durationMin = 900
    static let roleDurationDefault = 3_600
    static let chainDuration = 3_600
    static let userDurationDefault = 43_200
    static let rootDuration = 3_600
    static let taskDuration = 900
    static let policyARNs = 10
    static let tags = 50
    /// How far an identity provider's clock may be ahead.
    static let tokenSkew: Int64 = 300
    /// How long after it was made a SAML response is taken.
    static let samlAge = Duration.seconds(300)
    /// Characters of a session tag.
    static let tagKey = 128
    static let tagValue = 256
}

struct Tag: Codable, Sendable {
    var Key: String
    var Value: String
}

struct PolicyReference: Codable, Sendable { var arn: String? }

struct CredentialsShape: Codable, Sendable {
    var AccessKeyId: String
    var SecretAccessKey: String
    var SessionToken: String
    var Expiration: Timestamp

    init(_ credentials: Credentials, expires: Timestamp) {
        (AccessKeyId, SecretAccessKey) = (credentials.accessKeyID, credentials.secretAccessKey)
        (SessionToken, Expiration) = (credentials.sessionToken ?? "", expires)
    }
}

/// What the operations that make sessions share.
enum Session {
    /// Temporary credentials for `caller`, for `duration` seconds.
    static func issue(_ caller: Caller, _ duration: Int, _ context: Context, _ tokens: SessionTokens) throws -> CredentialsShape {
        let expires = Timestamp(seconds: context.now.seconds + Int64(duration))
        var caller = caller
        caller.issuedAt = context.now
        return CredentialsShape(try tokens.issue(for: caller, expires: expires), expires: expires)
    }

    /// Temporary credentials can't make further ones but by AssumeRole (IAM User Guide, "Compare AWS STS credentials").
    static func mustBeLongTerm(_ caller: Caller, operation: String) throws {
        let isTemporary = caller.accessKeyID?.hasPrefix("ASIA") ?? false
        guard caller.kind == .user || caller.kind == .root, !isTemporary else {
            throw STSFault.sessionCredentials(operation: operation)
        }
    }

    /// Sessions of GetSessionToken may use nothing of STS but AssumeRole and GetCallerIdentity (the same page).
    static func mustNotBeUserSession(_ caller: Caller, operation: String) throws {
        let isTemporary = caller.accessKeyID?.hasPrefix("ASIA") ?? false
        guard caller.kind != .user || !isTemporary else { throw STSFault.sessionCredentials(operation: operation) }
    }

    /// Checks session policies and puts them into `caller`.
    /// - Returns: how full they make the session, in per cent; nil without policies and tags. AWS packs them in a form of
    ///   its own; here it is their plain characters out of ``PolicyLimit/sessionPolicyMax``.
    static func narrow(
        _ caller: inout Caller, policy: String?, arns: [PolicyReference]?, tags: [Tag]?, _ context: Context
    ) async throws -> Int? {
        let names = (arns ?? []).compactMap(\.arn)
        guard names.count <= Limit.policyARNs else { throw STSFault.tooManyPolicies(limit: Limit.policyARNs) }
        let size = (policy?.unicodeScalars.count ?? 0) + names.reduce(0) { $0 + $1.utf8.count }
        let percent = (size * 100 + PolicyLimit.sessionPolicyMax - 1) / PolicyLimit.sessionPolicyMax
        guard size <= PolicyLimit.sessionPolicyMax else { throw STSFault.tooLarge(percent: percent) }
        if let policy {
            do { _ = try PolicyDocument(json: policy, kind: .identity) } catch { throw STSFault.malformed(error) }
            caller.sessionPolicies = [policy]
        }
        if !names.isEmpty {
            let account = caller.account
            try await context.store.read { snapshot in
                for name in names {
                    guard let owner = ARN(name)?.account, owner == account || owner == "aws",
                        try StoredIdentities.managedPolicy(name, in: snapshot) != nil
                    else { throw STSFault.policyNotFound(arn: name) }
                }
            }
            caller.sessionPolicyARNs = names
        }
        let isPlain = policy == nil && names.isEmpty && (tags ?? []).isEmpty
        return isPlain ? nil : percent
    }

    /// - Throws: ``STSFault/duplicateTags``, ``STSFault/reservedTag(_:)``
    static func table(_ tags: [Tag]?) throws -> [String: String] {
        var table: [String: String] = [:]
        var seen: Set<String> = []
        for tag in tags ?? [] {
            guard !tag.Key.lowercased().hasPrefix("aws:") else { throw STSFault.reservedTag(tag.Key) }
            guard seen.insert(tag.Key.lowercased()).inserted else { throw STSFault.duplicateTags }
            table[tag.Key] = tag.Value
        }
        return table
    }

    /// The condition keys of an input's tags, and whether there are any.
    static func tagConditions(_ input: Document) -> (conditions: [String: [String]], tagged: Bool) {
        var keys: [String: [String]] = [:]
        let tags = input["Tags"]?.list ?? []
        for tag in tags {
            if let key = tag["Key"]?.string, let value = tag["Value"]?.string { keys["aws:RequestTag/\(key)"] = [value] }
        }
        if !tags.isEmpty { keys["aws:TagKeys"] = tags.compactMap { $0["Key"]?.string } }
        if let transitive = input["TransitiveTagKeys"]?.list { keys["sts:TransitiveTagKeys"] = transitive.compactMap(\.string) }
        return (keys, !tags.isEmpty)
    }
}

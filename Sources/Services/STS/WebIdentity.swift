import Documents
import Kernel
import Store

/// AssumeRoleWithWebIdentity: a role for somebody whom an OpenID provider vouches for. No AWS keys are needed; the token
/// says who calls.
enum WebIdentity {
    struct Input: Codable, Sendable {
        var RoleArn: String
        var RoleSessionName: String
        var WebIdentityToken: String
        var ProviderId: String?
        var PolicyArns: [PolicyReference]?
        var Policy: String?
        var DurationSeconds: Int?
    }
    struct Output: Codable, Sendable {
        var Credentials: CredentialsShape
        var SubjectFromWebIdentityToken: String
        var AssumedRoleUser: AssumeRole.Output.User
        var PackedPolicySize: Int?
        var Provider: String
        var Audience: String
        var SourceIdentity: String?
    }
    /// The claims by which a provider gives session tags and a source identity (IAM User Guide, "Pass session tags").
    private enum Claim {
        static let tags = "https://aws.amazon.com/tags"
        static let sourceIdentity = "https://aws.amazon.com/source_identity"
    }

    static func run(
        _ input: Input, _ context: Context, _ tokens: SessionTokens, _ providers: ProviderKeys
    ) async throws -> Output {
        if let provider = input.ProviderId { throw STSFault.providerNotSupported(provider) }
        guard let arn = ARN(input.RoleArn), arn.service == "iam" else { throw STSFault.invalidRoleARN }
        let token = try WebToken(input.WebIdentityToken)
        let provider = try await provider(of: token, arn.account, context)
        let subject = try await verify(token, provider, context, providers)
        var federated = FederatedSession(provider: provider.arn, name: input.RoleSessionName)
        federated.keys = subject.keys(provider.issuer)
        federated.sourceIdentity = token.string(Claim.sourceIdentity)
        try tag(&federated, token)
        var (session, role) = try await federated.assume(input.RoleArn, operation: "AssumeRoleWithWebIdentity", context)
        let duration = input.DurationSeconds ?? Limit.roleDurationDefault
        guard duration <= role.maxSessionDuration else { throw STSFault.durationExceedsRole }
        let packed = try await Session.narrow(
            &session, policy: input.Policy, arns: input.PolicyArns, tags: federated.tagList, context)
        return Output(
            Credentials: try Session.issue(session, duration, context, tokens), SubjectFromWebIdentityToken: subject.subject,
            AssumedRoleUser: .init(AssumedRoleId: session.principalID, Arn: session.arn), PackedPolicySize: packed,
            Provider: provider.arn, Audience: subject.audience, SourceIdentity: session.sourceIdentity)
    }

    private static func provider(
        of token: WebToken, _ account: String, _ context: Context
    ) async throws -> OpenIDProviderRecord {
        guard let issuer = token.string("iss") else { throw STSFault.missingClaim("iss") }
        var name = issuer
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) { name.removeFirst(scheme.count) }
        while name.hasSuffix("/") { name.removeLast() }
        let key = OpenIDProviderRecord.key(account, name)
        guard let provider = try await context.store.read({ try $0.record(OpenIDProviderRecord.self, key) }),
            !issuer.contains("://") || issuer.hasPrefix(provider.scheme + "://")
        else { throw STSFault.noProvider(issuer: issuer) }
        return provider
    }

    /// What a believed token says.
    private struct Subject {
        var subject: String
        var audience: String
        var original: String?
        var methods: [String]
        var email: String?

        /// The condition keys of the token (IAM User Guide, "Available keys for AWS web identity federation").
        func keys(_ issuer: String) -> [String: [String]] {
            var keys = ["\(issuer):sub": [subject], "\(issuer):aud": [audience]]
            if let original { keys["\(issuer):oaud"] = [original] }
            if !methods.isEmpty { keys["\(issuer):amr"] = methods }
            if let email { keys["\(issuer):email"] = [email] }
            return keys
        }
    }

    private static func verify(
        _ token: WebToken, _ provider: OpenIDProviderRecord, _ context: Context, _ providers: ProviderKeys
    ) async throws -> Subject {
        guard let subject = token.string("sub") else { throw STSFault.missingClaim("sub") }
        guard let expiry = token.seconds("exp") else { throw STSFault.missingClaim("exp") }
        guard let issued = token.seconds("iat") else { throw STSFault.missingClaim("iat") }
        let keys = try await providers.keys(provider, keyID: token.keyID)
        guard !keys.isEmpty else { throw STSFault.unknownKey }
        guard keys.contains(where: token.isSigned) else { throw STSFault.wrongSignature }
        try checkTime(issued, expiry, notBefore: token.seconds("nbf"), context)
        let audiences = token.strings("aud")
        let party = token.string("azp")
        let candidates = party.map { [$0] } ?? audiences
        guard let audience = candidates.first(where: provider.clientIDs.contains) else { throw STSFault.wrongAudience }
        return Subject(
            subject: subject, audience: audience, original: party == nil ? nil : audiences.first,
            methods: token.strings("amr"), email: token.string("email"))
    }

    /// Providers tell the machine's time. A token ages on the platform's clock from the moment that it showed when the token
    /// was made, as presigned URLs do.
    private static func checkTime(
        _ issued: Int64, _ expiry: Int64, notBefore: Int64?, _ context: Context
    ) throws {
        let clock = context.platform.clock
        let ahead = clock.offset(at: Timestamp(seconds: issued)).components.seconds
        let now = context.now.seconds
        guard now < expiry + max(ahead, 0) else { throw STSFault.tokenExpired(now: now, expiry: expiry) }
        let earliest = max(issued, notBefore ?? issued)
        guard earliest <= now + Limit.tokenSkew else { throw STSFault.tokenNotYetValid }
    }

    private static func tag(_ session: inout FederatedSession, _ token: WebToken) throws {
        guard let claim = token.claims[Claim.tags] else { return }
        var tags: [Tag] = []
        for (name, value) in claim["principal_tags"]?.members ?? [:] {
            guard let text = value.string ?? value.list?.first?.string else { throw STSFault.missingClaim(Claim.tags) }
            tags.append(Tag(Key: name, Value: text))
        }
        try session.tag(tags, transitive: claim["transitive_tag_keys"]?.list?.compactMap(\.string) ?? [])
    }
}

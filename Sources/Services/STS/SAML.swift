import Crypto
import Documents
import Kernel
import Store

/// AssumeRoleWithSAML: a role for somebody whom a SAML provider vouches for. No AWS keys are needed; the response says who
/// calls, and as whom (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html).
enum SAML {
    struct Input: Codable, Sendable {
        var RoleArn: String
        var PrincipalArn: String
        var SAMLAssertion: String
        var PolicyArns: [PolicyReference]?
        var Policy: String?
        var DurationSeconds: Int?
    }
    struct Output: Codable, Sendable {
        var Credentials: CredentialsShape
        var AssumedRoleUser: AssumeRole.Output.User
        var PackedPolicySize: Int?
        var Subject: String
        var SubjectType: String
        var Issuer: String
        var Audience: String
        var NameQualifier: String
        var SourceIdentity: String?
    }
    private static let operation = "AssumeRoleWithSAML"

    static func run(_ input: Input, _ context: Context, _ tokens: SessionTokens) async throws -> Output {
        guard let role = ARN(input.RoleArn), role.service == "iam" else { throw STSFault.invalidRoleARN }
        let provider = try await provider(input.PrincipalArn, context)
        let response = try verified(input.SAMLAssertion, provider)
        try checkTime(response, context)
        let claims = SAMLClaims(response)
        // The response itself says which roles it may be used for.
        guard claims.roles.contains([input.RoleArn, input.PrincipalArn]) else {
            throw STSFault.mayNotAssumeFederated(operation: operation)
        }
        let qualifier = Base64.string(
            Array(Insecure.SHA1.hash(data: Array("\(response.issuer)\(provider.account)/\(provider.name)".utf8))))
        let federated = try claims.session(response, provider, qualifier: qualifier)
        var (session, record) = try await federated.assume(input.RoleArn, operation: operation, context)
        var duration = input.DurationSeconds ?? Limit.roleDurationDefault
        guard duration <= record.maxSessionDuration else { throw STSFault.durationExceedsRole }
        if let end = response.sessionEnd {
            let left = (end + ahead(response, context)).seconds - context.now.seconds
            guard left > 0 else { throw STSFault.samlExpired }
            duration = min(duration, Int(left))
        }
        let packed = try await Session.narrow(
            &session, policy: input.Policy, arns: input.PolicyArns, tags: federated.tagList, context)
        return Output(
            Credentials: try Session.issue(session, duration, context, tokens),
            AssumedRoleUser: .init(AssumedRoleId: session.principalID, Arn: session.arn), PackedPolicySize: packed,
            Subject: response.subject, SubjectType: SAMLClaims.shortFormat(response.format), Issuer: response.issuer,
            Audience: response.recipient, NameQualifier: qualifier, SourceIdentity: session.sourceIdentity)
    }

    private static func provider(_ arn: String, _ context: Context) async throws -> SAMLProviderRecord {
        guard let parsed = ARN(arn), parsed.service == "iam", parsed.resource.hasPrefix("saml-provider/") else {
            throw STSFault.noSAMLProvider
        }
        let key = SAMLProviderRecord.key(parsed.account, String(parsed.resource.dropFirst("saml-provider/".count)))
        guard let provider = try await context.store.read({ try $0.record(SAMLProviderRecord.self, key) }) else {
            throw STSFault.noSAMLProvider
        }
        return provider
    }

    private static func verified(_ text: String, _ provider: SAMLProviderRecord) throws -> SAMLResponse {
        guard let bytes = XMLSignature.base64(text) else { throw STSFault.samlBase64 }
        guard let metadata = SAMLMetadata(provider.metadata) else { throw STSFault.samlMetadata }
        return try SAMLResponse(bytes, from: metadata)
    }

    /// Providers tell the machine's time. A response ages on the platform's clock from the moment that it showed when the
    /// response was made.
    private static func checkTime(_ response: SAMLResponse, _ context: Context) throws {
        let ahead = ahead(response, context)
        let now = context.now
        guard now < response.issued + ahead + Limit.samlAge else { throw STSFault.samlTooLate }
        guard now < response.expiry + ahead else { throw STSFault.samlExpired }
        let earliest = max(response.issued, response.notBefore ?? response.issued)
        guard earliest.seconds <= now.seconds + Limit.tokenSkew else { throw STSFault.tokenNotYetValid }
    }

    private static func ahead(_ response: SAMLResponse, _ context: Context) -> Duration {
        max(context.platform.clock.offset(at: response.issued), .zero)
    }
}

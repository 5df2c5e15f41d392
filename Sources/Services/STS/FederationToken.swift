import Documents
import Kernel

/// GetFederationToken: a name of the caller's choosing, narrowed by the policies that are passed.
enum FederationToken {
    struct Input: Codable, Sendable {
        var Name: String
        var Policy: String?
        var PolicyArns: [PolicyReference]?
        var DurationSeconds: Int?
        var Tags: [Tag]?
    }
    struct Output: Codable, Sendable {
        struct User: Codable, Sendable { var FederatedUserId, Arn: String }
        var Credentials: CredentialsShape
        var FederatedUser: User
        var PackedPolicySize: Int?
    }

    static func run(_ input: Input, _ context: Context, _ tokens: SessionTokens) async throws -> Output {
        let arn = ARN("sts", account: context.account, "federated-user/\(input.Name)").description
        let id = "\(context.account):\(input.Name)"
        var session = Caller(.federatedUser, account: context.account, arn: arn, principalID: id)
        // The identity behind a federated user is its issuer.
        session.roleARN = context.caller.arn
        session.issuerID = context.caller.kind == .user ? context.caller.principalID : nil
        session.sessionName = input.Name
        let tags = try Session.table(input.Tags)
        session.sessionTags = tags.isEmpty ? nil : tags
        let packed = try await Session.narrow(
            &session, policy: input.Policy, arns: input.PolicyArns, tags: input.Tags, context)
        let duration = try SessionToken.duration(input.DurationSeconds, context.caller)
        return Output(
            Credentials: try Session.issue(session, duration, context, tokens),
            FederatedUser: Output.User(FederatedUserId: id, Arn: arn), PackedPolicySize: packed)
    }
}

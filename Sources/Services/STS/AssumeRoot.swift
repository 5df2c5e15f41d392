import Documents
import Kernel
import Store

/// AssumeRoot: a short session as a member account's root, for one privileged task (IAM User Guide, "Perform a privileged
/// task on an AWS Organizations member account").
enum AssumeRoot {
    struct Input: Codable, Sendable {
        var TargetPrincipal: String
        var TaskPolicyArn: PolicyReference
        var DurationSeconds: Int?
    }
    struct Output: Codable, Sendable {
        var Credentials: CredentialsShape
        var SourceIdentity: String?
    }

    private static let prefix = "arn:aws:iam::aws:policy/root-task/"

    /// The right is the caller's account's to give; that the account may is for the organization to say, below.
    static func permissions(_ input: Document, _ context: Context) throws -> [Permission] {
        let target = try root(input["TargetPrincipal"]?.string ?? "")
        guard context.caller.kind != .root else { throw denied(context, target) }
        let policy = input["TaskPolicyArn"]?["arn"]?.string
        var permission = Permission(
            "sts:AssumeRoot", on: target, conditions: policy.map { ["sts:TaskPolicyArn": [$0]] } ?? [:])
        permission.facts = ResourceFacts(account: context.account)
        return [permission]
    }

    static func run(_ input: Input, _ context: Context, _ tokens: SessionTokens) async throws -> Output {
        let target = try root(input.TargetPrincipal)
        let account = ARN(target)?.account ?? ""
        guard let policy = input.TaskPolicyArn.arn, policy.hasPrefix(prefix), AWSManagedPolicies.json(policy) != nil else {
            throw STSFault.taskPolicyUnknown(input.TaskPolicyArn.arn ?? "")
        }
        let (own, other) = try await context.store.read { snapshot in
            (try snapshot.organizationSeat(of: context.account), try snapshot.organizationSeat(of: account))
        }
        guard let own, own.isManagement || own.isDelegated, own.organization.rootAccess?.contains("RootSessions") ?? false,
            let other, other.organization.id == own.organization.id, !other.isManagement, other.member.status == .active
        else { throw denied(context, target) }
        var session = Caller.root(of: account)
        session.sessionPolicyARNs = [policy]
        session.sourceIdentity = context.caller.sourceIdentity
        return Output(
            Credentials: try Session.issue(session, input.DurationSeconds ?? Limit.taskDuration, context, tokens),
            SourceIdentity: session.sourceIdentity)
    }

    private static func denied(_ context: Context, _ target: String) -> STSFault {
        .mayNot(caller: context.caller.arn, action: "sts:AssumeRoot", resource: target)
    }

    /// An account's number, or its root's ARN.
    private static func root(_ principal: String) throws -> String {
        let account = principal.utf8.count == 12 ? principal : ARN(principal)?.account ?? ""
        let arn = ARN("iam", account: account, "root").description
        guard account.utf8.count == 12, account.utf8.allSatisfy({ (48...57).contains($0) }),
            principal == account || principal == arn
        else { throw STSFault.targetInvalid(principal) }
        return arn
    }
}

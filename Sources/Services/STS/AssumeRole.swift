import Documents
import Kernel
import Store

enum AssumeRole {
    struct Input: Codable, Sendable {
        var RoleArn: String
        var RoleSessionName: String
        var PolicyArns: [PolicyReference]?
        var Policy: String?
        var DurationSeconds: Int?
        var Tags: [Tag]?
        var TransitiveTagKeys: [String]?
        var SerialNumber: String?
        var TokenCode: String?
        var SourceIdentity: String?
        var ProvidedContexts: [Context]?

        struct Context: Codable, Sendable { var ProviderArn: String? }
    }
    struct Output: Codable, Sendable {
        struct User: Codable, Sendable { var AssumedRoleId, Arn: String }
        var Credentials: CredentialsShape
        var AssumedRoleUser: User
        var PackedPolicySize: Int?
        var SourceIdentity: String?
    }

    /// AssumeRole itself; tags and a source identity are rights of their own.
    static func permissions(_ input: Document, _ context: Context) throws -> [Permission] {
        guard let arn = input["RoleArn"]?.string, ARN(arn)?.service == "iam" else { throw STSFault.invalidRoleARN }
        if context.caller.kind == .federatedUser { throw STSFault.sessionCredentials(operation: "AssumeRole") }
        var (conditions, isTagged) = Session.tagConditions(input)
        for (member, key) in [
            ("ExternalId", "sts:ExternalId"), ("RoleSessionName", "sts:RoleSessionName"),
            ("SourceIdentity", "sts:SourceIdentity"),
        ] {
            if let value = input[member]?.string { conditions[key] = [value] }
        }
        isTagged = isTagged || !(context.caller.transitiveTagKeys ?? []).isEmpty
        var actions = ["sts:AssumeRole"]
        if isTagged { actions.append("sts:TagSession") }
        if input["SourceIdentity"] != nil { actions.append("sts:SetSourceIdentity") }
        return actions.map { Permission($0, on: arn, conditions: conditions) }
    }

    static func run(_ input: Input, _ context: Context, _ tokens: SessionTokens) async throws -> Output {
        guard input.ProvidedContexts?.isEmpty ?? true else { throw STSFault.contextsNotSupported }
        // No MFA devices can be registered, so no code is right.
        guard input.SerialNumber == nil, input.TokenCode == nil else { throw STSFault.noMFA }
        guard let role = try await context.store.read({ try $0.role(input.RoleArn) }) else {
            throw STSFault.mayNotAssume(caller: context.caller.arn, role: input.RoleArn)
        }
        let duration = try duration(input, role, context.caller)
        let arn = ARN("sts", account: role.account, "assumed-role/\(role.name)/\(input.RoleSessionName)").description
        var session = Caller(
            .assumedRole, account: role.account, arn: arn, principalID: "\(role.id):\(input.RoleSessionName)")
        (session.roleARN, session.sessionName) = (role.arn, input.RoleSessionName)
        if let fixed = context.caller.sourceIdentity, let asked = input.SourceIdentity, asked != fixed {
            throw STSFault.sourceIdentityFixed
        }
        session.sourceIdentity = context.caller.sourceIdentity ?? input.SourceIdentity
        try tag(&session, input, context.caller)
        let packed = try await Session.narrow(
            &session, policy: input.Policy, arns: input.PolicyArns, tags: input.Tags, context)
        return Output(
            Credentials: try Session.issue(session, duration, context, tokens),
            AssumedRoleUser: Output.User(AssumedRoleId: session.principalID, Arn: arn), PackedPolicySize: packed,
            SourceIdentity: session.sourceIdentity)
    }

    private static func duration(_ input: Input, _ role: RoleRecord, _ caller: Caller) throws -> Int {
        let duration = input.DurationSeconds ?? Limit.roleDurationDefault
        if caller.kind == .assumedRole, duration > Limit.chainDuration { throw STSFault.durationExceedsChain }
        // The role's limit is for those who assume it themselves, not for the services that carry it to a machine.
        guard caller.kind == .service || duration <= role.maxSessionDuration else { throw STSFault.durationExceedsRole }
        return duration
    }

    /// The session's tags: those asked for, and those that the calling session hands on.
    private static func tag(_ session: inout Caller, _ input: Input, _ caller: Caller) throws {
        var tags = try Session.table(input.Tags)
        var transitive = input.TransitiveTagKeys ?? []
        let asked = Set(tags.keys.map { $0.lowercased() })
        for key in transitive where !asked.contains(key.lowercased()) { throw STSFault.transitiveTagMissing(key) }
        for key in caller.transitiveTagKeys ?? [] {
            guard !asked.contains(key.lowercased()) else { throw STSFault.transitiveTagConflict }
            if let value = caller.sessionTags?.first(where: { $0.key.lowercased() == key.lowercased() }) {
                tags[value.key] = value.value
            }
            transitive.append(key)
        }
        session.sessionTags = tags.isEmpty ? nil : tags
        session.transitiveTagKeys = transitive.isEmpty ? nil : transitive
    }
}

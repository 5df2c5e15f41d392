import Documents
import Kernel
import Store

/// AWS Security Token Service (https://docs.aws.amazon.com/STS/latest/APIReference/): temporary credentials, sealed and
/// without a record of their own.
public struct STSService: Service {
    public static let id = "sts"
    let tokens: SessionTokens
    private let providers = ProviderKeys()

    /// - Parameter tokens: the sealer that authentication opens tokens with.
    public init(tokens: SessionTokens) { self.tokens = tokens }

    public func register(in operations: inout Operations) {
        let tokens = self.tokens
        operations.on("GetCallerIdentity") { (_: Nothing, context) in CallerIdentity(context.caller) }
        operations.on("AssumeRole") { (input: AssumeRole.Input, context) in
            try await AssumeRole.run(input, context, tokens)
        }
        operations.on("AssumeRoot") { (input: AssumeRoot.Input, context) in try await AssumeRoot.run(input, context, tokens) }
        operations.on("GetSessionToken") { (input: SessionToken.Input, context) in
            try await SessionToken.run(input, context, tokens)
        }
        operations.on("GetFederationToken") { (input: FederationToken.Input, context) in
            try await FederationToken.run(input, context, tokens)
        }
        let providers = self.providers
        operations.on("AssumeRoleWithWebIdentity") { (input: WebIdentity.Input, context) in
            try await WebIdentity.run(input, context, tokens, providers)
        }
        operations.on("AssumeRoleWithSAML") { (input: SAML.Input, context) in try await SAML.run(input, context, tokens) }
        operations.on("GetAccessKeyInfo") { (input: AccessKeyInfo.Input, context) in
            try await AccessKeyInfo.run(input, context)
        }
        operations.on("DecodeAuthorizationMessage") { (input: DecodeAuthorizationMessage.Input, context) in
            try DecodeAuthorizationMessage.run(input, context)
        }
        refuseUnbuilt(in: &operations)
    }

    public var actions: ActionMap {
        [
            // These two are everybody's right.
            "GetCallerIdentity": { _, _ in [] },
            "GetSessionToken": { _, _ in [] },
            // Who calls is told by what it brings, which the operation verifies before it asks the role's trust policy.
            "AssumeRoleWithWebIdentity": { _, _ in [] },
            "AssumeRoleWithSAML": { _, _ in [] },
            "GetAccessKeyInfo": { _, context in
                try Session.mustNotBeUserSession(context.caller, operation: "GetAccessKeyInfo")
                return [Permission("sts:GetAccessKeyInfo", on: "*")]
            },
            "AssumeRole": { input, context in try await AssumeRole.permissions(input, context) },
            "AssumeRoot": { input, context in try AssumeRoot.permissions(input, context) },
            "DecodeAuthorizationMessage": { _, _ in [Permission("sts:DecodeAuthorizationMessage", on: "*")] },
            "GetFederationToken": { input, context in
                try Session.mustBeLongTerm(context.caller, operation: "GetFederationToken")
                let name = input["Name"]?.string ?? ""
                let arn = ARN("sts", account: context.account, "federated-user/\(name)").description
                let (conditions, tagged) = Session.tagConditions(input)
                return ["sts:GetFederationToken"].map { Permission($0, on: arn, conditions: conditions) }
                    + (tagged ? [Permission("sts:TagSession", on: arn, conditions: conditions)] : [])
            },
        ]
    }

    static let denialCode = "AccessDenied"

    public func denied(_ message: String) -> AWSError { AWSError(Self.denialCode, 403, message) }

    /// A role, with the trust policy that decides who may assume it.
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let role = try await platform.store.read({ try $0.role(arn) }) else { return nil }
        return ResourceFacts(account: role.account, policy: role.trustPolicy, isTrustPolicy: true, tags: role.tags.byKey)
    }
}

extension Snapshot {
    /// The role of exactly this ARN, its path included.
    func role(_ text: String) throws -> RoleRecord? {
        guard let arn = ARN(text), arn.service == "iam", arn.resource.hasPrefix("role/"),
            let name = arn.resource.split(separator: "/").last.map(String.init),
            let role = try record(RoleRecord.self, RoleRecord.key(arn.account, name)), role.arn == text
        else { return nil }
        return role
    }
}

/// GetCallerIdentity's answer.
struct CallerIdentity: Codable, Sendable {
    var UserId: String
    var Account: String
    var Arn: String

    init(_ caller: Caller) { (UserId, Account, Arn) = (caller.principalID, caller.account, caller.arn) }
}

enum AccessKeyInfo {
    struct Input: Codable, Sendable { var AccessKeyId: String }
    struct Output: Codable, Sendable { var Account: String }

    /// A key tells its account by itself, whether there is one or not; those that don't have a record.
    static func run(_ input: Input, _ context: Context) async throws -> Output {
        let key = try await context.store.read { try $0.record(AccessKeyRecord.self, AccessKeyRecord.key(input.AccessKeyId)) }
        let isForm = input.AccessKeyId.hasPrefix("ASIA") || input.AccessKeyId.hasPrefix("AKIA")
        guard let account = key?.account ?? (isForm ? AccessKeyID.account(of: input.AccessKeyId) : nil) else {
            throw STSFault.unknownAccessKey(input.AccessKeyId)
        }
        return Output(Account: account)
    }
}

import Documents
import Kernel
import Policy
import Store

/// GetKeyPolicy, PutKeyPolicy, ListKeyPolicies. A key has one policy, named `default`.
extension KMSService {
    struct PolicyNameInput: Codable, Sendable {
        var KeyId: String
        var PolicyName: String?
    }
    struct PolicyOutput: Codable, Sendable {
        var Policy: String
        var PolicyName: String
    }

    func getPolicy(_ input: PolicyNameInput, _ context: Context) async throws -> PolicyOutput {
        guard input.PolicyName ?? "default" == "default" else { throw KMSFault.noSuchPolicy }
        let policy = try await context.store.read {
            try NamedPrincipals.shown(self.managed(input.KeyId, context, $0).key.policy, in: $0)
        }
        return PolicyOutput(Policy: policy, PolicyName: "default")
    }

    struct PutPolicyInput: Codable, Sendable {
        var KeyId: String
        var PolicyName: String?
        var Policy: String
        var BypassPolicyLockoutSafetyCheck: Bool?
    }

    func putPolicy(_ input: PutPolicyInput, _ context: Context) async throws -> Nothing {
        guard input.PolicyName ?? "default" == "default" else {
            throw KMSFault.noSuchPolicy
        }
        try await context.store.write { transaction in
            // In every state of the key, also while it waits for its deletion (Developer Guide, "Key states").
            var key = try self.managed(input.KeyId, context, transaction).key
            let policy = try KeyPolicyRules.checked(
                input.Policy, key.arn, context, bypass: input.BypassPolicyLockoutSafetyCheck == true)
            key.policy = try KeyPolicyRules.bound(policy, in: transaction)
            try transaction.keep(key)
        }
        return Nothing()
    }

    struct ListOfKeyInput: Codable, Sendable {
        var KeyId: String
        var Limit: Int?
        var Marker: String?
    }
    struct PolicyNamesOutput: Codable, Sendable {
        var PolicyNames: [String]
        var Truncated: Bool
    }

    func listPolicies(_ input: ListOfKeyInput, _ context: Context) async throws -> PolicyNamesOutput {
        let page = try KeyPage(input.Limit, input.Marker, of: context.list(input.KeyId), standard: 100)
        _ = try await context.store.read { try self.managed(input.KeyId, context, $0) }
        return PolicyNamesOutput(PolicyNames: page.after == nil ? ["default"] : [], Truncated: false)
    }
}

/// What a key policy must be before it is kept.
enum KeyPolicyRules {
    /// - Parameter text: nil for the default policy, which lets the account's IAM policies decide.
    /// - Throws: ``KMSFault/malformedPolicy(_:)``, ``KMSFault/lockout``.
    static func checked(_ text: String?, _ arn: String, _ context: Context, bypass: Bool) throws -> String {
        guard let text else { return standard(context.account) }
        let document: PolicyDocument
        do {
            document = try PolicyDocument(json: text, kind: .resource, bytesMax: KMSLimit.policyBytes)
        } catch {
            throw KMSFault.malformedPolicy(message(error))
        }
        if !bypass, !allowsChange(document, arn, context) { throw KMSFault.lockout }
        return text
    }

    /// A policy as it is kept. The users and roles that it names must exist, whoever's they are.
    /// - Throws: ``KMSFault/malformedPolicy(_:)``.
    static func bound(_ policy: String, in transaction: Transaction) throws -> String {
        try NamedPrincipals.bound(policy, in: transaction) { _ in KMSFault.malformedPolicy(badPrincipal) }
    }
    private static let badPrincipal = "Policy contains a statement with one or more invalid principals."

    private static func message(_ reason: MalformedPolicy) -> String {
        if case .invalidPrincipal = reason { badPrincipal } else { reason.message }
    }

    /// Would the caller still be allowed to put a policy? Its identity policies are taken to allow it.
    private static func allowsChange(_ document: PolicyDocument, _ arn: String, _ context: Context) -> Bool {
        guard let everything = try? PolicyDocument(json: allowAll, kind: .identity) else { return false }
        let caller = context.caller
        let request = EvaluationRequest(
            action: "kms:PutKeyPolicy", resource: arn, principal: caller.principal,
            context: [
                "kms:CallerAccount": [caller.account], "aws:PrincipalAccount": [caller.account],
                "aws:PrincipalArn": [caller.roleARN ?? caller.arn], "aws:RequestedRegion": [context.region],
            ])
        let policies = PolicySet(
            identity: [NamedPolicy("assumed", everything)], resource: NamedPolicy("key policy", document),
            resourcePolicyRequired: true)
        return Evaluator.evaluate(request, policies, resourceAccount: context.account).isAllowed
    }
    private static let allowAll =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#

    /// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    static func standard(_ account: String) -> String {
        """
        {
          "Version" : "2012-10-17",
          "Id" : "key-default-1",
          "Statement" : [ {
            "Sid" : "Enable IAM User Permissions",
            "Effect" : "Allow",
            "Principal" : {
              "AWS" : "arn:aws:iam::\(account):root"
            },
            "Action" : "kms:*",
            "Resource" : "*"
          } ]
        }
        """
    }
}

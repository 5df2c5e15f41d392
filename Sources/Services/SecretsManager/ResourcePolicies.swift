import Documents
import Kernel
import Policy
import Store

/// A secret's resource policy
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html).
extension SecretsManagerService {
    struct PutPolicyInput: Decodable, Sendable {
        var SecretId: String
        var ResourcePolicy: String
        var PolicyName: String?
        var BlockPublicPolicy: Bool?
    }

    /// A secret has one policy, and this is its name.
    private static let onlyPolicy = "default"

    struct PolicyChangeOutput: Codable, Sendable {
        var ARN: String
        var Name: String
        var PolicyName = SecretsManagerService.onlyPolicy

        init(_ secret: SecretRecord) { (ARN, Name) = (secret.arn, secret.name) }
    }

    private static func mustBeChangeable(_ name: String?) throws {
        guard name ?? onlyPolicy == onlyPolicy else {
            throw SecretsFault.invalidParameter("Only the resource policy named \(onlyPolicy) can be changed.")
        }
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
    func putPolicy(_ input: PutPolicyInput, _ context: Context) async throws -> PolicyChangeOutput {
        try Self.mustBeChangeable(input.PolicyName)
        if let error = Self.syntaxError(input.ResourcePolicy) { throw SecretsFault.malformedPolicy(error) }
        if input.BlockPublicPolicy == true, Self.isPublic(input.ResourcePolicy) { throw SecretsFault.publicPolicy }
        let secret = try await change(input.SecretId, context) { secret, transaction in
            if secret.isReplica { throw SecretsFault.replica }
            secret.policy = try NamedPrincipals.bound(input.ResourcePolicy, in: transaction) { _ in
                SecretsFault.unknownPrincipal
            }
        }
        return PolicyChangeOutput(secret)
    }

    struct PolicyInput: Decodable, Sendable {
        var SecretId: String
        var PolicyName: String?
    }

    struct PolicyOutput: Codable, Sendable {
        var ARN: String
        var Name: String
        var ResourcePolicy: String?
        var PolicyName: String
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html
    func getPolicy(_ input: PolicyInput, _ context: Context) async throws -> PolicyOutput {
        let name = input.PolicyName ?? Self.onlyPolicy
        guard name == Self.onlyPolicy else { throw SecretsFault.noPolicy(name) }
        return try await context.store.read { snapshot in
            let secret = try snapshot.secret(input.SecretId, context)
            let policy = try secret.policy.map { try NamedPrincipals.shown($0, in: snapshot) }
            return PolicyOutput(ARN: secret.arn, Name: secret.name, ResourcePolicy: policy, PolicyName: name)
        }
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html
    func deletePolicy(_ input: PolicyInput, _ context: Context) async throws -> PolicyChangeOutput {
        try Self.mustBeChangeable(input.PolicyName)
        let secret = try await change(input.SecretId, context) { secret, _ in
            if secret.isReplica { throw SecretsFault.replica }
            secret.policy = nil
        }
        return PolicyChangeOutput(secret)
    }

    struct ListPoliciesInput: Decodable, Sendable {
        var SecretId: String
        var MaxResults: Int?
        var NextToken: String?
    }

    struct ListPoliciesOutput: Codable, Sendable {
        struct Summary: Codable, Sendable { var PolicyName: String }
        var ResourcePolicies: [Summary]
    }

    /// One policy at most: every page holds it.
    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListResourcePolicies.html
    func listPolicies(_ input: ListPoliciesInput, _ context: Context) async throws -> ListPoliciesOutput {
        let secret = try await context.store.read { try $0.secret(input.SecretId, context) }
        if input.NextToken != nil { throw SecretsFault.invalidNextToken }
        return ListPoliciesOutput(ResourcePolicies: secret.policy == nil ? [] : [.init(PolicyName: Self.onlyPolicy)])
    }

    struct ValidateInput: Decodable, Sendable {
        var SecretId: String?
        var ResourcePolicy: String
    }

    struct ValidateOutput: Codable, Sendable {
        struct Finding: Codable, Sendable {
            var CheckName: String
            var ErrorMessage: String
        }
        var PolicyValidationPassed: Bool
        var ValidationErrors: [Finding]
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
    func validatePolicy(_ input: ValidateInput, _ context: Context) async throws -> ValidateOutput {
        if let id = input.SecretId { _ = try await context.store.read { try $0.secret(id, context) } }
        var findings: [ValidateOutput.Finding] = []
        if let error = Self.syntaxError(input.ResourcePolicy) {
            findings.append(.init(CheckName: "SYNTAX_CHECK", ErrorMessage: error))
        } else if Self.isPublic(input.ResourcePolicy) {
            findings.append(
                .init(CheckName: "PUBLIC_POLICY_CHECK", ErrorMessage: "The resource policy grants broad access to the secret."))
        }
        return ValidateOutput(PolicyValidationPassed: findings.isEmpty, ValidationErrors: findings)
    }

    private static func syntaxError(_ json: String) -> String? {
        do {
            _ = try PolicyDocument(json: json, kind: .resource, bytesMax: SecretsLimit.policyBytes)
            return nil
        } catch { return error.message }
    }

    /// Conditions on these keys tie a statement to known callers.
    private static let narrowing: Set<String> = [
        "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:sourceaccount",
        "aws:sourcearn", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:userid",
    ]

    /// Whether some statement lets everybody in.
    private static func isPublic(_ json: String) -> Bool {
        guard let policy = try? JSON.parse(json), let element = policy["Statement"] else { return false }
        return (element.list ?? [element]).contains { statement in
            guard statement["Effect"]?.string == "Allow" else { return false }
            let principal = statement["Principal"]
            let named = principal?["AWS"] ?? principal
            let isOpen = statement["NotPrincipal"] != nil || (named?.list ?? [named ?? .null]).contains("*")
            let keys = (statement["Condition"]?.members ?? [:]).values.flatMap { $0.members?.keys.map { $0.lowercased() } ?? [] }
            return isOpen && narrowing.isDisjoint(with: keys)
        }
    }
}

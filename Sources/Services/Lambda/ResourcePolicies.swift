import Documents
import Kernel
import Policy
import Store

/// PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy: the policy of a function, a version or an alias as one
/// document, which AddPermission and RemovePermission change statement by statement
/// (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html).
extension LambdaService {
    struct PutResourcePolicyInput: Decodable, Sendable {
        var ResourceArn: String
        var Policy: String
        var RevisionId: String?
    }

    struct ResourcePolicyInput: Decodable, Sendable { var ResourceArn: String }

    struct DeleteResourcePolicyInput: Decodable, Sendable {
        var ResourceArn: String
        var RevisionId: String?
    }

    func putResourcePolicy(_ input: PutResourcePolicyInput, _ context: Context) async throws -> PolicyOutput {
        let name = try Self.policed(input.ResourceArn, context)
        guard name.qualifier != "$LATEST" else {
            throw LambdaFault.invalidParameter("We currently do not support adding policies for $LATEST.")
        }
        guard input.Policy.utf8.count <= PolicyLimit.size else { throw PolicyLimit.tooLong }
        do throws(MalformedPolicy) {
            try ResourcePolicyRules(vendor: "lambda", bytesMax: PolicyLimit.size).check(input.Policy)
        } catch {
            throw LambdaFault.invalidParameter("The policy is not valid: \(error.message)")
        }
        let revision = Identifier.uuid()
        let kept = try await context.store.write { transaction in
            var record = try PolicyHolder(name, in: transaction)
            let policy = try NamedPrincipals.bound(input.Policy, in: transaction) { _ in Self.wrongPrincipal }
            try record.replace(with: try JSON.parse(policy), expected: input.RevisionId, revision: revision)
            try record.put(into: transaction)
            return record.policy ?? ""
        }
        return PolicyOutput(Policy: try await context.store.shown(policy: kept), RevisionId: revision)
    }

    func getResourcePolicy(_ input: ResourcePolicyInput, _ context: Context) async throws -> PolicyOutput {
        let name = try Self.policed(input.ResourceArn, context)
        let record = try await context.store.read { try PolicyHolder(name, in: $0) }
        guard let policy = record.policy else { throw LambdaFault.noPolicy }
        return PolicyOutput(Policy: try await context.store.shown(policy: policy), RevisionId: record.revision)
    }

    func deleteResourcePolicy(_ input: DeleteResourcePolicyInput, _ context: Context) async throws -> Nothing {
        let name = try Self.policed(input.ResourceArn, context)
        let revision = Identifier.uuid()
        try await context.store.write { transaction in
            var record = try PolicyHolder(name, in: transaction)
            guard record.policy != nil else { throw LambdaFault.noPolicy }
            try record.removeAll(expected: input.RevisionId, revision: revision)
            try record.put(into: transaction)
        }
        return Nothing()
    }

    /// Only whole ARNs name what has such a policy.
    private static func policed(_ arn: String, _ context: Context) throws(LambdaFault) -> FunctionName {
        guard arn.hasPrefix("arn:") else { throw .invalidParameter("Value '\(arn)' is not a function ARN") }
        return try FunctionName(arn, context)
    }
}

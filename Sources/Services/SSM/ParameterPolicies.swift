import Crypto
import Documents
import Kernel
import Policy
import Store

/// Resource policies of advanced parameters, by which accounts share them
/// (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html).
extension SSMService {
    struct PutPolicyInput: Decodable, Sendable {
        var ResourceArn: String
        var Policy: String
        var PolicyId: String?
        var PolicyHash: String?
    }

    struct PolicyOutput: Codable, Sendable {
        var PolicyId: String
        var PolicyHash: String
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutResourcePolicy.html
    func putPolicy(_ input: PutPolicyInput, _ context: Context) async throws -> PolicyOutput {
        let name = try Self.own(input.ResourceArn, context)
        do { _ = try PolicyDocument(json: input.Policy, kind: .resource) } catch {
            throw SSMFault.resourcePolicyMalformed(error.message)
        }
        guard (input.PolicyId == nil) == (input.PolicyHash == nil) else {
            throw SSMFault.resourcePolicyInvalid("To update a policy, give its PolicyId and its PolicyHash.")
        }
        let hash = Hex.encode(SHA256.hash(data: Array(input.Policy.utf8)))
        let id = input.PolicyId ?? Identifier.uuid()
        return try await context.store.write { transaction in
            guard var record = try transaction.record(ParameterRecord.self, name.key) else {
                throw SSMFault.resourceNotFound(input.ResourceArn)
            }
            guard record.newest.tier == ParameterTier.advanced else {
                throw SSMFault.resourcePolicyInvalid("Only parameters of the advanced tier can have resource policies.")
            }
            let policy = ParameterRecord.ResourcePolicy(
                id: id, hash: hash, json: try NamedPrincipals.bound(input.Policy, in: transaction))
            if input.PolicyId != nil {
                guard let index = record.resourcePolicies.firstIndex(where: { $0.id == id }) else {
                    throw SSMFault.resourcePolicyNotFound
                }
                guard record.resourcePolicies[index].hash == input.PolicyHash else { throw SSMFault.resourcePolicyConflict }
                record.resourcePolicies[index] = policy
            } else {
                guard record.resourcePolicies.count < SSMLimit.resourcePolicies else { throw SSMFault.resourcePolicyLimit }
                record.resourcePolicies.append(policy)
            }
            try transaction.put(record.key, record)
            return PolicyOutput(PolicyId: id, PolicyHash: hash)
        }
    }

    struct GetPoliciesInput: Decodable, Sendable {
        var ResourceArn: String
        var NextToken: String?
        var MaxResults: Int?
    }

    struct GetPoliciesOutput: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var PolicyId: String
            var PolicyHash: String
            var Policy: String
        }
        var Policies: [Entry]
        var NextToken: String?
    }

    /// All of them fit one page: a parameter has one.
    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetResourcePolicies.html
    func getPolicies(_ input: GetPoliciesInput, _ context: Context) async throws -> GetPoliciesOutput {
        if input.NextToken != nil { throw SSMFault.resourcePolicyInvalid("The specified token is not valid.") }
        let name = try Self.own(input.ResourceArn, context)
        guard let record = try await context.store.read({ try $0.record(ParameterRecord.self, name.key) }) else {
            throw SSMFault.resourceNotFound(input.ResourceArn)
        }
        var policies: [GetPoliciesOutput.Entry] = []
        for kept in record.resourcePolicies {
            let policy = try await context.store.shown(policy: kept.json)
            policies.append(.init(PolicyId: kept.id, PolicyHash: kept.hash, Policy: policy))
        }
        return GetPoliciesOutput(Policies: policies)
    }

    struct DeletePolicyInput: Decodable, Sendable {
        var ResourceArn: String
        var PolicyId: String
        var PolicyHash: String
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteResourcePolicy.html
    func deletePolicy(_ input: DeletePolicyInput, _ context: Context) async throws -> Nothing {
        let name = try Self.own(input.ResourceArn, context)
        try await context.store.write { transaction in
            guard var record = try transaction.record(ParameterRecord.self, name.key) else {
                throw SSMFault.resourceNotFound(input.ResourceArn)
            }
            guard let index = record.resourcePolicies.firstIndex(where: { $0.id == input.PolicyId }) else {
                throw SSMFault.resourcePolicyNotFound
            }
            guard record.resourcePolicies[index].hash == input.PolicyHash else { throw SSMFault.resourcePolicyConflict }
            record.resourcePolicies.remove(at: index)
            try transaction.put(record.key, record)
        }
        return Nothing()
    }

    private static func own(_ arn: String, _ context: Context) throws -> ParameterName {
        let name = ParameterName(arn, context)
        guard name.isARN else { throw SSMFault.resourcePolicyInvalid("The ResourceArn is not a parameter's ARN.") }
        guard name.region == context.region else { throw SSMFault.resourceNotFound(arn) }
        return name
    }
}

import Documents
import Kernel
import Policy
import Store

struct PutResourcePolicyInput: Codable, Sendable {
    var ResourceArn: String
    var Policy: String
    var ExpectedRevisionId: String?
    var ConfirmRemoveSelfResourceAccess: Bool?
}
struct RevisionOutput: Codable, Sendable { var RevisionId: String? }
struct ResourceArnInput: Codable, Sendable { var ResourceArn: String }
struct GetResourcePolicyOutput: Codable, Sendable {
    var Policy: String
    var RevisionId: String
}
struct DeleteResourcePolicyInput: Codable, Sendable {
    var ResourceArn: String
    var ExpectedRevisionId: String?
}

/// PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html).
extension DynamoDBService {
    enum PolicyLimit {
        static let bytes = 20 * 1_024
        /// What a request expects that expects no policy.
        static let none = "NO_POLICY"
    }

    private static func policedTable(_ arn: String, _ context: Context) throws -> TableName {
        guard !arn.contains("/stream/") else {
            throw AWSError.notImplemented(member: "a stream's policy", context.service, context.operation)
        }
        return try TableName(arn, context)
    }

    static func checkPolicy(_ json: String) throws(DynamoDBFault) {
        do throws(MalformedPolicy) {
            try ResourcePolicyRules(vendor: "dynamodb", bytesMax: PolicyLimit.bytes).check(json)
        } catch {
            throw .validation("Invalid policy document: \(error.message)")
        }
    }

    func putResourcePolicy(_ input: PutResourcePolicyInput, _ context: Context) async throws -> RevisionOutput {
        let name = try Self.policedTable(input.ResourceArn, context)
        try Self.checkPolicy(input.Policy)
        let tables = tables
        return try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.tableNotFound }
            if let expected = input.ExpectedRevisionId, expected != table.policy?.revision ?? PolicyLimit.none {
                throw DynamoDBFault.policyRevisionMismatch
            }
            let policy = try NamedPrincipals.bound(input.Policy, in: transaction)
            if let present = table.policy, present.json == policy { return RevisionOutput(RevisionId: present.revision) }
            let revision =
                String(context.now.milliseconds) + String(context.requestID.prefix(8).utf8.reduce(0) { $0 &* 31 &+ Int($1) })
            table.policy = ResourcePolicyRecord(json: policy, revision: revision)
            try transaction.put(table.key, table)
            return RevisionOutput(RevisionId: revision)
        }
    }

    func getResourcePolicy(_ input: ResourceArnInput, _ context: Context) async throws -> GetResourcePolicyOutput {
        let name = try Self.policedTable(input.ResourceArn, context)
        let tables = tables
        guard let table = try await context.store.read({ try tables.find(name, in: $0) }) else {
            throw DynamoDBFault.tableNotFound
        }
        guard let policy = table.policy else { throw DynamoDBFault.policyNotFound(input.ResourceArn) }
        return GetResourcePolicyOutput(
            Policy: try await context.store.shown(policy: policy.json), RevisionId: policy.revision)
    }

    /// Deleting a policy that is not there is no error.
    func deleteResourcePolicy(_ input: DeleteResourcePolicyInput, _ context: Context) async throws -> RevisionOutput {
        let name = try Self.policedTable(input.ResourceArn, context)
        let tables = tables
        return try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.tableNotFound }
            if let expected = input.ExpectedRevisionId, expected != table.policy?.revision {
                throw DynamoDBFault.policyRevisionMismatch
            }
            let revision = table.policy?.revision
            table.policy = nil
            try transaction.put(table.key, table)
            return RevisionOutput(RevisionId: revision)
        }
    }
}

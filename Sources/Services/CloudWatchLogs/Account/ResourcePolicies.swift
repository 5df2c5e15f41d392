import Documents
import Kernel
import Store

/// A policy of the account that lets services and other accounts use its groups.
struct LogPolicyRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var name: String
    var document: String
    var updated: Timestamp

    static func all(_ account: String, _ region: String) -> Key { Key(.logResourcePolicy, .text(account), .text(region)) }
    var key: Key { Self.all(account, region).appending(.text(name)) }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
extension CloudWatchLogsService {
    struct PolicyInput: Decodable, Sendable {
        var policyName: String?
        var policyDocument: String?
        var expectedRevisionId: String?
    }

    struct PolicyOutput: Encodable, Sendable {
        struct Policy: Encodable, Sendable {
            var policyName: String
            var policyDocument: String
            var lastUpdatedTime: Int64

            init(_ record: LogPolicyRecord) {
                (policyName, policyDocument, lastUpdatedTime) = (record.name, record.document, record.updated.milliseconds)
            }
        }
        var resourcePolicy: Policy
    }

    func putPolicy(_ input: PolicyInput, _ context: Context) async throws -> PolicyOutput {
        guard let name = input.policyName, let document = input.policyDocument else {
            throw LogsFault.invalid("policyName and policyDocument are required.")
        }
        guard document.utf8.count <= LogsLimit.policyBytes else {
            throw LogsFault.invalid("Policy document is longer than \(LogsLimit.policyBytes) characters.")
        }
        try Self.check(policy: document)
        let record = LogPolicyRecord(
            account: context.account, region: context.region, name: name, document: document, updated: context.now)
        try await context.store.write { transaction in
            let others = try transaction.logPolicies(record.account, record.region).filter { $0.name != name }
            guard others.count < LogsLimit.resourcePolicies else { throw LogsFault.limitExceeded }
            var kept = record
            kept.document = try NamedPrincipals.bound(document, in: transaction)
            try transaction.put(kept.key, kept)
        }
        return PolicyOutput(resourcePolicy: .init(record))
    }

    struct DeletePolicyInput: Decodable, Sendable {
        var policyName: String?
        var expectedRevisionId: String?
    }

    func deletePolicy(_ input: DeletePolicyInput, _ context: Context) async throws -> Nothing {
        let name = input.policyName ?? ""
        let key = LogPolicyRecord.all(context.account, context.region).appending(.text(name))
        try await context.store.write { transaction in
            guard try transaction.contains(key) else { throw LogsFault.policyNotFound(name) }
            try transaction.delete(key)
        }
        return Nothing()
    }

    struct PoliciesInput: Decodable, Sendable {
        var nextToken: String?
        var limit: Int?
        var resourceArn: String?
        var policyScope: String?
    }

    struct PoliciesOutput: Encodable, Sendable {
        var resourcePolicies: [PolicyOutput.Policy]
        var nextToken: String?
    }

    func describePolicies(_ input: PoliciesInput, _ context: Context) async throws -> PoliciesOutput {
        guard input.resourceArn == nil, input.policyScope != "RESOURCE" else { return PoliciesOutput(resourcePolicies: []) }
        let all = try await context.store.read { snapshot in
            try snapshot.logPolicies(context.account, context.region).map { kept in
                var record = kept
                record.document = try NamedPrincipals.shown(kept.document, in: snapshot)
                return record
            }
        }
        let (page, token) = try LogsPage.cut(all, by: \.name, input.nextToken, input.limit, of: context.list())
        return PoliciesOutput(resourcePolicies: page.map { .init($0) }, nextToken: token)
    }
}

extension Snapshot {
    func logPolicies(_ account: String, _ region: String) throws -> [LogPolicyRecord] {
        try all(LogPolicyRecord.self, LogPolicyRecord.all(account, region))
    }

    /// All policies of an account in one; nil without any.
    func logPolicy(_ account: String, _ region: String) throws -> String? {
        let statements = try logPolicies(account, region).flatMap { record -> [Document] in
            // A policy that is kept has been read before; one statement may stand without a list.
            guard let statement = try JSON.parse(record.document)["Statement"] else { return [] }
            return statement.list ?? [statement]
        }
        guard !statements.isEmpty else { return nil }
        return JSON.text(["Version": "2012-10-17", "Statement": .list(statements)])
    }
}

import Documents
import Kernel
import Store

/// The fields that a policy has indexed. Queries here read all events; the policy is kept and shown.
struct IndexPolicy: Sendable {
    /// By name, with `FIELD_INDEX` or `FACET`.
    var fields: [String: String] = [:]

    /// - Throws: ``LogsFault/invalid(_:)`` for a document that names no fields, or too many
    ///   (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs-Field-Indexing-Syntax.html).
    init(_ text: String) throws(LogsFault) {
        guard let document = try? JSON.parse(text), let members = document.members else {
            throw .invalid("The policy document is not a JSON object.")
        }
        for name in members.keys where !["Fields", "FieldsV2"].contains(name) {
            throw .invalid("The policy document has an unknown attribute: \(name)")
        }
        if let list = members["Fields"] {
            guard let names = list.list else { throw .invalid("Fields must be an array of strings.") }
            for name in names {
                guard let name = name.string else { throw .invalid("Fields must be an array of strings.") }
                fields[name] = "FIELD_INDEX"
            }
        }
        if let typed = members["FieldsV2"] {
            guard let entries = typed.members else { throw .invalid("FieldsV2 must be an object.") }
            for (name, entry) in entries {
                guard fields[name] == nil else { throw .invalid("Fields and FieldsV2 must not both name \(name).") }
                let type = entry["type"]?.string ?? ""
                guard ["FIELD_INDEX", "FACET"].contains(type) else {
                    throw .invalid("The type of the field \(name) must be FIELD_INDEX or FACET.")
                }
                fields[name] = type
            }
        }
        guard !fields.isEmpty else { throw .invalid("The policy document must include at least one field index.") }
        guard fields.count <= LogsLimit.indexedFields else {
            throw .invalid("The policy document must not have more than \(LogsLimit.indexedFields) fields.")
        }
        for name in fields.keys where !(1...LogsLimit.indexedFieldName).contains(name.count) {
            throw .invalid("The name of a field must have between 1 and \(LogsLimit.indexedFieldName) characters.")
        }
    }
}

/// A policy of one log group: of field indexes beside its record, of data protection, which each write asks for, within it.
struct GroupPolicyRecord: Stored {
    static let tag: UInt8 = 1
    var document: String
    var updated: Timestamp
}

extension GroupRecord {
    var indexPolicyKey: Key { Key(.logGroupPolicy, .text(account), .text(region), .text(name), .text("index")) }
}

/// PutIndexPolicy, DescribeIndexPolicies, DeleteIndexPolicy and DescribeFieldIndexes.
extension CloudWatchLogsService {
    struct PutIndexInput: Decodable, Sendable {
        var logGroupIdentifier: String
        var policyDocument: String
    }

    struct IndexOutput: Encodable, Sendable {
        struct Policy: Encodable, Sendable {
            var logGroupIdentifier: String
            var lastUpdateTime: Int64
            var policyDocument: String
            var policyName: String?
            var source: String

            init(_ record: GroupPolicyRecord, of group: GroupRecord) {
                (logGroupIdentifier, source) = (group.arn, "LOG_GROUP")
                (lastUpdateTime, policyDocument) = (record.updated.milliseconds, record.document)
            }

            init(_ record: AccountPolicyRecord, of group: GroupRecord) {
                (logGroupIdentifier, source, policyName) = (group.arn, "ACCOUNT", record.name)
                (lastUpdateTime, policyDocument) = (record.updated.milliseconds, record.document)
            }
        }
        var indexPolicy: Policy
    }

    func putIndexPolicy(_ input: PutIndexInput, _ context: Context) async throws -> IndexOutput {
        _ = try IndexPolicy(input.policyDocument)
        let record = GroupPolicyRecord(document: input.policyDocument, updated: context.now)
        let group = try await context.store.write { transaction in
            let group = try transaction.group(nil, input.logGroupIdentifier, context)
            try group.mustBeStandard(for: "Field index policies")
            try transaction.put(group.indexPolicyKey, record)
            return group
        }
        return IndexOutput(indexPolicy: .init(record, of: group))
    }

    struct GroupIdentifier: Decodable, Sendable { var logGroupIdentifier: String }

    func deleteIndexPolicy(_ input: GroupIdentifier, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            let group = try transaction.group(nil, input.logGroupIdentifier, context)
            guard try transaction.contains(group.indexPolicyKey) else {
                throw LogsFault.notFound("The log group has no field index policy.")
            }
            try transaction.delete(group.indexPolicyKey)
        }
        return Nothing()
    }

    struct IndexPolicies: Encodable, Sendable { var indexPolicies: [IndexOutput.Policy] }

    func describeIndexPolicies(_ input: GroupsInput, _ context: Context) async throws -> IndexPolicies {
        try await context.store.read { snapshot in
            IndexPolicies(
                indexPolicies: try input.logGroupIdentifiers.compactMap {
                    try snapshot.indexPolicy(of: snapshot.group(nil, $0, context))
                })
        }
    }
}

extension Snapshot {
    /// A group's own policy, or else the account's that selects it.
    fileprivate func indexPolicy(of group: GroupRecord) throws -> CloudWatchLogsService.IndexOutput.Policy? {
        if let own = try record(GroupPolicyRecord.self, group.indexPolicyKey) { return .init(own, of: group) }
        let all = try all(AccountPolicyRecord.self, AccountPolicyRecord.all(group.account, group.region, .index))
        return try all.first { try $0.selection.map { try GroupSelection(prefix: $0).takes(group.name) } ?? true }
            .map { .init($0, of: group) }
    }
}

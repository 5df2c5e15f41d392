import Documents
import Kernel
import Store

/// A policy for all log groups of an account in a Region, or for some.
struct AccountPolicyRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var name: String
    var kind: AccountPolicyKind
    var document: String
    /// As given.
    var selection: String?
    var updated: Timestamp

    static func all(_ account: String, _ region: String, _ kind: AccountPolicyKind) -> Key {
        Key(.logAccountPolicy, .text(account), .text(region), .text(kind.rawValue))
    }
    var key: Key { Self.all(account, region, kind).appending(.text(name)) }
}

/// The kinds of account policies that are carried out.
enum AccountPolicyKind: String, Codable, Sendable {
    case subscription = "SUBSCRIPTION_FILTER_POLICY"
    case index = "FIELD_INDEX_POLICY"
    case protection = "DATA_PROTECTION_POLICY"

    /// What the caller must be allowed on top of PutAccountPolicy or DeleteAccountPolicy, without its `Put` or `Delete`.
    var action: String {
        switch self {
        case .subscription: "SubscriptionFilter"
        case .index: "IndexPolicy"
        case .protection: "DataProtectionPolicy"
        }
    }
}

/// PutAccountPolicy, DescribeAccountPolicies and DeleteAccountPolicy
/// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html).
extension CloudWatchLogsService {
    struct PutAccountPolicyInput: Decodable, Sendable {
        var policyName: String
        var policyDocument: String
        var policyType: String
        var scope: String?
        var selectionCriteria: String?
        var dryRun: Bool?
    }

    struct AccountPolicyOutput: Encodable, Sendable {
        struct Policy: Encodable, Sendable {
            var policyName: String
            var policyDocument: String
            var lastUpdatedTime: Int64
            var policyType: String
            var scope = "ALL"
            var selectionCriteria: String?
            var accountId: String

            init(_ record: AccountPolicyRecord) {
                (policyName, policyDocument, policyType) = (record.name, record.document, record.kind.rawValue)
                (lastUpdatedTime, selectionCriteria) = (record.updated.milliseconds, record.selection)
                accountId = record.account
            }
        }
        var accountPolicy: Policy
    }

    func putAccountPolicy(_ input: PutAccountPolicyInput, _ context: Context) async throws -> AccountPolicyOutput {
        let kind = try Self.kind(input.policyType, dryRun: input.dryRun, context)
        guard !input.policyName.lowercased().hasPrefix("aws/") else {
            throw LogsFault.invalid("The policy name cannot start with aws/.")
        }
        guard input.policyDocument.count <= LogsLimit.accountPolicyCharacters else {
            throw LogsFault.invalid("The policy document is longer than \(LogsLimit.accountPolicyCharacters) characters.")
        }
        guard (input.selectionCriteria ?? "").utf8.count <= LogsLimit.selectionBytes else {
            throw LogsFault.invalid("The selection criteria are longer than \(LogsLimit.selectionBytes) bytes.")
        }
        let record = AccountPolicyRecord(
            account: context.account, region: context.region, name: input.policyName, kind: kind,
            document: input.policyDocument, selection: input.selectionCriteria, updated: context.now)
        switch kind {
        case .subscription:
            let policy = try AccountSubscription(record)
            try await probe(policy.filter, by: SubscriptionSender(context.platform, forAllOf: record), context)
        case .index:
            _ = try IndexPolicy(input.policyDocument)
            if let criteria = input.selectionCriteria { _ = try GroupSelection(prefix: criteria) }
        case .protection:
            _ = try ProtectionPolicy(input.policyDocument, context.operation)
            guard input.selectionCriteria == nil else {
                throw LogsFault.invalid("selectionCriteria are not valid for the policy type DATA_PROTECTION_POLICY.")
            }
        }
        try await context.store.write { transaction in
            let others = try transaction.all(
                AccountPolicyRecord.self, AccountPolicyRecord.all(record.account, record.region, kind)
            ).filter { $0.name != record.name }
            try record.check(among: others)
            try transaction.put(record.key, record)
        }
        return AccountPolicyOutput(accountPolicy: .init(record))
    }

    private static func kind(_ type: String, dryRun: Bool?, _ context: Context) throws -> AccountPolicyKind {
        if dryRun == true, type != "RETENTION_POLICY" {
            throw LogsFault.invalid("dryRun is valid only for the policy type RETENTION_POLICY.")
        }
        guard let kind = AccountPolicyKind(rawValue: type) else {
            throw AWSError.notImplemented(member: "the policy type \(type)", context.service, context.operation)
        }
        return kind
    }

    struct AccountPoliciesInput: Decodable, Sendable {
        var policyType: String
        var policyName: String?
        var accountIdentifiers: [String]?
        var nextToken: String?
    }

    struct AccountPoliciesOutput: Encodable, Sendable {
        var accountPolicies: [AccountPolicyOutput.Policy]
        var nextToken: String?
    }

    func describeAccountPolicies(
        _ input: AccountPoliciesInput, _ context: Context
    ) async throws -> AccountPoliciesOutput {
        if let others = input.accountIdentifiers, others.contains(where: { $0 != context.account }) {
            throw AWSError.notImplemented(member: "accountIdentifiers", context.service, context.operation)
        }
        // Of the kinds that cannot be made there are none.
        guard let kind = AccountPolicyKind(rawValue: input.policyType) else {
            return AccountPoliciesOutput(accountPolicies: [])
        }
        let all = try await context.store.read {
            try $0.all(AccountPolicyRecord.self, AccountPolicyRecord.all(context.account, context.region, kind)) {
                $0.name == input.policyName ?? $0.name
            }
        }
        let (page, token) = try LogsPage.cut(
            all, by: \.name, input.nextToken, nil, of: context.list(input.policyType, input.policyName))
        return AccountPoliciesOutput(accountPolicies: page.map { .init($0) }, nextToken: token)
    }

    struct DeleteAccountPolicyInput: Decodable, Sendable {
        var policyName: String
        var policyType: String
        var dryRun: Bool?
    }

    func deleteAccountPolicy(_ input: DeleteAccountPolicyInput, _ context: Context) async throws -> Nothing {
        let kind = try Self.kind(input.policyType, dryRun: input.dryRun, context)
        let key = AccountPolicyRecord.all(context.account, context.region, kind).appending(.text(input.policyName))
        try await context.store.write { transaction in
            guard try transaction.contains(key) else { throw LogsFault.policyNotFound(input.policyName) }
            try transaction.delete(key)
        }
        return Nothing()
    }
}

extension AccountPolicyRecord {
    /// How many an account may have, and what each may select beside the others.
    /// - Throws: ``LogsFault``
    fileprivate func check(among others: [AccountPolicyRecord]) throws {
        switch kind {
        case .subscription, .protection:
            guard others.isEmpty else { throw LogsFault.limitExceeded }
        case .index:
            guard others.count < LogsLimit.accountIndexPolicies else { throw LogsFault.limitExceeded }
            let own = try selection.map { try GroupSelection(prefix: $0) }
            for other in others {
                let selected = try other.selection.map { try GroupSelection(prefix: $0) }
                guard own?.overlaps(selected) == false else {
                    throw LogsFault.invalid(
                        "The selection criteria overlap those of the field index policy \(other.name) in this account.")
                }
            }
        }
    }
}

/// Which log groups a policy of the account is for (`selectionCriteria`).
enum GroupSelection: Sendable, Equatable {
    case prefix(String)
    case notIn(Set<String>)

    /// `LogGroupNamePrefix="/aws/lambda"`, with one or two equals signs.
    /// - Throws: ``LogsFault/invalid(_:)``
    init(prefix text: String) throws(LogsFault) {
        var rest = Substring(text).trimmed
        guard rest.hasPrefix("LogGroupNamePrefix") else { throw Self.refusal(text) }
        rest = rest.dropFirst("LogGroupNamePrefix".count).trimmed
        guard rest.first == "=" else { throw Self.refusal(text) }
        rest = rest.drop { $0 == "=" }.trimmed
        guard rest.count > 2, rest.first == "\"", rest.last == "\"" else { throw Self.refusal(text) }
        let name = rest.dropFirst().dropLast()
        guard !name.contains("\"") else { throw Self.refusal(text) }
        self = .prefix(String(name))
    }

    /// `LogGroupName NOT IN ["one", "two"]`
    /// - Throws: ``LogsFault/invalid(_:)``
    init(notIn text: String) throws(LogsFault) {
        let words = text.split(maxSplits: 3, whereSeparator: \.isWhitespace)
        guard words.count == 4, words[0] == "LogGroupName", words[1] == "NOT", words[2] == "IN",
            let names = (try? JSON.parse(String(words[3])))?.list, !names.isEmpty
        else { throw Self.refusal(text) }
        let texts = names.compactMap(\.string)
        guard texts.count == names.count else { throw Self.refusal(text) }
        self = .notIn(Set(texts))
    }

    private static func refusal(_ text: String) -> LogsFault { .invalid("The selection criteria are not valid: \(text)") }

    func takes(_ group: String) -> Bool {
        switch self {
        case .prefix(let prefix): group.hasPrefix(prefix)
        case .notIn(let names): !names.contains(group)
        }
    }

    /// Whether a group may be selected by both; nil selects all.
    func overlaps(_ other: GroupSelection?) -> Bool {
        guard case .prefix(let own) = self, case .prefix(let others)? = other else { return true }
        return own.hasPrefix(others) || others.hasPrefix(own)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let begun = drop(while: \.isWhitespace)
        guard let last = begun.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return begun[...last]
    }
}

import Documents
import Kernel
import Store

/// The subscription filter that an account has for all its log groups, or for all but some
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters-AccountLevel.html).
struct AccountSubscription: Sendable {
    var filter: SubscriptionFilter
    private var selection: GroupSelection?

    /// - Throws: ``LogsFault/invalid(_:)`` for a document or criteria that are none.
    init(_ record: AccountPolicyRecord) throws {
        guard let document = try? JSON.parse(record.document), let members = document.members else {
            throw LogsFault.invalid("The policy document is not a JSON object.")
        }
        let known = ["DestinationArn", "RoleArn", "FilterPattern", "Distribution"]
        for name in members.keys where !known.contains(name) {
            throw LogsFault.invalid("The policy document has an unknown attribute: \(name)")
        }
        func text(_ name: String) throws -> String? {
            guard let value = members[name] else { return nil }
            guard let text = value.string else { throw LogsFault.invalid("\(name) must be a string.") }
            return text
        }
        guard let destination = try text("DestinationArn") else {
            throw LogsFault.invalid("The policy document must have a DestinationArn.")
        }
        let distribution = try text("Distribution") ?? "ByLogStream"
        guard ["ByLogStream", "Random"].contains(distribution) else {
            throw LogsFault.invalid("Distribution must be ByLogStream or Random.")
        }
        let pattern = try text("FilterPattern") ?? ""
        _ = try FilterPattern(pattern)
        filter = SubscriptionFilter(
            name: record.name, pattern: pattern, destination: destination, role: try text("RoleArn"),
            distribution: distribution, created: record.updated)
        selection = try record.selection.map { try GroupSelection(notIn: $0) }
    }

    func takes(_ group: GroupRecord) -> Bool {
        group.shownClass == "STANDARD" && selection?.takes(group.name) ?? true
    }
}

/// A filter that a group's events go through.
struct AppliedFilter: Sendable {
    var filter: SubscriptionFilter
    /// It is the account's, not the group's own.
    var isOfAccount: Bool
}

extension GroupRecord {
    /// The group's own filters, and the account's where it takes this group.
    func subscriptions(in snapshot: any Snapshot) throws -> [AppliedFilter] {
        var filters = (subscriptions ?? []).map { AppliedFilter(filter: $0, isOfAccount: false) }
        try snapshot.records(AccountPolicyRecord.self, AccountPolicyRecord.all(account, region, .subscription)) { _, record in
            let policy = try AccountSubscription(record)
            if policy.takes(self) { filters.append(AppliedFilter(filter: policy.filter, isOfAccount: true)) }
            return true
        }
        return filters
    }
}

import Documents
import Kernel
import Store

/// A subscription filter as its group keeps it.
struct SubscriptionFilter: Codable, Sendable {
    var name: String
    var pattern: String
    /// A function, a stream, a delivery stream, or a destination of CloudWatch Logs.
    var destination: String
    var role: String?
    /// `ByLogStream` or `Random`.
    var distribution: String
    var created: Timestamp
    var onTransformed: Bool?
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
extension CloudWatchLogsService {
    struct SubscriptionInput: Decodable, Sendable {
        var logGroupName: String
        var filterName: String
        var filterPattern: String
        var destinationArn: String
        var roleArn: String?
        var distribution: String?
        var applyOnTransformedLogs: Bool?
    }

    func putSubscription(_ input: SubscriptionInput, _ context: Context) async throws -> Nothing {
        _ = try FilterPattern(input.filterPattern)
        let filter = SubscriptionFilter(
            name: input.filterName, pattern: input.filterPattern, destination: input.destinationArn, role: input.roleArn,
            distribution: input.distribution ?? "ByLogStream", created: context.now, onTransformed: input.applyOnTransformedLogs)
        let group = try await context.store.read { try $0.group(input.logGroupName, nil, context) }
        try group.mustBeStandard(for: "Subscription filters")
        try await probe(filter, by: SubscriptionSender(context.platform, for: group), context)
        try await context.store.write { transaction in
            var group = try transaction.group(input.logGroupName, nil, context)
            var filters = (group.subscriptions ?? []).filter { $0.name != filter.name }
            guard filters.count < LogsLimit.subscriptions else { throw LogsFault.limitExceeded }
            filters.append(filter)
            group.subscriptions = filters.sorted { $0.name < $1.name }
            try transaction.put(group.key, group)
        }
        return Nothing()
    }

    /// Refuses a destination that does not take records.
    func probe(_ filter: SubscriptionFilter, by sender: SubscriptionSender, _ context: Context) async throws {
        guard let target = SubscriptionTarget(filter.destination) else {
            throw LogsFault.invalid(
                "PutSubscriptionFilter operation cannot work with destinationArn for vendor \(vendor(filter))")
        }
        switch (target, filter.role) {
        case (.function, .some):
            throw LogsFault.invalid("destinationArn for vendor lambda cannot be used with roleArn")
        case (.stream, nil), (.deliveryStream, nil):
            throw LogsFault.invalid("destinationArn for vendor \(vendor(filter)) cannot be used without roleArn")
        case (.destination, .some):
            throw LogsFault.invalid("destinationArn for vendor logs cannot be used with roleArn")
        case (.destination, nil):
            // A destination of another account is open to those whom its policy names.
            let destination = try await context.store.read { try $0.destination(filter.destination) }
            if destination.account != context.account {
                try await context.platform.demand(
                    Permission("logs:PutSubscriptionFilter", on: destination.arn), in: context)
            }
        default:
            do { try await sender.probe(filter.destination, role: filter.role) } catch is AWSError {
                throw LogsFault.invalid(target.refusal)
            }
        }
    }

    private func vendor(_ filter: SubscriptionFilter) -> String { ARN(filter.destination)?.service ?? filter.destination }

    func deleteSubscription(_ input: FilterNameInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var group = try transaction.group(input.logGroupName, nil, context)
            let rest = (group.subscriptions ?? []).filter { $0.name != input.filterName }
            guard rest.count < group.subscriptions?.count ?? 0 else { throw LogsFault.filterNotFound("subscription") }
            group.subscriptions = rest
            try transaction.put(group.key, group)
        }
        return Nothing()
    }

    struct DescribeSubscriptionsInput: Decodable, Sendable {
        var logGroupName: String
        var filterNamePrefix: String?
        var nextToken: String?
        var limit: Int?
    }

    struct SubscriptionsOutput: Encodable, Sendable {
        struct Filter: Encodable, Sendable {
            var filterName: String
            var logGroupName: String
            var filterPattern: String
            var destinationArn: String
            var roleArn: String?
            var distribution: String
            var applyOnTransformedLogs: Bool
            var creationTime: Int64
        }
        var subscriptionFilters: [Filter]
        var nextToken: String?
    }

    func describeSubscriptions(_ input: DescribeSubscriptionsInput, _ context: Context) async throws -> SubscriptionsOutput {
        let group = try await context.store.read { try $0.group(input.logGroupName, nil, context) }
        let all = (group.subscriptions ?? []).filter { $0.name.hasPrefix(input.filterNamePrefix ?? "") }
        let (page, token) = try LogsPage.cut(
            all, by: \.name, input.nextToken, input.limit, of: context.list(group.name, input.filterNamePrefix))
        return SubscriptionsOutput(
            subscriptionFilters: page.map {
                .init(
                    filterName: $0.name, logGroupName: group.name, filterPattern: $0.pattern, destinationArn: $0.destination,
                    roleArn: $0.role, distribution: $0.distribution, applyOnTransformedLogs: $0.onTransformed ?? false,
                    creationTime: $0.created.milliseconds)
            }, nextToken: token)
    }
}

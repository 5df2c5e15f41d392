import Documents
import Kernel
import Store

/// A metric filter as its group keeps it. There is no CloudWatch to take the values yet: filters are kept, shown and tested.
struct MetricFilter: Codable, Sendable {
    var name: String
    var pattern: String
    var transformations: [Transformation]
    var created: Timestamp
    var onTransformed: Bool?

    struct Transformation: Codable, Sendable {
        var metricName: String
        var metricNamespace: String
        var metricValue: String
        var defaultValue: Double?
        var dimensions: [String: String]?
        var unit: String?
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
extension CloudWatchLogsService {
    struct MetricFilterInput: Decodable, Sendable {
        var logGroupName: String
        var filterName: String
        var filterPattern: String
        var metricTransformations: [MetricFilter.Transformation]
        var applyOnTransformedLogs: Bool?
    }

    func putMetricFilter(_ input: MetricFilterInput, _ context: Context) async throws -> Nothing {
        _ = try FilterPattern(input.filterPattern)
        for transformation in input.metricTransformations {
            let dimensions = transformation.dimensions ?? [:]
            guard dimensions.isEmpty || transformation.defaultValue == nil else {
                throw LogsFault.invalid(
                    "Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
            }
            guard dimensions.count <= LogsLimit.dimensions else {
                throw LogsFault.invalid("Invalid metric transformation: at most \(LogsLimit.dimensions) dimensions are allowed.")
            }
        }
        let filter = MetricFilter(
            name: input.filterName, pattern: input.filterPattern, transformations: input.metricTransformations,
            created: context.now, onTransformed: input.applyOnTransformedLogs)
        try await context.store.write { transaction in
            var group = try transaction.group(input.logGroupName, nil, context)
            try group.mustBeStandard(for: "Metric filters")
            var filters = (group.metricFilters ?? []).filter { $0.name != filter.name }
            guard filters.count < LogsLimit.metricFilters else { throw LogsFault.limitExceeded }
            filters.append(filter)
            group.metricFilters = filters.sorted { $0.name < $1.name }
            try transaction.put(group.key, group)
        }
        return Nothing()
    }

    struct FilterNameInput: Decodable, Sendable {
        var logGroupName: String
        var filterName: String
    }

    func deleteMetricFilter(_ input: FilterNameInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var group = try transaction.group(input.logGroupName, nil, context)
            let rest = (group.metricFilters ?? []).filter { $0.name != input.filterName }
            guard rest.count < group.metricFilters?.count ?? 0 else { throw LogsFault.filterNotFound("metric") }
            group.metricFilters = rest
            try transaction.put(group.key, group)
        }
        return Nothing()
    }

    struct DescribeMetricFiltersInput: Decodable, Sendable {
        var logGroupName: String?
        var filterNamePrefix: String?
        var nextToken: String?
        var limit: Int?
        var metricName: String?
        var metricNamespace: String?
    }

    struct MetricFiltersOutput: Encodable, Sendable {
        struct Filter: Encodable, Sendable {
            var filterName: String
            var filterPattern: String
            var metricTransformations: [MetricFilter.Transformation]
            var creationTime: Int64
            var logGroupName: String
            var applyOnTransformedLogs: Bool
        }
        var metricFilters: [Filter]
        var nextToken: String?
    }

    func describeMetricFilters(_ input: DescribeMetricFiltersInput, _ context: Context) async throws -> MetricFiltersOutput {
        guard (input.metricName == nil) == (input.metricNamespace == nil) else {
            throw LogsFault.invalid("metricName and metricNamespace must be given together.")
        }
        let groups: [GroupRecord]
        if let name = input.logGroupName {
            groups = [try await context.store.read { try $0.group(name, nil, context) }]
        } else {
            groups = try await self.groups(context)
        }
        let found = groups.flatMap { group in
            (group.metricFilters ?? []).filter { filter in
                filter.name.hasPrefix(input.filterNamePrefix ?? "")
                    && (input.metricName == nil
                        || filter.transformations.contains {
                            $0.metricName == input.metricName && $0.metricNamespace == input.metricNamespace
                        })
            }.map { (group: group.name, filter: $0) }
        }
        .sorted { ($0.filter.name, $0.group) < ($1.filter.name, $1.group) }
        let (page, token) = try LogsPage.cut(
            found, by: { "\($0.filter.name)\u{0}\($0.group)" }, input.nextToken, input.limit,
            of: context.list(input.logGroupName, input.filterNamePrefix))
        return MetricFiltersOutput(
            metricFilters: page.map { group, filter in
                .init(
                    filterName: filter.name, filterPattern: filter.pattern, metricTransformations: filter.transformations,
                    creationTime: filter.created.milliseconds, logGroupName: group,
                    applyOnTransformedLogs: filter.onTransformed ?? false)
            }, nextToken: token)
    }

    struct TestFilterInput: Decodable, Sendable {
        var filterPattern: String
        var logEventMessages: [String]
    }

    struct TestFilterOutput: Encodable, Sendable {
        struct Match: Encodable, Sendable {
            var eventNumber: Int64
            var eventMessage: String
            var extractedValues: [String: String]
        }
        var matches: [Match]
    }

    func testMetricFilter(_ input: TestFilterInput, _ context: Context) async throws -> TestFilterOutput {
        let pattern = try FilterPattern(input.filterPattern)
        return TestFilterOutput(
            matches: input.logEventMessages.enumerated().compactMap { index, message in
                pattern.values(of: message).map {
                    .init(eventNumber: Int64(index + 1), eventMessage: message, extractedValues: $0)
                }
            })
    }
}

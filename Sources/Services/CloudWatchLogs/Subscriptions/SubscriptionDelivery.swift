import Compression
import Documents
import Kernel
import Store

/// The kinds of destinations that subscriptions have.
enum SubscriptionTarget: Sendable {
    case function, stream, deliveryStream, destination

    init?(_ text: String) {
        guard let arn = ARN(text) else { return nil }
        switch arn.service {
        case "lambda" where arn.resource.hasPrefix("function:"): self = .function
        case "kinesis" where arn.resource.hasPrefix("stream/"): self = .stream
        case "firehose" where arn.resource.hasPrefix("deliverystream/"): self = .deliveryStream
        case "logs" where arn.resource.hasPrefix("destination:"): self = .destination
        default: return nil
        }
    }

    /// What PutSubscriptionFilter says when the destination does not answer.
    var refusal: String {
        switch self {
        case .function:
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function."
        case .stream:
            "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state. "
        case .deliveryStream:
            "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE state."
        case .destination: "Could not deliver test message to specified destination."
        }
    }
}

/// Events of one PutLogEvents that passed one filter, as they wait in the outbox.
struct SubscriptionBatch: Codable, Sendable {
    struct Event: Codable, Sendable {
        var id: String
        var timestamp: Int64
        var message: String
    }
    var account: String
    var region: String
    var group: String
    var stream: String
    var filter: String
    /// The filter is the account's.
    var isOfAccount: Bool?
    var events: [Event]
}

extension Transaction {
    /// Puts what filters let through into the outbox.
    func subscribe(
        _ events: [SubscriptionBatch.Event], of stream: String, in group: GroupRecord, _ filters: [AppliedFilter],
        _ now: Timestamp, on platform: Platform
    ) throws {
        for applied in filters {
            let filter = applied.filter
            // A pattern that is kept has been read before.
            let pattern = try FilterPattern(filter.pattern)
            let passed = events.filter { pattern.matches($0.message) }
            guard !passed.isEmpty else { continue }
            let batch = SubscriptionBatch(
                account: group.account, region: group.region, group: group.name, stream: stream, filter: filter.name,
                isOfAccount: applied.isOfAccount ? true : nil, events: passed)
            try enqueue(
                Delivery(
                    id: Identifier.uuid(), lane: "\(group.arn) \(applied.isOfAccount ? "account " : "")\(filter.name)",
                    service: CloudWatchLogsService.id,
                    name: "subscription", payload: try DocumentEncoder().encode(batch), created: now,
                    expires: now + LogsLimit.subscriptionAge), on: platform)
        }
    }
}

extension CloudWatchLogsService {
    /// Brings a batch to its filter's destination, if the filter is still there.
    func deliverSubscription(_ delivery: Delivery, _ platform: Platform) async throws {
        let batch = try DocumentDecoder().decode(SubscriptionBatch.self, from: delivery.payload)
        let group = try await platform.store.read {
            try $0.record(GroupRecord.self, GroupRecord.key(batch.account, batch.region, batch.group))
        }
        guard let group else { return }
        let filters = try await platform.store.read { try group.subscriptions(in: $0) }
        let wanted = filters.first { $0.filter.name == batch.filter && $0.isOfAccount == (batch.isOfAccount ?? false) }
        guard let filter = wanted?.filter else { return }
        try await SubscriptionSender(platform, for: group).send(batch, by: filter)
    }
}

/// Hands records to destinations in the name of a group, or of a destination that is to be
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html).
struct SubscriptionSender: Sendable {
    let platform: Platform
    private let region: String
    /// CloudWatch Logs, for the source's account.
    private let service: Caller

    /// - Parameter source: the ARN of what the records come from (`aws:SourceArn`).
    init(_ platform: Platform, account: String, region: String, source: String) {
        (self.platform, self.region) = (platform, region)
        service = .service(CloudWatchLogsService.principal(region), account: account, sourceARN: source)
    }

    init(_ platform: Platform, for group: GroupRecord) {
        self.init(platform, account: group.account, region: group.region, source: group.arn + ":*")
    }

    /// For a policy of an account: its groups are the source.
    init(_ platform: Platform, forAllOf policy: AccountPolicyRecord) {
        let source = ARN("logs", region: policy.region, account: policy.account, "log-group:*").description
        self.init(platform, account: policy.account, region: policy.region, source: source)
    }

    func send(_ batch: SubscriptionBatch, by filter: SubscriptionFilter) async throws {
        var record: Members = [
            "messageType": "DATA_MESSAGE", "owner": .string(batch.account), "logGroup": .string(batch.group),
            "logStream": .string(batch.stream), "subscriptionFilters": [.string(batch.filter)],
            "logEvents": .list(
                batch.events.map { ["id": .string($0.id), "timestamp": .integer($0.timestamp), "message": .string($0.message)] }),
        ]
        if batch.isOfAccount == true { record["policyLevel"] = "ACCOUNT_LEVEL_POLICY" }
        let key = filter.distribution == "Random" ? Identifier.uuid() : batch.stream
        try await put(.map(record), to: filter.destination, role: filter.role, key: key)
    }

    /// Asks a destination whether it takes records: a function by a dry run, the others by a control message.
    func probe(_ destination: String, role: String?) async throws {
        let kind = SubscriptionTarget(destination) == .stream ? "Kinesis stream" : "Firehose stream"
        let text = "CWL CONTROL MESSAGE: Checking health of destination \(kind)."
        let event: Document = [
            "id": "", "timestamp": .integer(platform.clock.now().milliseconds), "message": .string(text),
        ]
        let record: Document = [
            "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "",
            "subscriptionFilters": [], "logEvents": [event],
        ]
        try await put(record, to: destination, role: role, key: Identifier.uuid(), isProbe: true)
    }

    private func put(_ record: Document, to arn: String, role: String?, key: String, isProbe: Bool = false) async throws {
        guard let parsed = ARN(arn), let target = SubscriptionTarget(arn) else { throw GiveUp("no destination: \(arn)") }
        let data = try Gzip.compress(JSON.write(record))
        switch target {
        case .function:
            let payload: Document = ["awslogs": ["data": .string(Base64.string(data))]]
            let input: Document = [
                "FunctionName": .string(arn), "InvocationType": isProbe ? "DryRun" : "Event",
                "Payload": .blob(JSON.write(payload)),
            ]
            _ = try await platform.call(Call("lambda", "Invoke", input, caller: service, region: parsed.region))
        case .stream:
            let name = String(parsed.resource.dropFirst("stream/".count))
            let input: Document = [
                "StreamName": .string(name), "StreamARN": .string(arn), "Data": .blob(data),
                "PartitionKey": .string(String(key.prefix(LogsLimit.partitionKey))),
            ]
            _ = try await platform.call(
                Call("kinesis", "PutRecord", input, caller: try await taking(role), region: parsed.region))
        case .deliveryStream:
            let name = String(parsed.resource.dropFirst("deliverystream/".count))
            let input: Document = ["DeliveryStreamName": .string(name), "Record": ["Data": .blob(data)]]
            _ = try await platform.call(
                Call("firehose", "PutRecord", input, caller: try await taking(role), region: parsed.region))
        case .destination:
            let destination = try await platform.store.read { try $0.destination(arn) }
            guard SubscriptionTarget(destination.target) != .destination else { throw GiveUp("a destination of destinations") }
            try await put(record, to: destination.target, role: destination.role, key: key)
        }
    }

    private func taking(_ role: String?) async throws -> Caller {
        guard let role else { throw GiveUp("no role") }
        return try await platform.assume(role, session: "CloudWatchLogs", as: service, region: region)
    }
}

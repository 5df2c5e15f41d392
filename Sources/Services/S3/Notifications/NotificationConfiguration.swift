import Documents
import Kernel
import Store

extension S3Service {
    func registerNotifications(in operations: inout Operations) {
        operations.on("PutBucketNotificationConfiguration", putBucketNotificationConfiguration)
        operations.on("GetBucketNotificationConfiguration", getBucketNotificationConfiguration)
        operations.delivery("notify", notify)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
    func putBucketNotificationConfiguration(_ input: PutBucketNotificationConfigurationInput, _ context: Context) async throws
        -> Nothing
    {
        let asked = input.notificationConfiguration
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        let rules = try (asked.lambdaFunctionConfigurations ?? []).map { asked in
            try NotificationCheck.rule(id: asked.id, target: asked.lambdaFunctionARN, events: asked.events, filter: asked.filter)
        }
        let queues = try (asked.queueConfigurations ?? []).map { asked in
            try NotificationCheck.rule(id: asked.id, target: asked.queueARN, events: asked.events, filter: asked.filter)
        }
        let topics = try (asked.topicConfigurations ?? []).map { asked in
            try NotificationCheck.rule(id: asked.id, target: asked.topicARN, events: asked.events, filter: asked.filter)
        }
        try NotificationCheck.together(rules + queues + topics)
        for (rules, service) in [(rules, "lambda"), (queues, "sqs"), (topics, "sns")] {
            for rule in rules where ARN(rule.target)?.service != service { throw NotificationCheck.malformed(rule.target) }
        }
        for rule in queues where rule.target.hasSuffix(".fifo") { throw NotificationCheck.ordered("SQS queues", rule.target) }
        for rule in topics where rule.target.hasSuffix(".fifo") { throw NotificationCheck.ordered("SNS topics", rule.target) }
        let kept = NotificationRules(
            functions: rules, queues: queues.isEmpty ? nil : queues, topics: topics.isEmpty ? nil : topics,
            toEventBridge: asked.eventBridgeConfiguration == nil ? nil : true)
        if input.skipDestinationValidation != true { try await validate(kept, bucket, context) }
        try await change(input.bucket, owner: input.expectedBucketOwner, context) {
            $0.notifications = kept.isEmpty ? nil : kept
        }
        return Nothing()
    }

    /// Asks each function whether S3 may invoke it for this bucket, and sends each queue and topic a test event.
    private func validate(_ rules: NotificationRules, _ bucket: BucketRecord, _ context: Context) async throws {
        let caller = Caller.service("s3.amazonaws.com", account: bucket.account, sourceARN: bucket.arn)
        var unreachable: [String] = []
        for target in Set(rules.all.map(\.target)).sorted() {
            guard let arn = ARN(target) else { throw NotificationCheck.malformed(target) }
            let call: (operation: String, input: Document)
            switch arn.service {
            case "sqs":
                guard arn.region == bucket.region else {
                    unreachable.append(target)
                    continue
                }
                call = ("SendMessage", NotificationTarget.message(Self.testEvent(bucket, context), to: arn))
            case "sns":
                guard arn.region == bucket.region else {
                    unreachable.append(target)
                    continue
                }
                call = ("Publish", NotificationTarget.message(Self.testEvent(bucket, context), to: arn))
            default: call = ("Invoke", ["FunctionName": .string(target), "InvocationType": "DryRun"])
            }
            do {
                _ = try await context.platform.call(
                    Call(arn.service, call.operation, call.input, caller: caller, region: arn.region))
            } catch let error as AWSError where error.isSenders || error.code == "NotImplemented" {
                unreachable.append(target)
            }
        }
        if !unreachable.isEmpty { throw NotificationCheck.unreachable(unreachable) }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    private static func testEvent(_ bucket: BucketRecord, _ context: Context) -> Document {
        [
            "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": .string(context.now.iso8601(milliseconds: true)),
            "Bucket": .string(bucket.name), "RequestId": .string(context.requestID), "HostId": .string(Identifier.host),
        ]
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
    func getBucketNotificationConfiguration(
        _ input: GetBucketNotificationConfigurationInput, _ context: Context
    ) async throws -> GetBucketNotificationConfigurationOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        var output = GetBucketNotificationConfigurationOutput()
        guard let rules = bucket.notifications else { return output }
        func filter(_ rule: NotificationRule) -> Shape.NotificationConfigurationFilter? {
            let filters = [rule.prefix.map { ("Prefix", $0) }, rule.suffix.map { ("Suffix", $0) }].compactMap { $0 }
            let filter = Shape.S3KeyFilter(filterRules: filters.map { Shape.FilterRule(name: $0.0, value: $0.1) })
            return filters.isEmpty ? nil : Shape.NotificationConfigurationFilter(key: filter)
        }
        output.lambdaFunctionConfigurations = rules.functions.map {
            Shape.LambdaFunctionConfiguration(id: $0.id, lambdaFunctionARN: $0.target, events: $0.events, filter: filter($0))
        }
        output.queueConfigurations = rules.queues?.map {
            Shape.QueueConfiguration(id: $0.id, queueARN: $0.target, events: $0.events, filter: filter($0))
        }
        output.topicConfigurations = rules.topics?.map {
            Shape.TopicConfiguration(id: $0.id, topicARN: $0.target, events: $0.events, filter: filter($0))
        }
        if rules.toEventBridge == true { output.eventBridgeConfiguration = Shape.EventBridgeConfiguration() }
        return output
    }
}

/// What notification configurations must be.
enum NotificationCheck {
    private static let families = [
        "s3:ObjectCreated:": ["Put", "Post", "Copy", "CompleteMultipartUpload", "*"],
        "s3:ObjectRemoved:": ["Delete", "DeleteMarkerCreated", "*"],
        "s3:ObjectRestore:": ["Post", "Completed", "Delete", "*"],
        "s3:ObjectTagging:": ["Put", "Delete", "*"],
        "s3:ObjectAcl:": ["Put"],
        "s3:LifecycleExpiration:": ["Delete", "DeleteMarkerCreated", "*"],
        "s3:Replication:": [
            "OperationFailedReplication", "OperationMissedThreshold", "OperationReplicatedAfterThreshold", "OperationNotTracked",
            "*",
        ],
    ]
    private static let singles: Set<String> = [
        "s3:ReducedRedundancyLostObject", "s3:LifecycleTransition", "s3:IntelligentTiering",
    ]

    static func rule(
        id: String?, target: String, events: [String], filter: Shape.NotificationConfigurationFilter?
    ) throws -> NotificationRule {
        guard ARN(target) != nil else { throw malformed(target) }
        guard !events.isEmpty else { throw S3Fault.malformedXML }
        for event in events where !isKnown(event) {
            throw S3Fault.invalidArgument("The event is not supported for notifications", name: "Event", value: event)
        }
        var rule = NotificationRule(id: id ?? Identifier.uuid(), target: target, events: events)
        for part in filter?.key?.filterRules ?? [] {
            let value = part.value ?? ""
            guard value.utf8.count <= Limit.keySize else {
                throw S3Fault.invalidArgument(
                    "filter rule value cannot be longer than 1024 characters", name: "FilterRule.Value", value: value)
            }
            switch part.name?.lowercased() {
            case "prefix" where rule.prefix == nil: rule.prefix = value
            case "suffix" where rule.suffix == nil: rule.suffix = value
            case "prefix", "suffix":
                let name = part.name?.lowercased() ?? ""
                throw S3Fault.invalidArgument(
                    "Cannot specify more than one \(name) rule in a filter.", name: "FilterRule.Name", value: name)
            default:
                throw S3Fault.invalidArgument(
                    "filter rule name must be either prefix or suffix", name: "FilterRule.Name", value: part.name ?? "")
            }
        }
        return rule
    }

    /// No two rules may claim the same event of the same key.
    static func together(_ rules: [NotificationRule]) throws {
        guard rules.count <= Limit.notificationConfigurations else {
            throw S3Fault.invalidArgument("Too many notification configurations", name: "NotificationConfiguration", value: "")
        }
        for (index, rule) in rules.enumerated() {
            for other in rules[(index + 1)...] {
                if rule.id == other.id {
                    throw S3Fault.invalidArgument(
                        "Same ID used for multiple configurations. IDs must be unique", name: "Id", value: rule.id)
                }
                guard rule.overlaps(other) else { continue }
                let isFiltered = rule.prefix != nil || rule.suffix != nil || other.prefix != nil || other.suffix != nil
                throw S3Fault.invalidArgument(
                    isFiltered
                        ? "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
                        : "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
                    name: "NotificationConfiguration", value: other.id)
            }
        }
    }

    static func unreachable(_ targets: [String]) -> S3Fault {
        .invalidArgument(
            "Unable to validate the following destination configurations", name: targets.joined(separator: ", "),
            value: "Not authorized to invoke or no such destination")
    }

    /// - Parameter kind: `SQS queues`
    static func ordered(_ kind: String, _ target: String) -> S3Fault {
        .invalidArgument("FIFO \(kind) are not supported.", name: "Arn", value: target)
    }

    static func malformed(_ target: String) -> S3Fault {
        .invalidArgument("The ARN could not be parsed", name: "Arn", value: target)
    }

    private static func isKnown(_ event: String) -> Bool {
        singles.contains(event)
            || families.contains { family, names in
                event.hasPrefix(family) && names.contains(String(event.dropFirst(family.count)))
            }
    }
}

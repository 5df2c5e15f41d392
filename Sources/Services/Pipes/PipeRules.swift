import Documents
import EventSources
import Kernel

/// What a pipe may be made of. What AWS has and this does not refuses here, before anything is made.
enum PipeRules {
    static func check(_ record: PipeRecord) throws {
        _ = try PipeLogSettings(record.log)
        guard !record.source.hasPrefix("smk://") else { throw PipesFault.notBuilt("a self-managed Kafka cluster as the source") }
        guard let source = ARN(record.source) else { throw PipesFault.invalid("Invalid source ARN: \(record.source)") }
        guard let kind = SourceKind(source) else {
            guard ["kafka", "mq"].contains(source.service) else { throw PipesFault.unsupported("Source", record.source) }
            throw PipesFault.notBuilt("the source \(source.service)")
        }
        try checkSource(record, kind)
        if let enrichment = record.enrichment {
            guard let arn = ARN(enrichment) else { throw PipesFault.invalid("Invalid enrichment ARN: \(enrichment)") }
            guard Enrichment(arn) != nil else {
                let names = ["states": "a Step Functions state machine", "execute-api": "an API Gateway REST API"]
                guard let name = names[arn.service] else { throw PipesFault.unsupported("Enrichment", enrichment) }
                throw PipesFault.notBuilt("\(name) as the enrichment")
            }
        }
        guard let target = ARN(record.target) else { throw PipesFault.invalid("Invalid target ARN: \(record.target)") }
        guard let form = PipeTarget.Form(target) else {
            guard otherTargets.contains(target.service) else { throw PipesFault.unsupported("Target", record.target) }
            throw PipesFault.notBuilt("the target \(target.service)")
        }
        let parameters = record.targetParameters
        let own = ["InputTemplate", form.parameters]
        if let foreign = parameters?.members?.keys.first(where: { !own.contains($0) }) {
            throw PipesFault.invalid("\(foreign) is not valid for the target \(record.target).")
        }
        switch form {
        case .stream:
            guard parameters?["KinesisStreamParameters"]?["PartitionKey"]?.string != nil else {
                throw PipesFault.invalid(
                    "TargetParameters.KinesisStreamParameters.PartitionKey is required for a Kinesis target.")
            }
        case .queue where target.resource.hasSuffix(".fifo"):
            guard parameters?["SqsQueueParameters"]?["MessageGroupId"]?.string != nil else {
                throw PipesFault.invalid("TargetParameters.SqsQueueParameters.MessageGroupId is required for a FIFO queue.")
            }
        case .topic where target.resource.hasSuffix(".fifo"): throw PipesFault.unsupported("Target", record.target)
        case .bus where target.account != record.account || target.region != record.region:
            throw PipesFault.invalid("The event bus \(record.target) must be in the pipe's account and Region.")
        default: break
        }
        for template in [record.enrichmentParameters?["InputTemplate"], parameters?["InputTemplate"]] {
            if let text = template?.string { try InputTemplate.check(text) }
        }
    }

    private static let recordAgeMin = 60

    /// What AWS's pipes lead to and these do not yet
    /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html).
    private static let otherTargets: Set<String> = [
        "states", "ecs", "batch", "execute-api", "redshift", "redshift-serverless", "sagemaker", "timestream", "inspector",
    ]

    private static func checkSource(_ record: PipeRecord, _ kind: SourceKind) throws {
        let own =
            switch kind {
            case .queue, .fifoQueue: "SqsQueueParameters"
            case .kinesis: "KinesisStreamParameters"
            case .dynamoDB: "DynamoDBStreamParameters"
            }
        let given = record.sourceParameters.members?.keys.filter { $0 != "FilterCriteria" } ?? []
        if let foreign = given.first(where: { $0 != own }) {
            throw PipesFault.invalid("\(foreign) is not valid for the source \(record.source).")
        }
        let settings = record.settings
        do { _ = try SourceFilter(settings.filters) } catch {
            throw PipesFault.invalid("Event pattern is not valid: \(error.pattern)")
        }
        switch kind {
        case .fifoQueue:
            guard settings.batchSize <= 10, settings.windowSeconds == 0 else {
                throw PipesFault.invalid("A FIFO queue has batches of at most 10 and no batching window.")
            }
        case .queue:
            guard settings.batchSize <= 10 || settings.windowSeconds > 0 else {
                throw PipesFault.invalid(
                    "MaximumBatchingWindowInSeconds must be greater than 0 if BatchSize is greater than 10.")
            }
        case .kinesis, .dynamoDB:
            guard !settings.start.isEmpty else { throw PipesFault.invalid("StartingPosition is required for a stream.") }
            guard (settings.start == "AT_TIMESTAMP") == (settings.startTime != nil) else {
                throw PipesFault.invalid(
                    "StartingPositionTimestamp goes with the starting position AT_TIMESTAMP, and only with it.")
            }
            guard settings.recordAgeMax == -1 || settings.recordAgeMax >= recordAgeMin else {
                throw PipesFault.invalid("MaximumRecordAgeInSeconds must be -1 or between \(recordAgeMin) and 604800.")
            }
            if let queue = record.deadLetter {
                guard let arn = ARN(queue), ["sqs", "sns"].contains(arn.service) else {
                    throw PipesFault.invalid("A dead-letter target is a queue or a topic: \(queue)")
                }
            }
        }
    }

    /// An update's parameters over the present ones; the starting position stays.
    static func merged(_ old: Document, _ new: Document) -> Document {
        guard case .map(var all) = old, case .map(let given) = new else { return new }
        for (name, value) in given {
            if case .map(let members)? = all[name], case .map(let changes) = value, name != "FilterCriteria" {
                all[name] = .map(members.merging(changes) { $1 })
            } else {
                all[name] = value
            }
        }
        return .map(all)
    }
}

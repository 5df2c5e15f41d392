import Documents
import EventSources
import Kernel
import Store

/// A pipe as it is kept.
struct PipeRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var name: String
    /// Of this pipe, and of no other that had its name before.
    var id: String
    var description: String?
    /// `RUNNING` or `STOPPED`.
    var desired: String
    var current: String
    var reason: String?
    var source: String
    var sourceParameters: Document
    var enrichment: String?
    var enrichmentParameters: Document?
    var target: String
    var targetParameters: Document?
    var role: String
    var tags: [String: String]
    var log: Document?
    /// The customer's key that the patterns and templates are under; they are in ``sealed`` then and not here.
    var kmsKey: String?
    var sealed: SealedPipe?
    var created: Timestamp
    var modified: Timestamp
    /// When it was first started: from then on it is held on to where reading began.
    var started: Timestamp?

    static func all(_ account: String, _ region: String) -> Key { Key(.pipe, .text(account), .text(region)) }
    static func key(_ account: String, _ region: String, _ name: String) -> Key { all(account, region).appending(.text(name)) }
    static func checkpoints(_ id: String) -> Key { Key(.pipeCheckpoint, .text(id)) }

    var key: Key { Self.key(account, region, name) }
    var arn: String { ARN("pipes", region: region, account: account, "pipe/\(name)").description }
    var kind: SourceKind? { ARN(source).flatMap(SourceKind.init) }

    /// Takes all that a change may set.
    mutating func takeSettings(of other: PipeRecord) {
        (description, desired, role, log) = (other.description, other.desired, other.role, other.log)
        (sourceParameters, kmsKey, sealed) = (other.sourceParameters, other.kmsKey, other.sealed)
        (enrichment, enrichmentParameters) = (other.enrichment, other.enrichmentParameters)
        (target, targetParameters) = (other.target, other.targetParameters)
    }

    /// As whom Pipes assumes the role.
    var principal: Caller { .service("pipes.amazonaws.com", account: account, sourceARN: arn) }

    private var streamParameters: Document? {
        sourceParameters[kind == .kinesis ? "KinesisStreamParameters" : "DynamoDBStreamParameters"]
    }

    /// The source's parameters with the defaults of those that were not given
    /// (https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_DescribePipe.html).
    var shownParameters: Document {
        guard let kind else { return sourceParameters }
        let name =
            kind.isQueue ? "SqsQueueParameters" : kind == .kinesis ? "KinesisStreamParameters" : "DynamoDBStreamParameters"
        var defaults: Members = ["BatchSize": .integer(Int64(settings.batchSize)), "MaximumBatchingWindowInSeconds": 0]
        if !kind.isQueue {
            let more: Members = ["MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1, "ParallelizationFactor": 1]
            defaults.merge(more) { $1 }
        }
        var all = sourceParameters.members ?? [:]
        var own = all[name]?.members ?? [:]
        own.merge(defaults) { given, _ in given }
        all[name] = .map(own)
        return .map(all)
    }

    /// The queue or topic of batches that were given up.
    var deadLetter: String? { streamParameters?["DeadLetterConfig"]?["Arn"]?.string }

    var settings: SourceSettings {
        let isQueue = kind?.isQueue ?? false
        let parameters = isQueue ? sourceParameters["SqsQueueParameters"] : streamParameters
        func number(_ name: String) -> Int? { parameters?[name]?.integer.map { Int($0) } }
        let filters = sourceParameters["FilterCriteria"]?["Filters"]?.list?.compactMap { $0["Pattern"]?.string } ?? []
        return SourceSettings(
            source: source, region: region, batchSize: number("BatchSize") ?? (isQueue ? 10 : 100),
            windowSeconds: number("MaximumBatchingWindowInSeconds") ?? 0, start: parameters?["StartingPosition"]?.string ?? "",
            startTime: parameters?["StartingPositionTimestamp"]?.timestamp, retriesMax: number("MaximumRetryAttempts") ?? -1,
            recordAgeMax: number("MaximumRecordAgeInSeconds") ?? -1,
            bisects: parameters?["OnPartialBatchItemFailure"]?.string == "AUTOMATIC_BISECT",
            parallelization: number("ParallelizationFactor") ?? 1, reportsFailures: true, filters: filters,
            created: started ?? created)
    }
}

import Documents
import EventSources
import Kernel
import Store

/// An event source mapping as it is kept.
struct MappingRecord: Stored {
    static let tag: UInt8 = 1

    var account: String
    var region: String
    var uuid: String
    var source: String
    var functionName: String
    var isEnabled: Bool
    var batchSize: Int
    var windowSeconds: Int
    /// `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`; empty for queues.
    var start: String
    /// -1 is forever.
    var retriesMax: Int
    /// Seconds; -1 is forever.
    var recordAgeMax: Int
    var created: Timestamp
    var modified: Timestamp
    var lastResult: String
    /// The version or alias that is called.
    var qualifier: String?
    var startTime: Timestamp?
    var bisects: Bool?
    var parallelization: Int?
    var tumblingSeconds: Int?
    var reportsFailures: Bool?
    var filters: [String]?
    /// The destination of batches that were given up.
    var onFailure: String?
    var concurrencyMax: Int?
    var tags: [String: String]?
    /// The customer's key that the filters are under; they are sealed then, and ``filters`` is nil.
    var kmsKey: String?
    var sealedFilters: SealedFilters?

    static func key(_ account: String, _ region: String, _ uuid: String) -> Key {
        Key(.lambdaMapping, .text(account), .text(region), .text(uuid))
    }

    static func checkpoint(_ uuid: String, _ shard: String) -> Key { Key(.lambdaCheckpoint, .text(uuid), .text(shard)) }

    var key: Key { Self.key(account, region, uuid) }
    var arn: String { ARN("lambda", region: region, account: account, "event-source-mapping:\(uuid)").description }
    var kind: SourceKind? { ARN(source).flatMap(SourceKind.init) }
    var functionARN: String {
        let arn = ARN("lambda", region: region, account: account, "function:\(functionName)").description
        return qualifier.map { "\(arn):\($0)" } ?? arn
    }

    /// The function that is called.
    func name() throws(LambdaFault) -> FunctionName {
        try FunctionName(functionName, account: account, region: region, qualifier: qualifier)
    }

    var settings: SourceSettings {
        SourceSettings(
            source: source, region: region, batchSize: batchSize, windowSeconds: windowSeconds, start: start,
            startTime: startTime, retriesMax: retriesMax, recordAgeMax: recordAgeMax, bisects: bisects ?? false,
            parallelization: parallelization ?? 1, tumblingSeconds: tumblingSeconds ?? 0,
            reportsFailures: reportsFailures ?? false, filters: filters ?? [], concurrencyMax: concurrencyMax, created: created)
    }
}

/// `EventSourceMappingConfiguration` of the API.
struct MappingConfiguration: Encodable, Sendable {
    struct Filter: Codable, Sendable { var Pattern: String? }
    struct Filters: Codable, Sendable { var Filters: [Filter]? }
    struct Scaling: Codable, Sendable { var MaximumConcurrency: Int? }
    struct Failure: Codable, Sendable {
        var ErrorCode: String
        var Message: String
    }

    var UUID: String
    var StartingPosition: String?
    var StartingPositionTimestamp: Timestamp?
    var BatchSize: Int
    var MaximumBatchingWindowInSeconds: Int
    var ParallelizationFactor: Int?
    var EventSourceArn: String
    var FilterCriteria: Filters?
    var FunctionArn: String
    var LastModified: Timestamp
    var LastProcessingResult: String?
    var State: String
    var StateTransitionReason: String
    var DestinationConfig: DestinationSettings?
    var MaximumRecordAgeInSeconds: Int?
    var BisectBatchOnFunctionError: Bool?
    var MaximumRetryAttempts: Int?
    var TumblingWindowInSeconds: Int?
    var FunctionResponseTypes: [String]
    var ScalingConfig: Scaling?
    var EventSourceMappingArn: String
    var KMSKeyArn: String?
    var FilterCriteriaError: Failure?

    /// Sealed filters are not in it: see ``LambdaService/shown(_:state:_:)``.
    init(_ record: MappingRecord, state: String? = nil) {
        (UUID, BatchSize, MaximumBatchingWindowInSeconds) = (record.uuid, record.batchSize, record.windowSeconds)
        (EventSourceArn, FunctionArn, LastModified) = (record.source, record.functionARN, record.modified)
        State = state ?? (record.isEnabled ? "Enabled" : "Disabled")
        (EventSourceMappingArn, KMSKeyArn) = (record.arn, record.kmsKey)
        if let filters = record.filters, !filters.isEmpty {
            FilterCriteria = Filters(Filters: filters.map { Filter(Pattern: $0) })
        }
        FunctionResponseTypes = record.reportsFailures == true ? ["ReportBatchItemFailures"] : []
        guard record.kind?.isQueue != true else {
            StateTransitionReason = "USER_INITIATED"
            ScalingConfig = record.concurrencyMax.map { Scaling(MaximumConcurrency: $0) }
            return
        }
        StateTransitionReason = "User action"
        LastProcessingResult = record.lastResult
        (StartingPosition, StartingPositionTimestamp) = (record.start, record.startTime)
        (ParallelizationFactor, TumblingWindowInSeconds) = (record.parallelization ?? 1, record.tumblingSeconds ?? 0)
        (MaximumRecordAgeInSeconds, MaximumRetryAttempts) = (record.recordAgeMax, record.retriesMax)
        BisectBatchOnFunctionError = record.bisects ?? false
        DestinationConfig = DestinationSettings(OnFailure: .init(Destination: record.onFailure))
    }
}

/// `DestinationConfig` of the API.
struct DestinationSettings: Codable, Sendable {
    struct Target: Codable, Sendable { var Destination: String? }
    var OnSuccess: Target?
    var OnFailure: Target?
}

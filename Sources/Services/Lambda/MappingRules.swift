import Documents
import EventSources
import Kernel

extension LambdaService {
    /// What both creating and updating a mapping take.
    struct MappingSettings: Decodable, Sendable {
        var FunctionName: String?
        var Enabled: Bool?
        var BatchSize: Int?
        var MaximumBatchingWindowInSeconds: Int?
        var MaximumRecordAgeInSeconds: Int?
        var MaximumRetryAttempts: Int?
        var FilterCriteria: MappingConfiguration.Filters?
        var DestinationConfig: DestinationSettings?
        var BisectBatchOnFunctionError: Bool?
        var ParallelizationFactor: Int?
        var TumblingWindowInSeconds: Int?
        var FunctionResponseTypes: [String]?
        var ScalingConfig: MappingConfiguration.Scaling?
        var KMSKeyArn: String?

        func refuseKafka(_ context: Context) throws {
            guard DestinationConfig?.OnFailure?.Destination?.hasPrefix("kafka://") != true else {
                throw AWSError.notImplemented(member: "DestinationConfig to Kafka", context.service, context.operation)
            }
        }
    }
}

/// What a mapping may say (https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html).
enum MappingRules {
    /// Filters of one mapping (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html).
    static let filtersMax = 5
    static let batchMax = 10_000
    static let fifoBatchMax = 10
    static let ageMin = 60

    static func start(_ record: inout MappingRecord, _ position: String?, _ time: Timestamp?, _ kind: SourceKind) throws {
        guard let position else {
            throw LambdaFault.invalidParameter(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
            )
        }
        guard position != "AT_TIMESTAMP" || kind == .kinesis else {
            throw LambdaFault.invalidParameter("Unsupported starting position for arn type: \(record.source)")
        }
        guard (position == "AT_TIMESTAMP") == (time != nil) else {
            throw LambdaFault.invalidParameter(
                time == nil
                    ? "StartingPositionTimestamp must be provided when StartingPosition is AT_TIMESTAMP."
                    : "StartingPositionTimestamp is only valid when StartingPosition is AT_TIMESTAMP.")
        }
        if let time, time > record.created {
            throw LambdaFault.invalidParameter("StartingPositionTimestamp cannot be in the future.")
        }
        (record.start, record.startTime) = (position, time)
    }
}

extension LambdaService.MappingSettings {
    /// Sets what is given.
    /// - Throws: ``LambdaFault/invalidParameter(_:)``; the record is then no good.
    func apply(to record: inout MappingRecord, _ kind: SourceKind) throws {
        record.batchSize = BatchSize ?? record.batchSize
        record.windowSeconds = MaximumBatchingWindowInSeconds ?? record.windowSeconds
        if let types = FunctionResponseTypes { record.reportsFailures = types.contains("ReportBatchItemFailures") }
        try applyFilters(to: &record)
        if kind.isQueue { try applyQueue(to: &record, kind) } else { try applyStream(to: &record) }
        guard (0...300).contains(record.windowSeconds) else {
            throw LambdaFault.invalidParameter("MaximumBatchingWindowInSeconds must be between 0 and 300.")
        }
        guard (1...MappingRules.batchMax).contains(record.batchSize) else {
            throw LambdaFault.invalidParameter("BatchSize must be between 1 and \(MappingRules.batchMax).")
        }
    }

    private func applyFilters(to record: inout MappingRecord) throws {
        guard let criteria = FilterCriteria else { return }
        let filters = (criteria.Filters ?? []).compactMap(\.Pattern)
        guard filters.count <= MappingRules.filtersMax else {
            throw LambdaFault.invalidParameter("The number of filters must not exceed \(MappingRules.filtersMax).")
        }
        do { _ = try SourceFilter(filters) } catch { throw LambdaFault.invalidParameter("Invalid filter pattern definition.") }
        record.filters = filters
    }

    private func applyQueue(to record: inout MappingRecord, _ kind: SourceKind) throws {
        let foreign: [(String, Bool)] = [
            ("BisectBatchOnFunctionError", BisectBatchOnFunctionError != nil),
            ("MaximumRetryAttempts", MaximumRetryAttempts != nil),
            ("MaximumRecordAgeInSeconds", MaximumRecordAgeInSeconds != nil),
            ("ParallelizationFactor", ParallelizationFactor != nil),
            ("TumblingWindowInSeconds", TumblingWindowInSeconds != nil),
            ("DestinationConfig", DestinationConfig?.OnFailure?.Destination?.isEmpty == false),
        ]
        if let name = foreign.first(where: \.1)?.0 {
            throw LambdaFault.invalidParameter("\(name) isn't supported for the SQS event source type.")
        }
        if kind == .fifoQueue {
            guard record.windowSeconds == 0 else {
                throw LambdaFault.invalidParameter("Batching window is not supported for FIFO queues.")
            }
            guard record.batchSize <= MappingRules.fifoBatchMax else {
                throw LambdaFault.invalidParameter(
                    "BatchSize must be less than or equal to \(MappingRules.fifoBatchMax) for FIFO queues.")
            }
        }
        guard record.batchSize <= 10 || record.windowSeconds >= 1 else {
            throw LambdaFault.invalidParameter(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
        }
        if let scaling = ScalingConfig { record.concurrencyMax = scaling.MaximumConcurrency }
    }

    private func applyStream(to record: inout MappingRecord) throws {
        guard ScalingConfig?.MaximumConcurrency == nil else {
            throw LambdaFault.invalidParameter("ScalingConfig isn't supported for the stream event source type.")
        }
        record.retriesMax = MaximumRetryAttempts ?? record.retriesMax
        record.recordAgeMax = MaximumRecordAgeInSeconds ?? record.recordAgeMax
        guard record.recordAgeMax == -1 || record.recordAgeMax >= MappingRules.ageMin else {
            throw LambdaFault.invalidParameter(
                "MaximumRecordAgeInSeconds must be -1 or between \(MappingRules.ageMin) and 604800.")
        }
        record.bisects = BisectBatchOnFunctionError ?? record.bisects
        record.parallelization = ParallelizationFactor ?? record.parallelization
        record.tumblingSeconds = TumblingWindowInSeconds ?? record.tumblingSeconds
        if let config = DestinationConfig {
            guard config.OnSuccess?.Destination?.isEmpty ?? true else {
                throw LambdaFault.invalidParameter("OnSuccess isn't supported for the stream event source type.")
            }
            record.onFailure = config.OnFailure?.Destination.flatMap { $0.isEmpty ? nil : $0 }
        }
    }
}

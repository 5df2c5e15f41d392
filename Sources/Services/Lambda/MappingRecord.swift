import Documents
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
    /// `TRIM_HORIZON` or `LATEST`.
    var start: String
    /// -1 is forever.
    var retriesMax: Int
    /// Seconds; -1 is forever.
    var recordAgeMax: Int
    var created: Timestamp
    var modified: Timestamp
    var lastResult: String

    static func key(_ account: String, _ region: String, _ uuid: String) -> Key {
        Key(.lambdaMapping, .text(account), .text(region), .text(uuid))
    }

    var key: Key { Self.key(account, region, uuid) }
    var functionARN: String { ARN("lambda", region: region, account: account, "function:\(functionName)").description }
}

/// How far a mapping has come in a shard. Written only after the function has succeeded on what lies before.
struct ShardCheckpoint: Stored {
    static let tag: UInt8 = 1
    /// The last record that is done; nil before the first.
    var sequence: String?
    /// Where a `LATEST` mapping began, until its first record is done. Iterators end after 15 minutes.
    var iterator: String?
    /// The shard is closed and all of it done.
    var isDone = false

    static func key(_ uuid: String, _ shard: String) -> Key { Key(.lambdaCheckpoint, .text(uuid), .text(shard)) }
}

/// `EventSourceMappingConfiguration` of the API.
struct MappingConfiguration: Encodable, Sendable {
    var UUID: String
    var StartingPosition: String
    var BatchSize: Int
    var MaximumBatchingWindowInSeconds: Int
    var ParallelizationFactor = 1
    var EventSourceArn: String
    var FunctionArn: String
    var LastModified: Timestamp
    var LastProcessingResult: String
    var State: String
    var StateTransitionReason = "User action"
    var MaximumRecordAgeInSeconds: Int
    var BisectBatchOnFunctionError = false
    var MaximumRetryAttempts: Int
    var TumblingWindowInSeconds = 0
    var FunctionResponseTypes: [String] = []
    var EventSourceMappingArn: String

    init(_ record: MappingRecord, state: String? = nil) {
        (UUID, StartingPosition, BatchSize) = (record.uuid, record.start, record.batchSize)
        MaximumBatchingWindowInSeconds = record.windowSeconds
        (EventSourceArn, FunctionArn) = (record.source, record.functionARN)
        (LastModified, LastProcessingResult) = (record.modified, record.lastResult)
        State = state ?? (record.isEnabled ? "Enabled" : "Disabled")
        (MaximumRecordAgeInSeconds, MaximumRetryAttempts) = (record.recordAgeMax, record.retriesMax)
        EventSourceMappingArn =
            ARN("lambda", region: record.region, account: record.account, "event-source-mapping:\(record.uuid)").description
    }
}

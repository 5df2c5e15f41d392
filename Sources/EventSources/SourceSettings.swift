import Documents
import Kernel

/// What kind of source an ARN names.
public enum SourceKind: String, Codable, Sendable {
    case queue, fifoQueue, kinesis, dynamoDB

    /// - Returns: nil for the ARN of anything else.
    public init?(_ arn: ARN) {
        switch arn.service {
        case "sqs": self = arn.resource.hasSuffix(".fifo") ? .fifoQueue : .queue
        case "kinesis":
            guard arn.resource.hasPrefix("stream/"), !arn.resource.contains("/consumer/") else { return nil }
            self = .kinesis
        case "dynamodb":
            guard arn.resource.contains("/stream/") else { return nil }
            self = .dynamoDB
        default: return nil
        }
    }

    public var isQueue: Bool { self == .queue || self == .fifoQueue }
}

/// How a source is read and its records are handed on: what Lambda's event source mappings and Pipes have in common.
public struct SourceSettings: Codable, Sendable, Hashable {
    /// The source's ARN.
    public var source: String
    public var region: String
    public var batchSize: Int
    public var windowSeconds: Int
    /// `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`; empty for queues.
    public var start: String
    public var startTime: Timestamp?
    /// -1 is forever.
    public var retriesMax: Int
    /// Seconds; -1 is forever.
    public var recordAgeMax: Int
    public var bisects: Bool
    /// Batches of one shard that may run at once, 1 to 10.
    public var parallelization: Int
    /// 0 is none.
    public var tumblingSeconds: Int
    /// The consumer tells which records of a batch have failed.
    public var reportsFailures: Bool
    /// Event patterns; a record that passes one of them is handed on. None means all.
    public var filters: [String]
    /// Batches of a queue that may run at once; nil leaves it to the reader.
    public var concurrencyMax: Int?
    /// When reading began: what `LATEST` means after a restart.
    public var created: Timestamp

    public init(
        source: String, region: String, batchSize: Int, windowSeconds: Int = 0, start: String = "", startTime: Timestamp? = nil,
        retriesMax: Int = -1, recordAgeMax: Int = -1, bisects: Bool = false, parallelization: Int = 1, tumblingSeconds: Int = 0,
        reportsFailures: Bool = false, filters: [String] = [], concurrencyMax: Int? = nil, created: Timestamp
    ) {
        (self.source, self.region, self.batchSize, self.windowSeconds) = (source, region, batchSize, windowSeconds)
        (self.start, self.startTime, self.retriesMax, self.recordAgeMax) = (start, startTime, retriesMax, recordAgeMax)
        (self.bisects, self.parallelization, self.tumblingSeconds) = (bisects, parallelization, tumblingSeconds)
        (self.reportsFailures, self.filters, self.concurrencyMax) = (reportsFailures, filters, concurrencyMax)
        self.created = created
    }
}

/// Bounds of what a reader keeps and how long it waits.
enum SourceLimit {
    /// Bytes of a batch's records as JSON, with room for what stands around them in six megabytes.
    static let batchBytes = (6 << 20) - 4_096
    /// Records and bytes of one shard that wait for their lanes.
    static let waitingRecords = 1_000
    static let waitingBytes = 12 << 20
    /// A stream is looked at this often though no change is announced.
    static let fallback = Duration.seconds(3_600)
    /// Kinesis lets a shard be read five times a second, by all its readers together.
    static let kinesisPause = Duration.milliseconds(250)
    /// Between looks at a source that cannot be read: from a second, doubling to this.
    static let trouble = 60
    /// Batches of a queue that run at once unless the consumer knows better: AWS begins with five
    /// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
    static let queueConcurrency = 5
    /// The longest poll of SQS, in seconds, and the messages of one.
    static let pollSeconds = 20
    static let pollMessages = 10
    /// A window's state (https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html).
    static let windowState = 1 << 20
}

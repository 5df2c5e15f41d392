/// https://docs.aws.amazon.com/firehose/latest/dev/limits.html
enum FirehoseLimit {
    /// Bytes of a record before base64.
    static let recordBytes = 1_024_000
    static let batchRecords = 500
    /// Bytes of a PutRecordBatch call.
    static let batchBytes = 4 << 20
    static let streams = 5_000
    static let tags = 50
    static let page = 10
    /// How long a stream is CREATING or DELETING.
    static let settling = Duration.milliseconds(50)
    /// Records are kept and tried for this long.
    static let retention = Duration.seconds(86_400)
    /// Bytes that one stream keeps because its destination is slow or away; then puts are turned away.
    static let backlogBytes: Int64 = 4 << 30
    /// Bytes of batches that are being worked on at once.
    static let workingBytes = 256 << 20
    /// Zero buffering still gathers what comes within this time.
    static let shortestInterval = Duration.seconds(1)
    /// Names of the streams' prefixes after they are evaluated.
    static let prefixBytes = 512
    static let randomCharacters = 11
    /// Partitions of one stream that fill at the same time.
    static let activePartitions = 500
    static let partitionKeys = 50
    /// Partitions that one batch writes to at once.
    static let appendsAtOnce = 32
    /// Bytes of a processed record, with the one it was made of, and of what is written to a partition's log at once.
    static let partitionRecord = 10 << 20
    static let partitionAppend = 16 << 20
    /// What a function may be sent and may answer.
    static let functionBytes = 6 << 20
    /// Seconds that a function's buffer fills unless it is said.
    static let functionInterval = 60
    /// Bytes that are gathered before they are sent to their partitions.
    static let partitioningBytes = 1 << 20
    static let functionRetries = 3
    static let functionRetriesMax = 300
    /// Of an answer that was worked out and waits for its destination.
    static let keptBytes = 64 << 20
    static let httpTimeout = Duration.seconds(180)
    static let httpRetry = 300
    /// Bytes of an endpoint's answer that the error log shows.
    static let httpAnswerBytes = 1_000
    static let sessionSeconds: Int64 = 3_600
    static let sessionMargin = Duration.seconds(300)
    static let dataKeysKept = 1_024
    static let oldKeys = 100
    /// One GetRecords of a source.
    static let sourceRecords = 10_000
    static let sourceInterval = Duration.milliseconds(200)
    static let sourceFallback = Duration.seconds(60)
    static let sourceTrouble = Duration.seconds(5)
    /// What a record may unpack to.
    static let unpackedBytes = 16 << 20
}

import Documents

/// https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
enum KinesisLimit {
    /// Bytes of a record's data, unless the stream's own maximum is larger.
    static let recordKiB = 1_024
    static let recordKiBMax = 10_240
    /// Bytes of a PutRecords call, partition keys included, and its records.
    static let batchBytes = 10 << 20
    static let batchRecords = 500
    static let partitionKeyCharacters = 256
    /// What one shard takes in a second.
    static let writeBytes = 1 << 20
    static let writeRecords = 1_000
    /// What one shard gives in a second, and how often it may be asked.
    static let readBytes = 2 << 20
    static let readCalls = 5
    /// One GetRecords answer.
    static let pageBytes = 10 << 20
    static let pageRecords = 10_000
    /// One SubscribeToShardEvent.
    static let eventBytes = 2 << 20
    static let iteratorLifetime = Duration.seconds(300)
    static let tokenLifetime = Duration.seconds(300)
    static let subscription = Duration.seconds(300)
    /// A second subscription of the same consumer takes over only after this.
    static let takeover = Duration.seconds(5)
    /// How long an idle subscription stays silent.
    static let heartbeat = Duration.seconds(5)
    static let retentionHours = 24
    static let retentionHoursMax = 8_760
    static let shards = 20_000
    /// The shards of a stream that is scaled on demand, when it is made.
    static let onDemandShards = 4
    static let onDemandStreams = 50
    static let consumers = 20
    static let tags = 50
    static let page = 100
    static let shardPage = 1_000
    static let policyBytes = 20_480
    /// How long a stream or consumer is CREATING, UPDATING or DELETING.
    static let settling = Duration.milliseconds(50)
    static let sweep = Duration.seconds(3_600)
    static let dataKeysKept = 1_024
}

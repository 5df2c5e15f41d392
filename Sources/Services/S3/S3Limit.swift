/// S3's quotas (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html and the pages of the operations).
enum Limit {
    /// Bytes of an object key in UTF-8.
    static let keySize = 1_024
    /// Bytes of all user metadata names and values together.
    static let metadataSize = 2 << 10
    static let objectTags = 10
    static let bucketTags = 50
    /// UTF-16 units of a tag's key and value.
    static let tagKeyLength = 128
    static let tagValueLength = 256
    /// Bytes of one PUT, one part or one copy.
    static let putSize: Int64 = 5 << 30
    /// Bytes of a whole object.
    static let objectSize: Int64 = 5 << 40
    static let parts = 10_000
    /// Bytes of a part that is not the last.
    static let partSizeMin: Int64 = 5 << 20
    /// Entries of one page of a listing.
    static let pageSize = 1_000
    /// Keys of one DeleteObjects.
    static let deleteKeys = 1_000
    static let policySize = 20 << 10
    static let bucketsPerAccount = 10_000
    static let notificationConfigurations = 100
    /// Access points of an account in one Region.
    static let accessPoints = 10_000
    /// Object Lambda access points of an account in one Region.
    static let objectLambdaPoints = 1_000
    /// Bytes that a configuration hands to its function.
    static let functionPayload = 131_072
    /// Bytes that a function returns.
    static let functionAnswer = 6 << 20
    /// Seconds in which a function must answer a request, by the machine's time, and requests that wait for that.
    static let transformationSeconds: Int64 = 60
    static let transformations = 1_000
    /// Multi-Region access points of an account, and Regions of each.
    static let multiRegionPoints = 100
    static let multiRegionBuckets = 20
    /// How long the outcome of an asynchronous request is known.
    static let asyncRequestRetention = Duration.seconds(90 * 86_400)
    static let asyncRequestLifetime = Duration.seconds(24 * 3_600)

    /// Rules of a lifecycle or replication configuration.
    static let lifecycleRules = 1_000
    static let replicationRules = 1_000
    /// Lanes of a bucket's replication; each carries some versions at once.
    static let replicationLanes = 16
    /// How long a version is tried when the fault is ours, and how often.
    static let replicationLifetime = Duration.seconds(7 * 86_400)
    static let replicationAttempts = 12
    /// Sessions of replication roles kept in memory, and for how long.
    static let replicationSessions = 1_000
    static let replicationSessionSeconds: Int64 = 300
    /// Seconds after which replication under time control is late.
    static let replicationThreshold: Int64 = 15 * 60
    /// Configurations of one kind of a bucket, how many a page has, and bytes of an id.
    static let configurations = 1_000
    static let configurationPage = 100
    static let configurationID = 64
    /// Rows that an inventory takes from the store at once, and bytes of text that go into one of its files.
    static let inventoryPage = 1_000
    static let inventoryFile = 16 << 20
    /// Bytes of an inventory's keys beside the prefix.
    static let inventoryNames = 256
    static let inventoryLifetime = Duration.seconds(24 * 3_600)
    /// Days of a lifecycle rule: the schema's integers have 32 bits.
    static let ruleDays = Int(Int32.max)
    /// UTF-16 units of a rule's id.
    static let ruleID = 255
    /// The most noncurrent versions that a rule can spare.
    static let newerVersions = 100
    /// Bytes below which an object stays in its class.
    static let transitionSizeMin: Int64 = 128 << 10
    static let daysBeforeInfrequentAccess = 30
    /// Keys that one step of a lifecycle run looks at, and versions that one of its transactions changes.
    static let lifecycleScan = 500
    static let lifecycleWrites = 100
    static let lifecyclePartsPerWrite = 10
    /// The longest default retention, and the longest restored copy.
    static let retentionDays = 36_500
    static let retentionYears = 100
    static let corsRules = 100
    static let routingRules = 50
    /// Rows that a scrub takes from the store at once.
    static let scrubBatch = 100
    /// Damages that a scrub names; more are counted.
    static let scrubDamage = 10_000
    /// Grants of one access control list.
    static let grants = 100
    /// Bytes of an encryption context as it comes in its header.
    static let contextSize = 8 << 10
    /// Bucket keys kept in memory.
    static let bucketKeys = 10_000
    /// Bytes up to which an object lives in the store and not in a file of its own: a row costs no file, no directory
    /// entry and no second fsync.
    static let inlineSize = 64 << 10
    /// Stored bytes of a body that lie in the object's record: both together are still a row that stays in its leaf
    /// (`SQLiteWriter.Limit.pageSize`).
    static let recordBodySize = 1_280
    /// Bytes that a copy or a download reads at once. Each piece wakes the one who reads it: with half of this a download is a
    /// quarter slower, with twice as much only larger.
    static let readSize = 512 << 10
    /// Bucket records kept decoded.
    static let cachedBuckets = 1_000
    /// Single deletions of a DeleteObjects that run side by side.
    static let deleteWidth = 32
    /// How long an event is offered to its destination.
    static let notificationLifetime = Duration.seconds(24 * 3_600)
    /// Answered requests that wait to be written into access logs; more are dropped.
    static let pendingLogLines = 10_000
    /// Between two writes of access log lines, by the machine's time.
    static let logPause = Duration.milliseconds(100)
    /// Between two deliveries of a bucket's access log.
    static let logInterval = Duration.seconds(300)
    /// Lines and bytes of one log object.
    static let logLines = 10_000
    static let logSize = 8 << 20
    /// Objects of a batch job.
    static let jobTasks: Int64 = 20_000_000
    /// Tasks that a batch job writes down in one transaction as it reads its manifest.
    static let jobManifestBatch = 500
    /// Tasks of a batch job between two looks at its status, and how many of them run at once.
    static let jobBatch = 64
    static let jobWidth = 8
    static let jobAttempts = 3
    /// A job ends when more than half of more tasks than this have failed.
    static let jobFailureTasks: Int64 = 1_000
    static let jobTags = 50
    /// How long a job is known after its end.
    static let jobRetention = Duration.seconds(90 * 86_400)
    /// Bytes of a manifest's row, of an inventory's file unpacked, of a function's answer.
    static let jobLine = 16 << 10
    static let jobInventorySize = 256 << 20
    static let jobAnswer = 6 << 20
    /// Lines of one file of a completion report or a generated manifest.
    static let jobReportLines = 50_000
    /// Bytes of a Select's expression, and of one of its Records events.
    static let expressionSize = 256 << 10
    static let recordsSize = 64 << 10
    /// Between two events of a Select that is still at work, by the machine's time.
    static let selectPause = Duration.seconds(5)
    /// Garbage rows handled in one go.
    static let garbageBatch = 100
}

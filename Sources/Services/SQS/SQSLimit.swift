/// SQS's quotas (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html).
enum SQSLimit {
    static let messageBytes = 1_048_576
    static let batchEntries = 10
    static let messageAttributes = 10
    static let attributeNameLength = 256
    static let queueNameLength = 80
    static let idLength = 128
    static let batchIDLength = 80
    static let visibilitySeconds: Int64 = 43_200
    static let delaySeconds: Int64 = 900
    static let waitSeconds: Int64 = 20
    static let inFlight = 120_000
    static let inFlightFifo = 120_000
    static let deduplication: Duration = .seconds(300)
    static let purgeInterval: Duration = .seconds(60)
    static let deletionRest: Duration = .seconds(60)
    static let listed = 1_000
    static let tags = 50
    /// Characters.
    static let tagKey = 128, tagValue = 256
    static let permissionActions = 7
    static let policyStatements = 20
    static let movedPerSecond: Int64 = 500
    static let moveTasksListed: Int64 = 10
    /// Bodies longer than this rest in a row of their own, so that a receive does not write them again.
    static let bodyInline = 4_096
    /// Rows that one transaction looks at or sweeps; more take further transactions.
    static let sweep = 1_000
    /// Groups that one receive looks at.
    static let groups = 64
    /// Data keys kept in memory.
    static let dataKeys = 1_024
    /// Queue records kept in memory.
    static let queuesCached = 10_000
}

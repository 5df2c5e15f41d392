/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
enum LogsLimit {
    static let page = 50
    static let tags = 50
    /// How often a read starts again for want of data keys; each round brings a hundred.
    static let keyRounds = 80
    static let dataKeysKept = 10_000
    static let metricFilters = 100
    static let dimensions = 3
    static let subscriptions = 2
    static let resourcePolicies = 10
    static let policyBytes = 5_120
    static let partitionKey = 256
    /// Live Tail sessions of an account, how long one lasts, events of one update, and events that wait for a slow client.
    static let liveTails = 15
    static let liveTailAge = Duration.seconds(3 * 3_600)
    static let liveTailEvents = 500
    static let liveTailHeld = 5_000
    /// Policies of an account.
    static let accountPolicyCharacters = 30_720
    static let selectionBytes = 25 << 10
    static let accountIndexPolicies = 40
    static let indexedFields = 20
    static let indexedFieldName = 100
    /// How long CloudWatch Logs tries to bring events to a subscription's destination.
    static let subscriptionAge = Duration.seconds(86_400)
    /// Bytes of an exported file before it is compressed; finished tasks that are still shown.
    static let exportFile = 5 << 20
    static let exportsKept = 1_000
    static let exportAge = Duration.seconds(86_400)
    /// Rows of a query's answer, and what it may hold in memory while it runs.
    static let queryRows = 10_000
    static let queryRowsDefault = 10_000
    static let queryRowsHeld = 100_000
    /// Bytes of a query's answer.
    static let queryBytes = 8 << 20
    static let queryGroups = 50
    static let queryAge = Duration.seconds(3_600)
    /// How long and how many queries can still be asked for.
    static let queryKept = Duration.seconds(7 * 86_400)
    static let queriesKept = 1_000
    /// Events that are read in one transaction.
    static let queryPage = 1_000
    static let batchEvents = 10_000
    /// Bytes of a batch, 26 counted on top of each event's message.
    static let batchBytes = 1_048_576
    static let eventOverhead = 26
    /// Bytes of a page of events, and their number.
    static let pageBytes = 1 << 20
    static let pageEvents = 10_000
    /// Events that the pages of one search have shown before the next.
    static let shownEvents = Int(Int32.max)
    /// How far behind and ahead of now an event may lie.
    static let past = Duration.seconds(14 * 86_400)
    static let future = Duration.seconds(2 * 3_600)
    static let batchSpan = Duration.seconds(86_400)
    /// Events that one retention sweep removes in one transaction.
    static let sweep = 1_000
    static let retention: Set<Int> = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ]
}

import Kernel

/// What the catalog refuses.
enum GlueFault: Fault, Equatable {
    case databaseNotFound(String)
    case tableNotFound
    case tableVersionNotFound
    case partitionNotFound
    case columnNotFound(String)
    case statisticsNotFound(String)
    case functionNotFound(String)
    case functionExists
    case policyNotFound
    case policyCondition
    case crawlerNotFound(String)
    /// What an ARN names, whole.
    case resourceNotFound(String)
    case databaseExists
    case tableExists
    case partitionExists
    case crawlerExists(String)
    case crawlerRunning(String)
    case crawlerNotRunning(String)
    case crawlerStopping(String)
    case schedulerRunning
    case schedulerNotRunning
    case noSchedule
    case invalid(String)
    case concurrentModification
    case tooMany(String)

    var wire: AWSError {
        switch self {
        case .databaseNotFound(let name): AWSError("EntityNotFoundException", 400, "Database \(name) not found.")
        case .tableNotFound: AWSError("EntityNotFoundException", 400, "Entity Not Found")
        case .tableVersionNotFound: AWSError("EntityNotFoundException", 400, "Table version not found.")
        case .partitionNotFound: AWSError("EntityNotFoundException", 400, "Cannot find partition.")
        case .columnNotFound(let name): AWSError("EntityNotFoundException", 400, "Column \(name) not found.")
        case .statisticsNotFound(let name):
            AWSError("EntityNotFoundException", 400, "Column statistics of column \(name) not found.")
        case .functionNotFound(let name): AWSError("EntityNotFoundException", 400, "Function \(name) not found.")
        case .policyNotFound: AWSError("EntityNotFoundException", 400, "Policy not found")
        case .policyCondition: AWSError("ConditionCheckFailureException", 400, "A condition on the resource policy is not met")
        case .functionExists: AWSError("AlreadyExistsException", 400, "Function already exists.")
        case .crawlerNotFound(let name):
            AWSError("EntityNotFoundException", 400, "Crawler entry with name \(name) does not exist")
        case .resourceNotFound(let arn): AWSError("EntityNotFoundException", 400, "Resource \(arn) does not exist")
        case .databaseExists: AWSError("AlreadyExistsException", 400, "Database already exists.")
        case .tableExists: AWSError("AlreadyExistsException", 400, "Table already exists.")
        case .partitionExists: AWSError("AlreadyExistsException", 400, "Partition already exists.")
        case .crawlerExists(let name): AWSError("AlreadyExistsException", 400, "\(name) already exists")
        case .crawlerRunning(let name): AWSError("CrawlerRunningException", 400, "Crawler with name \(name) has already started")
        case .crawlerNotRunning(let name): AWSError("CrawlerNotRunningException", 400, "Crawler with name \(name) isn't running")
        case .crawlerStopping(let name): AWSError("CrawlerStoppingException", 400, "Crawler with name \(name) is stopping")
        case .schedulerRunning: AWSError("SchedulerRunningException", 400, "The schedule is already running")
        case .schedulerNotRunning: AWSError("SchedulerNotRunningException", 400, "The schedule is not running")
        case .noSchedule: AWSError("NoScheduleException", 400, "There is no schedule")
        case .invalid(let text): AWSError("InvalidInputException", 400, text)
        case .concurrentModification:
            AWSError("ConcurrentModificationException", 400, "Update table failed due to concurrent modifications.")
        case .tooMany(let what): AWSError("ResourceNumberLimitExceededException", 400, "Number of \(what) exceeds the limit.")
        }
    }
}

/// Quotas and page sizes (https://docs.aws.amazon.com/general/latest/gr/glue.html).
enum GlueLimit {
    static let page = 100
    static let partitionPage = 1_000
    static let batchCreate = 100
    static let batchDelete = 25
    static let batchUpdate = 100
    static let batchGet = 1_000
    static let tableVersions = 100
    /// Text of a partition expression.
    static let expression = 2_048
    static let expressionDepth = 32
    static let targets = 100
    /// Of one account in one Region.
    static let functions = 100
    static let policyBytes = 10_240
    /// Of one resource.
    static let tags = 50
}

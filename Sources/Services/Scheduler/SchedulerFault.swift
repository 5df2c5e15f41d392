import Kernel

/// What Scheduler refuses (https://docs.aws.amazon.com/scheduler/latest/APIReference/CommonErrors.html and each operation's
/// page).
enum SchedulerFault: Fault {
    case scheduleNotFound(String)
    case groupNotFound(String)
    case scheduleExists(String)
    case groupExists(String)
    case groupIsDeleting(String)
    case tokenReused
    case validation(String)
    case quota(String)
    case notBuilt(String)
    /// What KMS says of the schedule's key.
    case key(AWSError)

    var wire: AWSError {
        switch self {
        case .scheduleNotFound(let name): error("ResourceNotFoundException", 404, "Schedule \(name) does not exist.")
        case .groupNotFound(let name): error("ResourceNotFoundException", 404, "Schedule group \(name) does not exist.")
        case .scheduleExists(let name): error("ConflictException", 409, "Schedule \(name) already exists.")
        case .groupExists(let name): error("ConflictException", 409, "Schedule group \(name) already exists.")
        case .groupIsDeleting(let name): error("ConflictException", 409, "Schedule group \(name) is being deleted.")
        case .tokenReused:
            error("ConflictException", 409, "The client token was used before for a request with other parameters.")
        case .validation(let message): error("ValidationException", 400, message)
        case .quota(let message): error("ServiceQuotaExceededException", 402, message)
        case .notBuilt(let what): AWSError.notImplemented(what, of: "scheduler")
        case .key(let refusal):
            refusal.code.contains("AccessDenied")
                ? error("AccessDeniedException", 403, refusal.message) : error("ValidationException", 400, refusal.message)
        }
    }

    private func error(_ code: String, _ status: Int, _ message: String) -> AWSError {
        AWSError(code, status, message, fields: ["Message": .string(message)])
    }
}

/// https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
enum SchedulerLimit {
    static let groups = 500
    static let page = 100
    static let tags = 50
    /// Bytes of a target's input.
    static let inputBytes = 262_144
    static let retries = 185
    static let ageSeconds = 86_400
    /// Seconds that a schedule's start may lie back.
    static let startSeconds: Int64 = 300
    /// How long a client token is known.
    static let tokenLife = Duration.seconds(8 * 3_600)
    /// How many old tokens a request clears away.
    static let tokenSweep = 8
    /// How many schedules of a deleted group go at once.
    static let deletedAtOnce = 500
    /// How long a dead letter waits for its queue.
    static let deadLetterAge = Duration.seconds(86_400)
}

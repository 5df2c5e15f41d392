import Documents
import Kernel
import Store

/// A job of S3 Batch Operations (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops.html).
struct JobRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    enum Status: String, Codable, Sendable {
        case new = "New"
        case preparing = "Preparing"
        /// Waits for the customer's confirmation.
        case suspended = "Suspended"
        case ready = "Ready"
        case active = "Active"
        /// Another job with a higher priority goes first.
        case paused = "Paused"
        case completing = "Completing"
        case complete = "Complete"
        case cancelling = "Cancelling"
        case cancelled = "Cancelled"
        case failing = "Failing"
        case failed = "Failed"

        var isOver: Bool { self == .complete || self == .cancelled || self == .failed }
        /// There is work to do without anybody's word.
        var isAtWork: Bool { !isOver && self != .suspended }
    }
    struct Failure: Codable, Hashable, Sendable {
        var code: String
        var reason: String
    }

    var id: String
    var account: String
    var region: String
    /// The whole of CreateJob's input, in the API model's form.
    var request: Document
    var priority: Int
    var status: Status
    var created: Timestamp
    var ended: Timestamp?
    var suspended: Timestamp?
    var reason: String?
    var failures: [Failure]
    var tags: [Tag]
    var total: Int64
    var succeeded: Int64
    var failed: Int64
    /// Time spent while active.
    var activeMilliseconds: Int64
    /// Where the generated manifest lies.
    var generated: Document?

    var arn: String { "arn:aws:s3:\(region):\(account):job/\(id)" }
    var roleARN: String { request["RoleArn"]?.string ?? "" }
    var needsConfirmation: Bool { request["ConfirmationRequired"]?.bool ?? false }

    /// The operation's name and its arguments.
    var operation: (name: String, arguments: Document) {
        guard let first = request["Operation"]?.members?.elements.first else { return ("", .null) }
        return (first.key, first.value)
    }

    static func all(account: String, region: String) -> Key { Key(.s3Job, "job", .text(account), .text(region)) }
    static func key(_ id: String, account: String, region: String) -> Key {
        all(account: account, region: region).appending(.text(id))
    }
    var key: Key { Self.key(id, account: account, region: region) }
    /// A row for each job that has work to do.
    static let live = Key(.s3Job, "live")
    var liveKey: Key { Self.live.appending(.text(id)) }
    static func tokenKey(_ token: String, account: String, region: String) -> Key {
        Key(.s3Job, "token", .text(account), .text(region), .text(token))
    }
}

/// Where a job's record is.
struct JobPlace: Stored, Hashable {
    static let tag: UInt8 = 1
    var id: String
    var account: String
    var region: String
}

/// One object of a job's manifest.
struct JobTask: Stored, Hashable {
    static let tag: UInt8 = 1
    var bucket: String
    var key: String
    var version: String?

    static func all(_ job: String) -> Key { Key(.s3JobTask, .text(job)) }
    static func waiting(_ job: String) -> Key { all(job).appending("todo") }
    static func waiting(_ job: String, _ index: Int64) -> Key { waiting(job).appending(.integer(index)) }
}

/// What became of a task.
struct JobOutcome: Stored, Hashable {
    static let tag: UInt8 = 1
    var task: JobTask
    var hasSucceeded: Bool
    var httpStatus: Int
    /// Empty for a success.
    var code: String
    var message: String

    static func done(_ job: String, hasSucceeded: Bool) -> Key {
        JobTask.all(job).appending(hasSucceeded ? "succeeded" : "failed")
    }

    /// A line of the completion report
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html): the columns in the order of
    /// the published rows, which put the HTTP status before the error's code.
    var line: String {
        [
            task.bucket, PercentEncoding.encode(task.key, keeping: "/"), task.version ?? "",
            hasSucceeded ? "succeeded" : "failed", String(httpStatus), code, message,
        ].map(Self.quoted).joined(separator: ",") + "\n"
    }

    private static func quoted(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

/// What requests about jobs are refused for.
enum JobFault: Fault {
    case invalid(String)
    case noSuchJob(String)
    case wrongStatus(String)
    case tokenReused
    case notBuilt(String)
    case tooManyTags
    case badToken

    var wire: AWSError {
        switch self {
        case .invalid(let message): AWSError("InvalidRequest", 400, message)
        case .noSuchJob: AWSError("NoSuchJob", 404, "The specified job does not exist.")
        case .wrongStatus(let message): AWSError("JobStatusException", 400, message)
        case .tokenReused:
            AWSError("IdempotencyException", 400, "The client request token was used for a job with other parameters.")
        case .notBuilt(let what): AWSError.notImplemented(what, of: "s3control:CreateJob")
        case .tooManyTags: AWSError("TooManyTagsException", 400, "A job can have at most 50 tags.")
        case .badToken: AWSError("InvalidNextTokenException", 400, "The next token is not valid.")
        }
    }
}

import Documents

// The members of S3 Control's model that these operations use, under the model's names. What a job only keeps and gives back
// stays in the model's own form.

struct CreateJobInput: Codable, Sendable {
    var accountID: String
    var confirmationRequired: Bool?
    var operation: Document
    var report: Document
    var clientRequestToken: String
    var manifest: Document?
    var description: String?
    var priority: Int
    var roleARN: String
    var tags: [Shape.Tag]?
    var manifestGenerator: Document?

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case confirmationRequired = "ConfirmationRequired"
        case operation = "Operation"
        case report = "Report"
        case clientRequestToken = "ClientRequestToken"
        case manifest = "Manifest"
        case description = "Description"
        case priority = "Priority"
        case roleARN = "RoleArn"
        case tags = "Tags"
        case manifestGenerator = "ManifestGenerator"
    }
}

struct CreateJobOutput: Codable, Sendable {
    var jobID: String

    enum CodingKeys: String, CodingKey { case jobID = "JobId" }
}

struct JobInput: Codable, Sendable {
    var accountID: String
    var jobID: String

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case jobID = "JobId"
    }
}

struct DescribeJobOutput: Codable, Sendable {
    var job: ControlShape.Job

    enum CodingKeys: String, CodingKey { case job = "Job" }
}

struct ListJobsInput: Codable, Sendable {
    var accountID: String
    var jobStatuses: [String]?
    var nextToken: String?
    var maxResults: Int?

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case jobStatuses = "JobStatuses"
        case nextToken = "NextToken"
        case maxResults = "MaxResults"
    }
}

struct ListJobsOutput: Codable, Sendable {
    var jobs: [ControlShape.JobEntry] = []
    var nextToken: String?

    enum CodingKeys: String, CodingKey {
        case jobs = "Jobs"
        case nextToken = "NextToken"
    }
}

struct UpdateJobPriorityInput: Codable, Sendable {
    var accountID: String
    var jobID: String
    var priority: Int

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case jobID = "JobId"
        case priority = "Priority"
    }
}

struct UpdateJobPriorityOutput: Codable, Sendable {
    var jobID: String
    var priority: Int

    enum CodingKeys: String, CodingKey {
        case jobID = "JobId"
        case priority = "Priority"
    }
}

struct UpdateJobStatusInput: Codable, Sendable {
    var accountID: String
    var jobID: String
    var requestedJobStatus: String
    var statusUpdateReason: String?

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case jobID = "JobId"
        case requestedJobStatus = "RequestedJobStatus"
        case statusUpdateReason = "StatusUpdateReason"
    }
}

struct UpdateJobStatusOutput: Codable, Sendable {
    var jobID: String
    var status: String
    var statusUpdateReason: String?

    enum CodingKeys: String, CodingKey {
        case jobID = "JobId"
        case status = "Status"
        case statusUpdateReason = "StatusUpdateReason"
    }
}

struct PutJobTaggingInput: Codable, Sendable {
    var accountID: String
    var jobID: String
    var tags: [Shape.Tag]

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case jobID = "JobId"
        case tags = "Tags"
    }
}

struct GetJobTaggingOutput: Codable, Sendable {
    var tags: [Shape.Tag]

    enum CodingKeys: String, CodingKey { case tags = "Tags" }
}

extension ControlShape {
    struct JobTimers: Codable, Sendable {
        var elapsedTimeInActiveSeconds: Int64

        enum CodingKeys: String, CodingKey { case elapsedTimeInActiveSeconds = "ElapsedTimeInActiveSeconds" }
    }

    struct JobProgress: Codable, Sendable {
        var totalNumberOfTasks: Int64
        var numberOfTasksSucceeded: Int64
        var numberOfTasksFailed: Int64
        var timers: JobTimers

        init(_ record: JobRecord) {
            totalNumberOfTasks = record.total
            (numberOfTasksSucceeded, numberOfTasksFailed) = (record.succeeded, record.failed)
            timers = JobTimers(elapsedTimeInActiveSeconds: record.activeMilliseconds / 1_000)
        }

        enum CodingKeys: String, CodingKey {
            case totalNumberOfTasks = "TotalNumberOfTasks"
            case numberOfTasksSucceeded = "NumberOfTasksSucceeded"
            case numberOfTasksFailed = "NumberOfTasksFailed"
            case timers = "Timers"
        }
    }

    struct JobFailure: Codable, Sendable {
        var failureCode: String
        var failureReason: String

        enum CodingKeys: String, CodingKey {
            case failureCode = "FailureCode"
            case failureReason = "FailureReason"
        }
    }

    struct Job: Codable, Sendable {
        var jobID: String
        var confirmationRequired: Bool
        var description: String?
        var jobARN: String
        var status: String
        var manifest: Document?
        var operation: Document?
        var priority: Int
        var progressSummary: JobProgress
        var statusUpdateReason: String?
        var failureReasons: [JobFailure]
        var report: Document?
        var creationTime: Timestamp
        var terminationDate: Timestamp?
        var roleARN: String
        var suspendedDate: Timestamp?
        var suspendedCause: String?
        var manifestGenerator: Document?
        var generatedManifestDescriptor: Document?

        init(_ record: JobRecord) {
            (jobID, jobARN, status) = (record.id, record.arn, record.status.rawValue)
            (confirmationRequired, priority) = (record.needsConfirmation, record.priority)
            (description, roleARN) = (record.request["Description"]?.string, record.roleARN)
            (manifest, manifestGenerator) = (record.request["Manifest"], record.request["ManifestGenerator"])
            (operation, report) = (record.request["Operation"], record.request["Report"])
            (creationTime, terminationDate, suspendedDate) = (record.created, record.ended, record.suspended)
            suspendedCause = record.suspended.map { _ in "AWAITING_CONFIRMATION" }
            statusUpdateReason = record.reason
            failureReasons = record.failures.map { JobFailure(failureCode: $0.code, failureReason: $0.reason) }
            progressSummary = JobProgress(record)
            generatedManifestDescriptor = record.generated
        }

        enum CodingKeys: String, CodingKey {
            case jobID = "JobId"
            case confirmationRequired = "ConfirmationRequired"
            case description = "Description"
            case jobARN = "JobArn"
            case status = "Status"
            case manifest = "Manifest"
            case operation = "Operation"
            case priority = "Priority"
            case progressSummary = "ProgressSummary"
            case statusUpdateReason = "StatusUpdateReason"
            case failureReasons = "FailureReasons"
            case report = "Report"
            case creationTime = "CreationTime"
            case terminationDate = "TerminationDate"
            case roleARN = "RoleArn"
            case suspendedDate = "SuspendedDate"
            case suspendedCause = "SuspendedCause"
            case manifestGenerator = "ManifestGenerator"
            case generatedManifestDescriptor = "GeneratedManifestDescriptor"
        }
    }

    struct JobEntry: Codable, Sendable {
        var jobID: String
        var description: String?
        var operation: String
        var priority: Int
        var status: String
        var creationTime: Timestamp
        var terminationDate: Timestamp?
        var progressSummary: JobProgress

        init(_ record: JobRecord) {
            (jobID, description) = (record.id, record.request["Description"]?.string)
            (operation, priority, status) = (record.operation.name, record.priority, record.status.rawValue)
            (creationTime, terminationDate) = (record.created, record.ended)
            progressSummary = JobProgress(record)
        }

        enum CodingKeys: String, CodingKey {
            case jobID = "JobId"
            case description = "Description"
            case operation = "Operation"
            case priority = "Priority"
            case status = "Status"
            case creationTime = "CreationTime"
            case terminationDate = "TerminationDate"
            case progressSummary = "ProgressSummary"
        }
    }
}

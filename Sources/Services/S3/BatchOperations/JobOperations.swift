import Documents
import Kernel
import Model
import Store

extension S3ControlService {
    func registerJobs(in operations: inout Operations) {
        operations.on("CreateJob", createJob)
        operations.on("DescribeJob", describeJob)
        operations.on("ListJobs", listJobs)
        operations.on("UpdateJobPriority", updateJobPriority)
        operations.on("UpdateJobStatus", updateJobStatus)
        operations.on("PutJobTagging", putJobTagging)
        operations.on("GetJobTagging", getJobTagging)
        operations.on("DeleteJobTagging", deleteJobTagging)
        operations.timer("forget job", forgetJob)
    }

    var jobActions: ActionMap {
        [
            "CreateJob": { input, _ in
                var conditions: [String: [String]] = [:]
                if let operation = input["Operation"]?.members?.elements.first?.key {
                    conditions["s3:RequestJobOperation"] = [operation]
                }
                if let priority = input["Priority"]?.integer { conditions["s3:RequestJobPriority"] = [String(priority)] }
                return [
                    Permission("s3:CreateJob", on: "*", conditions: conditions),
                    Permission(
                        "iam:PassRole", on: input["RoleArn"]?.string ?? "*",
                        conditions: ["iam:PassedToService": [JobRunner.principal]]),
                ]
            },
            "ListJobs": { _, _ in [Permission("s3:ListJobs", on: "*")] },
            "DescribeJob": job("s3:DescribeJob"), "UpdateJobPriority": job("s3:UpdateJobPriority"),
            "UpdateJobStatus": job("s3:UpdateJobStatus"), "PutJobTagging": job("s3:PutJobTagging"),
            "GetJobTagging": job("s3:GetJobTagging"), "DeleteJobTagging": job("s3:DeleteJobTagging"),
        ]
    }

    private func job(_ action: String) -> @Sendable (Document, Context) async throws -> [Permission] {
        { input, context in
            let id = input["JobId"]?.string ?? "*"
            let account = input["AccountId"]?.string ?? context.account
            var conditions: [String: [String]] = [:]
            let key = JobRecord.key(id, account: account, region: context.region)
            if let record = try await context.store.read({ try $0.record(JobRecord.self, key) }) {
                conditions["s3:ExistingJobOperation"] = [record.operation.name]
                conditions["s3:ExistingJobPriority"] = [String(record.priority)]
                if record.status == .suspended { conditions["s3:JobSuspendedCause"] = ["AWAITING_CONFIRMATION"] }
            }
            if let priority = input["Priority"]?.integer { conditions["s3:RequestJobPriority"] = [String(priority)] }
            return [Permission(action, on: "arn:aws:s3:\(context.region):\(account):job/\(id)", conditions: conditions)]
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html
    func createJob(_ input: CreateJobInput, _ context: Context) async throws -> CreateJobOutput {
        try check(input.accountID, context)
        try JobRules.check(input)
        let request = try DocumentEncoder().encode(input)
        try Self.checkShape(request, context)
        let tags = try (input.tags ?? []).map { try Self.tag($0) }
        guard tags.count <= Limit.jobTags else { throw JobFault.tooManyTags }
        let record = JobRecord(
            id: Identifier.uuid(), account: context.account, region: context.region, request: request, priority: input.priority,
            status: .new, created: context.now, failures: [], tags: tags, total: 0, succeeded: 0, failed: 0,
            activeMilliseconds: 0)
        let token = JobRecord.tokenKey(input.clientRequestToken, account: record.account, region: record.region)
        let id = try await context.store.write { [s3] transaction in
            if let place = try transaction.record(JobPlace.self, token) {
                let key = JobRecord.key(place.id, account: place.account, region: place.region)
                guard let known = try transaction.record(JobRecord.self, key), known.request == record.request else {
                    throw JobFault.tokenReused
                }
                return known.id
            }
            try transaction.put(record.key, record)
            let place = JobPlace(id: record.id, account: record.account, region: record.region)
            try transaction.put(token, place)
            try transaction.put(record.liveKey, place)
            transaction.afterCommit { s3.jobs.wake() }
            return record.id
        }
        return CreateJobOutput(jobID: id)
    }

    /// What the model says of names, lengths and numbers: for jobs nobody else looks at them.
    /// - Throws: ``JobFault/invalid(_:)``
    private static func checkShape(_ input: Document, _ context: Context) throws {
        guard let shape = try context.platform.models.service(Self.id).operation(context.operation)?.input else { return }
        let violations = Validator.validate(input, shape: shape)
        guard violations.isEmpty else { throw JobFault.invalid(Validator.format(violations)) }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeJob.html
    func describeJob(_ input: JobInput, _ context: Context) async throws -> DescribeJobOutput {
        DescribeJobOutput(job: ControlShape.Job(try await foundJob(input, context)))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListJobs.html
    func listJobs(_ input: ListJobsInput, _ context: Context) async throws -> ListJobsOutput {
        try check(input.accountID, context)
        try Self.checkShape(try DocumentEncoder().encode(input), context)
        let limit = min(input.maxResults ?? Limit.pageSize, Limit.pageSize)
        guard limit >= 1 else { throw JobFault.invalid("MaxResults must be between 1 and 1000.") }
        let all = JobRecord.all(account: context.account, region: context.region)
        let after: Key?
        do { after = try input.nextToken.map { all.appending(.text(try ListingToken.decode($0))) } } catch {
            throw JobFault.badToken
        }
        let wanted = Set(input.jobStatuses ?? [])
        var page = try await context.store.read { snapshot in
            var page: [JobRecord] = []
            try snapshot.records(JobRecord.self, all, after: after) { _, record in
                if wanted.isEmpty || wanted.contains(record.status.rawValue) { page.append(record) }
                return page.count <= limit
            }
            return page
        }
        var output = ListJobsOutput()
        if page.count > limit {
            page.removeLast()
            output.nextToken = page.last.map { ListingToken.encode($0.id) }
        }
        output.jobs = page.map { ControlShape.JobEntry($0) }
        return output
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateJobPriority.html
    func updateJobPriority(_ input: UpdateJobPriorityInput, _ context: Context) async throws -> UpdateJobPriorityOutput {
        guard (0...2_147_483_647).contains(input.priority) else { throw JobFault.invalid("The priority is not valid.") }
        let record = try await changeJob(JobInput(accountID: input.accountID, jobID: input.jobID), context) { record in
            guard !record.status.isOver else { throw JobFault.wrongStatus("The job is over; its priority cannot be changed.") }
            record.priority = input.priority
        }
        return UpdateJobPriorityOutput(jobID: record.id, priority: record.priority)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateJobStatus.html
    func updateJobStatus(_ input: UpdateJobStatusInput, _ context: Context) async throws -> UpdateJobStatusOutput {
        let record = try await changeJob(JobInput(accountID: input.accountID, jobID: input.jobID), context) { record in
            switch input.requestedJobStatus {
            case "Ready":
                guard record.status == .suspended else {
                    throw JobFault.wrongStatus("A job in status \(record.status.rawValue) cannot be made Ready.")
                }
                record.status = .ready
                record.suspended = nil
            case "Cancelled":
                guard !record.status.isOver else {
                    throw JobFault.wrongStatus("A job in status \(record.status.rawValue) cannot be cancelled.")
                }
                record.status = .cancelling
            default: throw JobFault.invalid("The requested job status is not valid.")
            }
            if let reason = input.statusUpdateReason { record.reason = reason }
        }
        return UpdateJobStatusOutput(jobID: record.id, status: record.status.rawValue, statusUpdateReason: record.reason)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutJobTagging.html
    func putJobTagging(_ input: PutJobTaggingInput, _ context: Context) async throws -> Nothing {
        let tags = try input.tags.map { try Self.tag($0) }
        guard tags.count <= Limit.jobTags else { throw JobFault.tooManyTags }
        guard Set(tags.map(\.key)).count == tags.count else { throw JobFault.invalid("A tag's key is given more than once.") }
        _ = try await changeJob(JobInput(accountID: input.accountID, jobID: input.jobID), context) { $0.tags = tags }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetJobTagging.html
    func getJobTagging(_ input: JobInput, _ context: Context) async throws -> GetJobTaggingOutput {
        GetJobTaggingOutput(tags: try await foundJob(input, context).tags.map(Shape.Tag.init))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteJobTagging.html
    func deleteJobTagging(_ input: JobInput, _ context: Context) async throws -> Nothing {
        _ = try await changeJob(input, context) { $0.tags = [] }
        return Nothing()
    }

    /// Jobs are kept for 90 days after their end.
    func forgetJob(_ timer: TimerRecord, _ platform: Platform) async throws {
        let place = try DocumentDecoder().decode(JobPlace.self, from: timer.payload)
        try await platform.store.write { transaction in
            let key = JobRecord.key(place.id, account: place.account, region: place.region)
            guard let record = try transaction.record(JobRecord.self, key) else { return }
            try transaction.delete(key)
            let token = record.request["ClientRequestToken"]?.string ?? ""
            try transaction.delete(JobRecord.tokenKey(token, account: place.account, region: place.region))
            try transaction.deleteRange(from: JobTask.all(place.id), to: JobTask.all(place.id).rangeEnd)
        }
    }

    private static func tag(_ tag: Shape.Tag) throws -> Tag {
        guard (1...Limit.tagKeyLength).contains(tag.key.utf16.count), tag.value.utf16.count <= Limit.tagValueLength else {
            throw JobFault.invalid("A tag is not valid.")
        }
        return Tag(key: tag.key, value: tag.value)
    }

    private func foundJob(_ input: JobInput, _ context: Context) async throws -> JobRecord {
        try check(input.accountID, context)
        let key = JobRecord.key(input.jobID, account: context.account, region: context.region)
        guard let record = try await context.store.read({ try $0.record(JobRecord.self, key) }) else {
            throw JobFault.noSuchJob(input.jobID)
        }
        return record
    }

    private func changeJob(
        _ input: JobInput, _ context: Context, _ body: @escaping @Sendable (inout JobRecord) throws -> Void
    ) async throws -> JobRecord {
        try check(input.accountID, context)
        let key = JobRecord.key(input.jobID, account: context.account, region: context.region)
        return try await context.store.write { [s3] transaction in
            guard var record = try transaction.record(JobRecord.self, key) else { throw JobFault.noSuchJob(input.jobID) }
            try body(&record)
            try transaction.put(key, record)
            if record.status.isAtWork {
                try transaction.put(
                    record.liveKey, JobPlace(id: record.id, account: record.account, region: record.region))
            }
            transaction.afterCommit { s3.jobs.wake() }
            return record
        }
    }
}

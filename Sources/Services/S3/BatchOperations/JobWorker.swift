import Documents
import Kernel

/// Carries out a job's operation on one object, as the job's role and with no more rights than that one has.
struct JobWorker: Sendable {
    let run: JobRun
    let caller: Caller

    /// - Throws: only when the work is to stop.
    func carryOut(_ task: JobTask) async throws -> JobOutcome {
        var attempt = 1
        while true {
            try Task.checkCancellation()
            do {
                let message = try await once(task)
                return JobOutcome(task: task, hasSucceeded: true, httpStatus: 200, code: "", message: message)
            } catch let error as TemporaryFailure {
                guard attempt < Limit.jobAttempts else { return error.outcome(task) }
            } catch let error as AWSError {
                guard !error.isSenders, error.status != 501, attempt < Limit.jobAttempts else {
                    return JobOutcome(
                        task: task, hasSucceeded: false, httpStatus: error.status, code: error.code, message: error.message)
                }
            } catch let fault as any Fault {
                let error = fault.wire
                return JobOutcome(
                    task: task, hasSucceeded: false, httpStatus: error.status, code: error.code, message: error.message)
            }
            try await RealTime.wait(.milliseconds(Int64(50 << attempt)))
            attempt += 1
        }
    }

    /// A function asks to be asked again.
    private struct TemporaryFailure: Error {
        var message: String
        func outcome(_ task: JobTask) -> JobOutcome {
            JobOutcome(task: task, hasSucceeded: false, httpStatus: 200, code: "TemporaryFailure", message: message)
        }
    }

    private func once(_ task: JobTask) async throws -> String {
        let (name, arguments) = run.job.operation
        switch name {
        case "LambdaInvoke": return try await invoke(task, arguments)
        case "S3PutObjectCopy": try await call("CopyObject", JobCopy.input(task, arguments))
        case "S3PutObjectTagging":
            try await call("PutObjectTagging", object(task, ["Tagging": ["TagSet": arguments["TagSet"] ?? .list([])]]))
        case "S3DeleteObjectTagging": try await call("DeleteObjectTagging", object(task))
        case "S3PutObjectAcl": try await call("PutObjectAcl", object(task, JobCopy.list(arguments["AccessControlPolicy"])))
        case "S3InitiateRestoreObject":
            var request: Members = [:]
            if let days = arguments["ExpirationInDays"] { request["Days"] = days }
            let tier = arguments["GlacierJobTier"]?.string == "STANDARD" ? "Standard" : "Bulk"
            request["GlacierJobParameters"] = ["Tier": .string(tier)]
            try await call("RestoreObject", object(task, ["RestoreRequest": .map(request)]))
        case "S3PutObjectLegalHold":
            try await call("PutObjectLegalHold", object(task, ["LegalHold": arguments["LegalHold"] ?? .null]))
        case "S3PutObjectRetention":
            var more: Members = ["Retention": arguments["Retention"] ?? .null]
            if let bypass = arguments["BypassGovernanceRetention"] { more["BypassGovernanceRetention"] = bypass }
            try await call("PutObjectRetention", object(task, more))
        case "S3ReplicateObject": try await replicate(task)
        case "S3ComputeObjectChecksum":
            return try await run.service.computeChecksum(try JobChecksum(arguments), of: task, context("ComputeObjectChecksum"))
        case "S3UpdateObjectEncryption":
            try await call(
                "UpdateObjectEncryption", object(task, ["ObjectEncryption": arguments["ObjectEncryption"] ?? .null]))
        default: throw JobFault.notBuilt(name)
        }
        return "Successful"
    }

    private func object(_ task: JobTask, _ more: Members = [:]) -> Document {
        var input: Members = ["Bucket": .string(task.bucket), "Key": .string(task.key)]
        if let version = task.version { input["VersionId"] = .string(version) }
        return .map(input.merging(more) { $1 })
    }

    private func call(_ operation: String, _ input: Document) async throws {
        _ = try await run.platform.call(Call(S3Service.id, operation, input, caller: caller, region: run.job.region))
    }

    private func context(_ operation: String) -> Context {
        Context(
            platform: run.platform, caller: caller, region: run.job.region, service: S3Service.id, operation: operation,
            requestID: Identifier.uuid(), now: run.platform.clock.now())
    }

    /// Needs `s3:InitiateReplication` on the version
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-policies.html).
    private func replicate(_ task: JobTask) async throws {
        let context = context("InitiateReplication")
        var place = S3Actions.Place(bucket: task.bucket, key: task.key)
        place.version = task.version
        let permission = try await S3Actions(service: run.service).permission("s3:InitiateReplication", place, context)
        try await run.platform.demand(permission, in: context)
        try await run.service.batchReplicate(task, context)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
    private func invoke(_ task: JobTask, _ arguments: Document) async throws -> String {
        let isSecond = arguments["InvocationSchemaVersion"]?.string == "2.0"
        let id = Identifier.uuid()
        var entry: Members = [
            "taskId": .string(id), "s3Key": .string(PercentEncoding.encode(task.key, keeping: "/")),
            "s3VersionId": task.version.map { .string($0) } ?? .null,
        ]
        if isSecond {
            entry["s3Bucket"] = .string(task.bucket)
        } else {
            entry["s3BucketArn"] = .string("arn:aws:s3:::\(task.bucket)")
        }
        var job: Members = ["id": .string(run.job.id)]
        if isSecond { job["userArguments"] = arguments["UserArguments"] ?? .null }
        let event: Document = [
            "invocationSchemaVersion": .string(isSecond ? "2.0" : "1.0"), "invocationId": .string(Identifier.uuid()),
            "job": .map(job), "tasks": [.map(entry)],
        ]
        let function = arguments["FunctionArn"]?.string ?? ""
        let reply = try await run.platform.call(
            Call(
                "lambda", "Invoke", ["FunctionName": .string(function), "InvocationType": "RequestResponse"],
                body: RequestBody(ByteStream(bytes: JSON.write(event))), caller: caller,
                region: ARN(function)?.region ?? run.job.region))
        let answer = try await reply.body?.collect(limit: Limit.jobAnswer) ?? reply.output["Payload"]?.blob ?? []
        if reply.output["FunctionError"] != nil {
            throw AWSError("PermanentFailure", 200, "Lambda returned function error: \(String(decoding: answer, as: UTF8.self))")
        }
        let document = try? JSON.parse(answer)
        let result = document?["results"]?.list?.first { $0["taskId"]?.string == id }
        let text = result?["resultString"]?.string ?? ""
        switch result?["resultCode"]?.string ?? document?["treatMissingKeysAs"]?.string {
        case "Succeeded": return text.isEmpty ? "Successful" : text
        case "TemporaryFailure": throw TemporaryFailure(message: text)
        case "PermanentFailure": throw AWSError("PermanentFailure", 200, text)
        default: throw AWSError("PermanentFailure", 200, "Lambda returned an answer without a result for the task.")
        }
    }
}

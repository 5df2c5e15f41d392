import Crypto
import Documents
import Kernel
import Store

/// A job's completion report
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html), written as the job's role.
struct JobReport {
    let run: JobRun

    private var job: JobRecord { run.job }

    /// - Throws: ``AWSError`` where the role may not write it.
    func write() async throws {
        let report = job.request["Report"] ?? .null
        guard report["Enabled"]?.bool == true, job.succeeded + job.failed > 0, let path = JobPath(report["Bucket"]?.string ?? "")
        else { return }
        let caller = try await run.session()
        let own = report["Prefix"]?.string ?? ""
        let prefix = "\(own)\(own.isEmpty || own.hasSuffix("/") ? "" : "/")job-\(job.id)"
        var results: [Document] = []
        for hasSucceeded in [true, false] {
            if hasSucceeded, report["ReportScope"]?.string == "FailedTasksOnly" { continue }
            var last: Key?
            while let chunk = try await chunk(hasSucceeded, after: last) {
                last = chunk.last
                let sum = Hex.encode(Insecure.MD5.hash(data: chunk.bytes))
                let key = "\(prefix)/results/\(Hex.encode(Identifier.random(20))).csv"
                try await put(key, chunk.bytes, path.bucket, report, caller)
                results.append([
                    "TaskExecutionStatus": .string(hasSucceeded ? "succeeded" : "failed"), "Bucket": .string(path.bucket),
                    "MD5Checksum": .string(sum), "Key": .string(key),
                ])
            }
        }
        let manifest: Document = [
            "Format": "Report_CSV_20180820",
            "ReportCreationDate": .string(run.platform.clock.now().iso8601(milliseconds: true)), "Results": .list(results),
            "ReportSchema": "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage",
        ]
        let bytes = JSON.write(manifest)
        try await put("\(prefix)/manifest.json", bytes, path.bucket, report, caller)
        let sum = Hex.encode(Insecure.MD5.hash(data: bytes))
        try await put("\(prefix)/manifest.json.md5", Array(sum.utf8), path.bucket, report, caller)
    }

    private func chunk(_ hasSucceeded: Bool, after: Key?) async throws -> (bytes: [UInt8], last: Key)? {
        try await run.platform.store.read { [job] snapshot in
            var (bytes, last) = ([UInt8](), Key?.none)
            let rows = JobOutcome.done(job.id, hasSucceeded: hasSucceeded)
            try snapshot.records(JobOutcome.self, rows, after: after, limit: Limit.jobReportLines) { key, outcome in
                bytes.append(contentsOf: outcome.line.utf8)
                last = key
                return true
            }
            return last.map { (bytes, $0) }
        }
    }

    private func put(_ key: String, _ bytes: [UInt8], _ bucket: String, _ report: Document, _ caller: Caller) async throws {
        var input: Members = [
            "Bucket": .string(bucket), "Key": .string(key), "ServerSideEncryption": "AES256",
            "ContentLength": .integer(Int64(bytes.count)),
        ]
        if let owner = report["ExpectedBucketOwner"] { input["ExpectedBucketOwner"] = owner }
        _ = try await run.platform.call(
            Call(
                S3Service.id, "PutObject", .map(input), body: RequestBody(ByteStream(bytes: bytes)), caller: caller,
                region: job.region))
    }
}

extension S3Service {
    /// Sends a version again to where the bucket's replication rules say.
    func batchReplicate(_ task: JobTask, _ context: Context) async throws {
        guard try await replicateExisting(bucket: task.bucket, key: task.key, version: task.version, context) else {
            throw S3Fault.invalidRequest("The object is not eligible for replication under the bucket's rules.")
        }
    }
}

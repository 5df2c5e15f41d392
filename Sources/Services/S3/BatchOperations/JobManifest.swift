import Compression
import Documents
import Kernel
import Store

/// Makes tasks of a manifest: a list of objects, an inventory, or what a generator finds. One piece of it is in memory at a
/// time.
struct JobManifest {
    let run: JobRun
    let caller: Caller
    private var count: Int64 = 0
    private var pending: [JobTask] = []
    private var bucket: String?

    init(run: JobRun, caller: Caller) { (self.run, self.caller) = (run, caller) }

    /// - Throws: ``JobRecord/Failure/Thrown``, or what S3 refuses.
    mutating func take() async throws -> (count: Int64, generated: Document?) {
        var generated: Document?
        let request = run.job.request
        if let manifest = request["Manifest"] {
            let (path, body) = try await object(manifest["Location"] ?? .null)
            if manifest["Spec"]?["Format"]?.string == "S3BatchOperations_CSV_20180820" {
                let fields = (manifest["Spec"]?["Fields"]?.list ?? []).compactMap(\.string)
                try await list(body, fields)
            } else {
                try await inventory(body, path)
            }
        } else if let generator = request["ManifestGenerator"]?["S3JobManifestGenerator"] {
            generated = try await generate(generator)
        }
        try await flush()
        guard count > 0 else { throw JobRecord.Failure.thrown("NoKeysFound", "The manifest names no objects.") }
        return (count, generated)
    }

    /// The manifest object, which must be the very one that the job was made for.
    private func object(_ location: Document) async throws -> (JobPath, ByteStream) {
        guard let path = JobPath(location["ObjectArn"]?.string ?? ""), let key = path.key else {
            throw JobRecord.Failure.thrown("InvalidManifest", "The manifest's location is not valid.")
        }
        var input: Members = ["Bucket": .string(path.bucket), "Key": .string(key)]
        if let version = location["ObjectVersionId"]?.string { input["VersionId"] = .string(version) }
        let reply = try await call("GetObject", .map(input))
        let wanted = location["ETag"]?.string ?? ""
        guard Self.plain(reply.output["ETag"]?.string ?? "") == Self.plain(wanted) else {
            throw JobRecord.Failure.thrown("ManifestETagMismatch", "The manifest's ETag is not the one that the job names.")
        }
        return (path, reply.body ?? ByteStream(bytes: []))
    }

    private static func plain(_ eTag: String) -> String { String(eTag.filter { $0 != "\"" }) }

    private func call(_ operation: String, _ input: Document, body: RequestBody = .empty) async throws -> Reply {
        try await run.platform.call(
            Call(S3Service.id, operation, input, body: body, caller: caller, region: run.job.region))
    }

    private mutating func list(_ body: ByteStream, _ fields: [String]) async throws {
        var splitter = CSVSplitter()
        for try await piece in body {
            for row in try splitter.feed(piece) { try await add(row, fields) }
        }
        if let row = try splitter.end() { try await add(row, fields) }
    }

    private mutating func add(_ row: [String], _ fields: [String]) async throws {
        guard row.count == fields.count else {
            throw JobRecord.Failure.thrown(
                "InvalidManifest", "Row \(count + 1) has \(row.count) fields where the manifest names \(fields.count).")
        }
        var task = JobTask(bucket: "", key: "")
        for (name, value) in zip(fields, row) {
            switch name {
            case "Bucket": task.bucket = value
            case "Key":
                guard let key = PercentEncoding.decode(value[...], plusIsSpace: true) else {
                    throw JobRecord.Failure.thrown("InvalidManifest", "A key is not URL-encoded: \(value)")
                }
                task.key = key
            case "VersionId": task.version = value.isEmpty ? nil : value
            default: continue
            }
        }
        guard bucket == nil || bucket == task.bucket else {
            throw JobRecord.Failure.thrown("InvalidManifest", "A manifest's objects must be in one bucket.")
        }
        bucket = task.bucket
        try await add(task)
    }

    private mutating func add(_ task: JobTask) async throws {
        pending.append(task)
        count += 1
        guard count <= Limit.jobTasks else {
            throw JobRecord.Failure.thrown("ManifestTooLarge", "A manifest can have at most \(Limit.jobTasks) objects.")
        }
        if pending.count >= Limit.jobManifestBatch { try await flush() }
    }

    private mutating func flush() async throws {
        let (tasks, first, job) = (pending, count - Int64(pending.count), run.job)
        pending = []
        guard !tasks.isEmpty else { return }
        try await run.platform.store.write { transaction in
            for (offset, task) in tasks.enumerated() {
                try transaction.put(JobTask.waiting(job.id, first + Int64(offset)), task)
            }
        }
    }

    /// An inventory's manifest.json names packed lists
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html).
    private mutating func inventory(_ body: ByteStream, _ path: JobPath) async throws {
        let bytes = try await body.collect(limit: Limit.jobInventorySize)
        guard let manifest = try? JSON.parse(bytes), let files = manifest["files"]?.list else {
            throw JobRecord.Failure.thrown("InvalidManifest", "The inventory's manifest is not valid.")
        }
        guard manifest["fileFormat"]?.string == "CSV" else {
            throw JobRecord.Failure.thrown("InvalidManifest", "Only inventories in CSV can be manifests.")
        }
        let fields = (manifest["fileSchema"]?.string ?? "").split(separator: ",").map { String($0.drop { $0 == " " }) }
        guard fields.contains("Bucket"), fields.contains("Key") else {
            throw JobRecord.Failure.thrown("InvalidManifest", "The inventory has no buckets or keys.")
        }
        for file in files {
            guard let key = file["key"]?.string else { continue }
            let reply = try await call("GetObject", ["Bucket": .string(path.bucket), "Key": .string(key)])
            let packed = try await (reply.body ?? ByteStream(bytes: [])).collect(limit: Limit.jobInventorySize)
            let plain: [UInt8]
            do { plain = key.hasSuffix(".gz") ? try Gzip.decompress(packed, limit: Limit.jobInventorySize) : packed } catch {
                throw JobRecord.Failure.thrown("InvalidManifest", "\(key) cannot be unpacked.")
            }
            try await list(ByteStream(bytes: plain), fields)
        }
    }

    // MARK: Generated

    private mutating func generate(_ generator: Document) async throws -> Document? {
        guard let source = JobPath(generator["SourceBucket"]?.string ?? "") else { return nil }
        let filter = JobFilter(generator["Filter"] ?? .null)
        let wantsVersions = run.job.operation.name == "S3ReplicateObject"
        var output = generator["EnableManifestOutput"]?.bool == true ? ManifestOutput(generator, run.job) : nil
        var marker: Members = [:]
        while true {
            var input: Members = ["Bucket": .string(source.bucket)]
            if let owner = generator["ExpectedBucketOwner"] { input["ExpectedBucketOwner"] = owner }
            if let prefix = filter.commonPrefix { input["Prefix"] = .string(prefix) }
            input.merge(marker) { $1 }
            let page = try await call(wantsVersions ? "ListObjectVersions" : "ListObjectsV2", .map(input)).output
            for entry in page[wantsVersions ? "Versions" : "Contents"]?.list ?? [] {
                guard let key = entry["Key"]?.string, filter.takes(entry) else { continue }
                var task = JobTask(bucket: source.bucket, key: key)
                if wantsVersions { task.version = entry["VersionId"]?.string }
                if filter.needsRecord, try await !takes(task, filter) { continue }
                try await add(task)
                if let chunk = try output?.add(task) { try await put(chunk) }
            }
            guard page["IsTruncated"]?.bool == true else { break }
            marker = [:]
            if wantsVersions {
                marker["KeyMarker"] = page["NextKeyMarker"]
                marker["VersionIdMarker"] = page["NextVersionIdMarker"]
            } else {
                marker["ContinuationToken"] = page["NextContinuationToken"]
            }
        }
        guard var output, count > 0 else { return nil }
        if let chunk = try output.last() { try await put(chunk) }
        let manifest = output.manifest(source.bucket, at: run.platform.clock.now())
        let reply = try await put(manifest)
        return [
            "Format": "S3InventoryReport_CSV_20211130",
            "Location": [
                "ObjectArn": .string("\(output.bucketARN)/\(manifest.key)"),
                "ETag": .string(Self.plain(reply.output["ETag"]?.string ?? "")),
            ],
        ]
    }

    /// What the listing named, as its record has it. One that has gone meanwhile is not taken.
    private func takes(_ task: JobTask, _ filter: JobFilter) async throws -> Bool {
        let point = try await run.service.accessPoint(task.bucket, context)
        let name = point?.bucket ?? task.bucket
        return try await run.platform.store.read { [run] snapshot in
            guard let bucket = try run.service.buckets.record(name, in: snapshot),
                let record = try task.version.map({ try ObjectTable.version(name, task.key, $0, in: snapshot) })
                    ?? ObjectTable.head(name, task.key, in: snapshot)
            else { return false }
            return filter.takes(record, task.key, in: bucket)
        }
    }

    private var context: Context {
        Context(
            platform: run.platform, caller: caller, region: run.job.region, service: S3Service.id, operation: "CreateJob",
            requestID: Identifier.uuid(), now: run.platform.clock.now())
    }

    @discardableResult
    private func put(_ file: ManifestOutput.File) async throws -> Reply {
        var input: Members = [
            "Bucket": .string(file.bucket), "Key": .string(file.key), "ContentLength": .integer(Int64(file.bytes.count)),
        ]
        input.merge(file.headers) { $1 }
        return try await call("PutObject", .map(input), body: RequestBody(ByteStream(bytes: file.bytes)))
    }
}

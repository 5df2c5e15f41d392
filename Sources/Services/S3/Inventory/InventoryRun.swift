import Compression
import Crypto
import Documents
import Kernel
import SQLEngine
import Store

extension S3Service {
    /// It is midnight: the work goes to the outbox, so that no timer waits for it.
    func inventoryDue(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let name = timer.payload["bucket"]?.string, let id = timer.payload["id"]?.string else {
            throw StoreError.corrupt("inventory timer")
        }
        try await platform.store.write { transaction in
            let key = BucketConfigurationRecord.key(.inventory, name, id)
            guard let record = try transaction.record(BucketConfigurationRecord.self, key) else { return }
            let configuration = try DocumentDecoder().decode(Shape.InventoryConfiguration.self, from: record.document)
            guard configuration.isEnabled else { return }
            let now = platform.clock.now()
            let payload: Document = [
                "bucket": .string(name), "id": .string(id), "moment": .integer(timer.due.microseconds),
            ]
            try transaction.enqueue(
                Delivery(
                    id: Identifier.uuid(), lane: "s3 inventory \(name)", service: Self.id, name: "inventory", payload: payload,
                    created: now, expires: now + Limit.inventoryLifetime), on: platform)
            let next = InventoryTimer.next(name, configuration, after: max(now, timer.due))
            try transaction.schedule(next, on: platform)
        }
    }

    /// Writes an inventory. Repeated after a crash, it begins anew and overwrites nothing that was published: the manifest
    /// comes last.
    func deliverInventory(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let bucket = delivery.payload["bucket"]?.string, let id = delivery.payload["id"]?.string,
            let moment = delivery.payload["moment"]?.integer
        else { throw GiveUp("not an inventory") }
        do {
            _ = try await makeInventory(of: bucket, id, at: Timestamp(microseconds: moment), platform)
        } catch let fault as any Fault where fault.wire.isSenders {
            // A destination that does not let S3 write gets nothing.
            throw GiveUp("inventory \(bucket)/\(id): \(fault.wire.code): \(fault.wire.message)")
        }
    }

    /// Makes an inventory now, whatever its schedule says.
    /// - Returns: the URL of its manifest.
    /// - Throws: ``Fault`` where the bucket, the configuration or the permission to write is missing.
    public func makeInventory(of bucket: String, _ id: String, at moment: Timestamp, _ platform: Platform) async throws -> String
    {
        let (source, target, configuration) = try await platform.store.read { snapshot in
            let source = try requiredBucket(bucket, owner: nil, in: snapshot)
            let key = BucketConfigurationRecord.key(.inventory, bucket, id)
            guard let record = try snapshot.record(BucketConfigurationRecord.self, key) else { throw S3Fault.noConfiguration }
            let configuration = try DocumentDecoder().decode(Shape.InventoryConfiguration.self, from: record.document)
            let name = InventoryRules.destination(configuration)
            guard let target = try buckets.record(name, in: snapshot) else { throw S3Fault.noSuchBucket(name) }
            return (source, target, configuration)
        }
        var run = InventoryRun(
            source: source, target: target, configuration: configuration, moment: moment, platform: platform, writer: engine)
        return try await run.make()
    }
}

/// One inventory on its way to its bucket.
private struct InventoryRun {
    let source: BucketRecord
    let target: BucketRecord
    let configuration: Shape.InventoryConfiguration
    let moment: Timestamp
    let platform: Platform
    let writer: (any TableWriting)?
    private let columns: [InventoryField]
    private let plan: LifecyclePlan?
    private var held: [UInt8] = []
    private var files: [Document] = []
    private var keys: [String] = []

    init(
        source: BucketRecord, target: BucketRecord, configuration: Shape.InventoryConfiguration, moment: Timestamp,
        platform: Platform, writer: (any TableWriting)?
    ) {
        (self.source, self.target, self.configuration, self.moment) = (source, target, configuration, moment)
        (self.platform, self.writer) = (platform, writer)
        columns = InventoryField.columns(configuration)
        plan = source.lifecycle.map(LifecyclePlan.init)
    }

    private var format: String { configuration.destination.bucket.format }

    /// `prefix/source-bucket/configuration/`
    private var folder: String {
        let prefix = configuration.destination.bucket.prefix ?? ""
        let head = prefix.isEmpty ? "" : prefix.hasSuffix("/") ? prefix : prefix + "/"
        return "\(head)\(source.name)/\(configuration.id)/"
    }

    mutating func make() async throws -> String {
        var after: String?
        repeat {
            let (rows, last) = try await page(after: after)
            for row in rows {
                let line = format == "CSV" ? InventoryText.line(row, columns) : InventoryText.plainLine(row, columns)
                held.append(contentsOf: line.utf8)
                if held.count >= Limit.inventoryFile { try await flush() }
            }
            after = last
        } while after != nil
        if !held.isEmpty { try await flush() }
        return try await publish()
    }

    /// The versions of the next keys, and the last key; nil at the end.
    private func page(after: String?) async throws -> ([InventoryRow], String?) {
        let prefix = configuration.filter?.prefix
        let walk = KeyWalk(space: .s3Object, bucket: source.name, prefix: prefix, delimiter: nil)
        let takesAll = configuration.includedObjectVersions == "All"
        return try await platform.store.read { snapshot in
            var rows: [InventoryRow] = []
            var last: String?
            var isCut = false
            try walk.run(from: walk.start(after: after), in: snapshot) { entry in
                guard case .key(let key, let value, _) = entry else { return true }
                guard rows.count < Limit.inventoryPage else {
                    isCut = true
                    return false
                }
                last = key
                let head = try ObjectRecord(encoded: value)
                func row(_ record: ObjectRecord, _ isLatest: Bool) -> InventoryRow {
                    InventoryRow(bucket: source, plan: plan, key: key, record: record, isLatest: isLatest)
                }
                if takesAll || !head.isDeleteMarker { rows.append(row(head, true)) }
                guard takesAll else { return true }
                try snapshot.scan(ObjectTable.versions(source.name, key)) { _, value in
                    rows.append(row(try ObjectRecord(encoded: value), false))
                    return true
                }
                return true
            }
            return (rows, isCut ? last : nil)
        }
    }

    /// Writes the rows that are held to a file of their own.
    private mutating func flush() async throws {
        let bytes: [UInt8]
        let suffix: String
        switch format {
        case "CSV": (bytes, suffix) = (try Gzip.compress(held), "csv.gz")
        default:
            guard let writer else { throw S3Fault.header(notImplemented: "\(format) without the SQL worker") }
            bytes = try await ColumnarFile(writer: writer, platform: platform).make(held, columns, format: format)
            suffix = format.lowercased()
        }
        held = []
        let key = "\(folder)data/\(Identifier.uuid()).\(suffix)"
        try await put(bytes, key, "application/octet-stream")
        keys.append(key)
        files.append([
            "key": .string(key), "size": .integer(Int64(bytes.count)),
            "MD5checksum": .string(Hex.encode(Insecure.MD5.hash(data: bytes))),
        ])
    }

    private func publish() async throws -> String {
        let stamp = CivilTime(moment)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let day = "\(stamp.year)-\(two(stamp.month))-\(two(stamp.day))"
        let links = keys.map { "s3://\(target.name)/\($0)" }.joined(separator: "\n")
        try await put(
            Array(links.utf8), "\(folder)hive/dt=\(day)-\(two(stamp.hour))-\(two(stamp.minute))/symlink.txt", "text/plain")
        let manifest: Document = [
            "sourceBucket": .string(source.name), "destinationBucket": .string(target.arn), "version": "2016-11-30",
            "creationTimestamp": .string(String(moment.milliseconds)), "fileFormat": .string(format),
            "fileSchema": .string(InventoryField.schema(columns, format: format)), "files": .list(files),
        ]
        let text = JSON.write(manifest)
        let place = "\(folder)\(day)T\(two(stamp.hour))-\(two(stamp.minute))Z/manifest"
        try await put(text, place + ".json", "application/json")
        let sum = Hex.encode(Insecure.MD5.hash(data: text))
        try await put(Array(sum.utf8), place + ".checksum", "text/plain")
        return "s3://\(target.name)/\(place).json"
    }

    /// As S3 on behalf of the source: the destination's policy decides.
    private func put(_ bytes: [UInt8], _ key: String, _ type: String) async throws {
        var input: Members = [
            "Bucket": .string(target.name), "Key": .string(key), "ContentType": .string(type), "ACL": "bucket-owner-full-control",
            "ContentLength": .integer(Int64(bytes.count)),
        ]
        if let encryption = configuration.destination.bucket.encryption {
            input["ServerSideEncryption"] = encryption.sseKMS == nil ? "AES256" : "aws:kms"
            if let key = encryption.sseKMS?.keyID { input["SSEKMSKeyId"] = .string(key) }
        }
        let caller = Caller.service("s3.amazonaws.com", account: source.account, sourceARN: source.arn)
        _ = try await platform.call(
            Call(
                S3Service.id, "PutObject", .map(input), body: RequestBody(ByteStream(bytes: bytes)), caller: caller,
                region: target.region))
    }
}

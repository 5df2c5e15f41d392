import Documents
import Kernel
import Logging
import Store

extension S3Service {
    /// Puts the lines of a bucket that have gathered into objects of its target bucket, as the log delivery service and with
    /// no more rights than that one is given there. What may not be delivered is dropped.
    func deliverAccessLog(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let name = timer.payload["bucket"]?.string else { return }
        await accessLogs.flush(self, platform)
        while let batch = try await batch(of: name, platform) {
            if let bucket = try await buckets.current(name, in: platform.store), let rule = bucket.logging {
                try await deliver(batch, of: bucket, by: rule, platform)
            }
            try await platform.store.write { transaction in
                for key in batch.keys { try transaction.delete(key) }
            }
        }
    }

    /// Lines of one object.
    private struct Batch: Sendable {
        var keys: [Key] = []
        var bytes: [UInt8] = []
        /// Of the first line's day, `2026/11/21`.
        var day = ""
    }

    /// The oldest lines, as many as one object may have; of one day, because an object's key may name it.
    private func batch(of bucket: String, _ platform: Platform) async throws -> Batch? {
        let batch = try await platform.store.read { snapshot in
            var batch = Batch()
            try snapshot.scan(AccessLogLineRow.all(bucket), limit: Limit.logLines) { key, line in
                guard case .integer(let moment)? = try key.elements().dropFirst(2).first else { return true }
                let day = Self.day(Timestamp(microseconds: moment))
                if batch.keys.isEmpty { batch.day = day }
                guard day == batch.day, batch.bytes.count + line.count < Limit.logSize else { return false }
                batch.keys.append(key)
                batch.bytes.append(contentsOf: line + [0x0A])
                return true
            }
            return batch
        }
        return batch.keys.isEmpty ? nil : batch
    }

    private func deliver(_ batch: Batch, of bucket: BucketRecord, by rule: LoggingRule, _ platform: Platform) async throws {
        let now = platform.clock.now()
        var input: Members = [
            "Bucket": .string(rule.targetBucket),
            "Key": .string(Self.key(rule, bucket, day: batch.day, now)),
            "ContentType": "text/plain", "ContentLength": .integer(Int64(batch.bytes.count)),
        ]
        for (member, right) in [("GrantFullControl", Grant.Right.fullControl), ("GrantRead", .read)] {
            let grantees = rule.grants.filter { $0.right == right }.map {
                $0.isGroup ? "uri=\"\($0.grantee)\"" : "id=\"\($0.grantee)\""
            }
            if !grantees.isEmpty { input[member] = .string(grantees.joined(separator: ", ")) }
        }
        let call = Call(
            Self.id, "PutObject", .map(input), body: RequestBody(ByteStream(bytes: batch.bytes)),
            caller: .service(AccessLogs.principal, account: bucket.account, sourceARN: bucket.arn), region: bucket.region)
        do {
            _ = try await platform.call(call)
        } catch let error as AWSError where error.isSenders {
            platform.log.warning(
                "access log not delivered",
                metadata: ["bucket": "\(bucket.name)", "target": "\(rule.targetBucket)", "error": "\(error.code)"])
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html, "Log object key format"
    private static func key(_ rule: LoggingRule, _ bucket: BucketRecord, day: String, _ now: Timestamp) -> String {
        let text = Array(now.iso8601())
        let time = String(text[11..<19]).split(separator: ":").joined(separator: "-")
        let today = Self.day(now)
        let unique = Hex.encode(Identifier.random(8)).uppercased()
        func dashed(_ day: String) -> String { day.split(separator: "/").joined(separator: "-") }
        let place = "\(rule.targetPrefix)\(bucket.account)/\(bucket.region)/\(bucket.name)"
        return switch rule.keyFormat {
        case .simple: "\(rule.targetPrefix)\(dashed(today))-\(time)-\(unique)"
        case .partitionedByDelivery: "\(place)/\(today)/\(dashed(today))-\(time)-\(unique)"
        case .partitionedByEvent: "\(place)/\(day)/\(dashed(day))-00-00-00-\(unique)"
        }
    }

    /// `2026/11/21`
    private static func day(_ moment: Timestamp) -> String {
        String(Array(moment.iso8601())[0..<10]).split(separator: "-").joined(separator: "/")
    }
}

import Documents
import Kernel
import Store

/// A temporary copy of an archived version: when it is there, and until when.
struct RestoredCopy: Sendable, Hashable {
    var ready: Timestamp
    var expires: Timestamp
}

/// The archive classes and what their tiers take
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html; the upper ends).
enum Archive {
    static func isArchived(_ storageClass: String?) -> Bool { storageClass == "GLACIER" || storageClass == "DEEP_ARCHIVE" }

    /// - Returns: seconds; nil where the class has no such tier.
    static func seconds(_ storageClass: String?, tier: String) -> Int64? {
        switch (storageClass, tier) {
        case ("GLACIER", "Expedited"): 5 * 60
        case ("GLACIER", "Standard"): 5 * 3_600
        case ("GLACIER", "Bulk"), ("DEEP_ARCHIVE", "Standard"): 12 * 3_600
        case ("DEEP_ARCHIVE", "Bulk"): 48 * 3_600
        default: nil
        }
    }

    /// The days count from the copy's arrival, rounded up to the next midnight UTC.
    static func expiry(_ ready: Timestamp, days: Int) -> Timestamp {
        let end = ready.seconds + Int64(days) * 86_400
        return Timestamp(seconds: (end + 86_399) / 86_400 * 86_400)
    }
}

extension ObjectRecord {
    /// Whether its bytes can be read now: it is not archived, or a restored copy is there.
    func isReadable(at now: Timestamp) -> Bool {
        guard Archive.isArchived(headers.storageClass) else { return true }
        return restored.map { $0.ready <= now && now < $0.expires } ?? false
    }

    /// - Throws: ``S3Fault/archived(storageClass:)``.
    func checkReadable(at now: Timestamp) throws {
        guard isReadable(at: now) else { throw S3Fault.archived(storageClass: headers.storageClass ?? "") }
    }

    /// `x-amz-restore`; nil without a restoration that counts.
    func restoreHeader(at now: Timestamp) -> String? {
        guard let restored, now < restored.expires else { return nil }
        if restored.ready > now { return "ongoing-request=\"true\"" }
        return "ongoing-request=\"false\", expiry-date=\"\(restored.expires.httpDate())\""
    }
}

/// A listing that was asked to tell of temporary copies
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreStatus.html).
struct RestoreStatusWish {
    private let now: Timestamp

    /// - Returns: nil where nothing was asked for.
    /// - Throws: ``S3Fault/invalidArgument(_:name:value:)`` for another attribute.
    init?(_ attributes: [String]?, now: Timestamp) throws {
        guard let attributes, !attributes.isEmpty else { return nil }
        if let other = attributes.first(where: { $0 != "RestoreStatus" }) {
            throw S3Fault.invalidArgument(
                "Invalid attribute name specified", name: "x-amz-optional-object-attributes", value: other)
        }
        self.now = now
    }

    /// - Returns: nil for a version that no restoration counts for.
    func status(of record: ObjectRecord) -> Shape.RestoreStatus? {
        guard let copy = record.restored, now < copy.expires else { return nil }
        if copy.ready > now { return Shape.RestoreStatus(isRestoreInProgress: true) }
        return Shape.RestoreStatus(isRestoreInProgress: false, restoreExpiryDate: copy.expires)
    }
}

extension S3Service {
    func registerRestore(in operations: inout Operations) {
        operations.stream("RestoreObject", restoreObject)
        operations.timer("restored", restored)
        operations.timer("restore expired", restoreExpired)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
    /// - Returns: 202 for a new restoration, 200 where a copy's time was changed.
    func restoreObject(_ input: RestoreObjectInput, _ payload: RequestBody, _ context: Context) async throws -> Streamed<Nothing>
    {
        guard let request = input.restoreRequest else { throw S3Fault.malformedXML }
        guard request.type == nil else { throw S3Fault.header(notImplemented: "Type") }
        guard let days = request.days, days > 0, days <= Limit.retentionDays else { throw S3Fault.malformedXML }
        let tier = request.glacierJobParameters?.tier ?? request.tier ?? "Standard"
        guard ["Standard", "Bulk", "Expedited"].contains(tier) else { throw S3Fault.malformedXML }
        let isNew = try await context.store.write { transaction in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            var record = try ObjectTable.visible(bucket.name, input.key, version: input.versionID, in: transaction)
            guard Archive.isArchived(record.headers.storageClass) else {
                throw S3Fault.notArchived(storageClass: record.headers.storageClass ?? "STANDARD")
            }
            guard let seconds = Archive.seconds(record.headers.storageClass, tier: tier) else {
                throw S3Fault.invalidArgument(
                    "\(tier) retrievals are not supported by this storage class", name: "Tier", value: tier)
            }
            let now = context.now
            let ready = now + .seconds(seconds)
            if let copy = record.restored, now < copy.ready {
                // One on its way may only be made faster.
                guard ready < copy.ready else { throw S3Fault.restoreInProgress }
            } else if let copy = record.restored, now < copy.expires {
                let longer = RestoredCopy(ready: copy.ready, expires: Archive.expiry(now, days: days))
                record.restored = longer
                try ObjectTable.update(record, bucket.name, input.key, transaction)
                try transaction.schedule(
                    Self.restoreTimer("restore expired", at: longer.expires, bucket, input.key, record), on: context.platform)
                return false
            }
            let copy = RestoredCopy(ready: ready, expires: Archive.expiry(ready, days: days))
            record.restored = copy
            try ObjectTable.update(record, bucket.name, input.key, transaction)
            try announce(ObjectEvent(.restorePost, input.key, record), in: bucket, context, transaction)
            for (name, due) in [("restored", ready), ("restore expired", copy.expires)] {
                try transaction.schedule(Self.restoreTimer(name, at: due, bucket, input.key, record), on: context.platform)
            }
            return true
        }
        return Streamed(Nothing(), status: isNew ? 202 : 200)
    }

    private static func restoreTimer(
        _ name: String, at due: Timestamp, _ bucket: BucketRecord, _ key: String, _ record: ObjectRecord
    ) -> TimerRecord {
        TimerRecord(
            id: "\(name) \(bucket.name)/\(key) \(record.versionID)", service: id, name: name, due: due,
            payload: ["bucket": .string(bucket.name), "key": .string(key), "version": .string(record.versionID)])
    }

    /// The temporary copy is there: the event goes out.
    func restored(_ timer: TimerRecord, _ platform: Platform) async throws {
        try await changeRestored(timer, platform) { record in
            record.restored.map { $0.ready <= timer.due } == true ? .restoreCompleted : nil
        }
    }

    /// The temporary copy's time is over: it goes, and the event goes out. A time that was changed has a timer of its own.
    func restoreExpired(_ timer: TimerRecord, _ platform: Platform) async throws {
        try await changeRestored(timer, platform) { record in
            record.restored.map { $0.expires <= timer.due } == true ? .restoreExpired : nil
        }
    }

    /// - Parameter event: what has happened to a version; nil for nothing.
    private func changeRestored(
        _ timer: TimerRecord, _ platform: Platform, _ event: @escaping @Sendable (ObjectRecord) -> ObjectEvent.Kind?
    ) async throws {
        guard let name = timer.payload["bucket"]?.string, let key = timer.payload["key"]?.string,
            let version = timer.payload["version"]?.string
        else { throw StoreError.corrupt("restore timer") }
        try await platform.store.write { transaction in
            guard let bucket = try buckets.record(name, in: transaction),
                var record = try ObjectTable.version(name, key, version, in: transaction), let kind = event(record)
            else { return }
            let context = Context(
                platform: platform, caller: .service("s3.amazonaws.com", account: bucket.account, sourceARN: bucket.arn),
                region: bucket.region, service: Self.id, operation: "RestoreObject", requestID: Identifier.uuid(), now: timer.due)
            try announce(ObjectEvent(kind, key, record), in: bucket, context, transaction)
            guard kind == .restoreExpired else { return }
            record.restored = nil
            try ObjectTable.update(record, name, key, transaction)
        }
    }
}

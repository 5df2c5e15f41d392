import Documents
import Kernel
import Store

/// Why a version does not reach a destination, and never will by trying again.
private struct ReplicationStop: Error { var reason: String }

/// A version that must travel, as it is now.
private struct Departure: Sendable {
    var source: BucketRecord
    var target: BucketRecord
    var rule: Shape.ReplicationRule
    var record: ObjectRecord
}

extension S3Service {
    /// Carries one version to one destination, as the configuration's role
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html). A refusal settles it as FAILED; an error of
    /// our own is tried again.
    func replicate(_ delivery: Delivery, _ platform: Platform) async throws {
        let task = try ReplicationTask(delivery)
        do {
            guard let departure = try await departure(task, platform) else { return }
            try await carry(task, departure, platform)
        } catch let stop as ReplicationStop {
            try await settle(task, asFailed: stop.reason, platform)
        } catch let fault as S3Fault {
            try await settle(task, asFailed: fault.wire.code, platform)
        } catch let error as AWSError where error.isSenders {
            try await settle(task, asFailed: error.code, platform)
        } catch  where !(error is CancellationError) && delivery.attempts + 1 >= Limit.replicationAttempts {
            platform.log.error(
                "replication failed", metadata: ["bucket": "\(task.bucket)", "key": "\(task.key)", "error": "\(error)"])
            try await settle(task, asFailed: "InternalError", platform)
        }
    }

    /// - Returns: nil where there is nothing to do any more: the version is gone, or has changed and travels anew.
    private func departure(_ task: ReplicationTask, _ platform: Platform) async throws -> Departure? {
        try await platform.store.read { snapshot in
            guard let source = try buckets.record(task.bucket, in: snapshot),
                let record = try ObjectTable.version(task.bucket, task.key, task.version, in: snapshot),
                let state = record.replication, state.generation == task.generation
            else { return nil }
            guard
                let rule = source.replication?.rules.first(where: { $0.id == task.rule && $0.destinationName == task.destination }
                ),
                rule.status == "Enabled"
            else { throw ReplicationStop(reason: "ReplicationRuleNotFound") }
            guard let target = try buckets.record(task.destination, in: snapshot) else {
                throw ReplicationStop(reason: "DstBucketNotFound")
            }
            guard target.versioning == .enabled else { throw ReplicationStop(reason: "DstBucketUnversioned") }
            if let account = rule.destination.account, account != target.account {
                throw ReplicationStop(reason: "DstBucketNotOwnedByAccount")
            }
            return Departure(source: source, target: target, rule: rule, record: record)
        }
    }

    private func carry(_ task: ReplicationTask, _ departure: Departure, _ platform: Platform) async throws {
        let (source, target, rule) = (departure.source, departure.target, departure.rule)
        guard let role = source.replication?.role else { throw ReplicationStop(reason: "ReplicationRuleNotFound") }
        let caller: Caller
        do {
            caller = try await replicationRoles.session(role, for: source, on: platform)
        } catch let error as AWSError where error.isSenders {
            throw ReplicationStop(reason: "AssumeRoleNotPermitted")
        }
        let context = Context(
            platform: platform, caller: caller, region: source.region, service: Self.id, operation: "ReplicateObject",
            requestID: Identifier.uuid(), now: platform.clock.now())
        try await demand(task, departure, context)
        let isThere = try await platform.store.read { snapshot in
            try ObjectTable.version(target.name, task.key, task.version, in: snapshot) != nil
        }
        var replica = Self.replica(departure)
        var (body, isShared) = (ObjectBody.nothing, true)
        var object: FoundObject?
        if !isThere, !departure.record.isDeleteMarker {
            let found = try await find(bucket: source.name, key: task.key, version: task.version, owner: nil, platform)
            object = found
            (body, isShared) = try await replicaBody(of: found, &replica, rule, in: target, key: task.key, context)
        }
        let (record, bytes, shares) = (replica, body, isShared)
        do {
            let isStored = try await platform.store.write { transaction in
                try arrive(task, record, bytes, shares: shares, rule, context, transaction)
            }
            if !isStored, !shares { await drop(bytes, platform) }
        } catch {
            if !shares { await drop(bytes, platform) }
            throw error
        }
        // Pins the source's blobs until the copy has its own references.
        withExtendedLifetime(object) {}
    }

    /// Each permission that S3 needs for it, asked as the role; a denial says in `tarn why` what is missing.
    private func demand(_ task: ReplicationTask, _ departure: Departure, _ context: Context) async throws {
        let actions = S3Actions(service: self)
        let (source, target, record) = (departure.source.name, departure.target.name, departure.record)
        func demand(_ action: String, _ bucket: String, _ key: String?) async throws {
            let permission = try await actions.permission(action, .init(bucket: bucket, key: key), context, isSource: true)
            do { try await context.platform.demand(permission, in: context) } catch let error as AWSError where error.isSenders {
                throw ReplicationStop(reason: bucket == source ? "SrcAccessDenied" : "DstPutObjectNotPermitted")
            }
        }
        try await demand("s3:GetReplicationConfiguration", source, nil)
        try await demand("s3:ListBucket", source, nil)
        if record.isDeleteMarker { return try await demand("s3:ReplicateDelete", target, task.key) }
        try await demand("s3:GetObjectVersionForReplication", source, task.key)
        try await demand("s3:GetObjectVersionAcl", source, task.key)
        try await demand("s3:ReplicateObject", target, task.key)
        if !record.tags.isEmpty {
            try await demand("s3:GetObjectVersionTagging", source, task.key)
            try await demand("s3:ReplicateTags", target, task.key)
        }
        if departure.rule.destination.accessControlTranslation != nil {
            try await demand("s3:ObjectOwnerOverrideToBucketOwner", target, task.key)
        }
    }

    /// The record of the copy: the same version with the same id, but for what the rule changes.
    private static func replica(_ departure: Departure) -> ObjectRecord {
        let (source, target, rule) = (departure.source, departure.target, departure.rule)
        var record = departure.record
        record.olderNull = nil
        record.restored = nil
        record.replication = ReplicationState(isReplica: true)
        if let name = rule.destination.storageClass { record.headers.storageClass = name == "STANDARD" ? nil : name }
        if target.objectLock == nil { (record.retention, record.legalHold) = (nil, nil) }
        if !target.usesACLs || rule.destination.accessControlTranslation != nil {
            (record.owner, record.grants) = (nil, nil)
        } else if source.account != target.account {
            record.owner = departure.record.owner ?? source.account
        }
        if record.owner == target.account { record.owner = nil }
        return record
    }

    /// The copy's bytes. Blobs are shared where the same key opens them; what is under KMS is encrypted anew, part by part.
    private func replicaBody(
        of object: FoundObject, _ record: inout ObjectRecord, _ rule: Shape.ReplicationRule, in target: BucketRecord, key: String,
        _ context: Context
    ) async throws -> (ObjectBody, isShared: Bool) {
        guard let encryption = object.record.encryption, encryption.method.usesKMS else {
            switch object.bytes {
            case .inline(let bytes): return (bytes.isEmpty ? .nothing : .inline(bytes), true)
            case .pinned(let blobs): return (.blobs(blobs.manifest), true)
            }
        }
        let opening = try await cipher(of: encryption, in: object.bucket, given: nil, context)
        let plan = EncryptionPlan.KMSPlan(
            method: encryption.method, keyID: rule.destination.encryptionConfiguration?.replicaKMSKeyID, context: [:],
            usesBucketKey: encryption.method == .kms && target.encryption?.usesBucketKey == true)
        let sealing = try await sealingKey(.kms(plan), in: target, key: key, context)
        record.encryption = sealing.encryption
        let algorithm = record.checksum?.algorithm ?? .crc64nvme
        var segments: [BodyManifest.Segment] = []
        var start: Int64 = 0
        for segment in object.segments {
            let range = start..<start + segment.blob.size
            let payload = RequestBody(try stream(object, range, opening, context.platform))
            let received: ReceivedPayload
            do {
                received = try await receive(
                    payload, PayloadPromise(algorithm: algorithm), sealedBy: sealing.cipher, inlineUpTo: -1, context.platform)
            } catch {
                await drop(.blobs(BodyManifest(segments: segments)), context.platform)
                throw error
            }
            if case .blobs(let manifest) = received.body, var copy = manifest.segments.first {
                (copy.partNumber, copy.checksum) = (segment.partNumber, segment.checksum)
                segments.append(copy)
            }
            start = range.upperBound
        }
        if !segments.isEmpty { return (.blobs(BodyManifest(segments: segments)), false) }
        let payload = RequestBody(try stream(object, 0..<object.record.size, opening, context.platform))
        let received = try await receive(
            payload, PayloadPromise(algorithm: algorithm), sealedBy: sealing.cipher, context.platform)
        record.storedSum = received.body.inlineSum
        return (received.body, false)
    }

    /// The copy takes its place and the source's status says so, in one transaction.
    /// - Returns: whether the bytes were kept.
    private func arrive(
        _ task: ReplicationTask, _ replica: ObjectRecord, _ body: ObjectBody, shares: Bool, _ rule: Shape.ReplicationRule,
        _ context: Context, _ transaction: Transaction
    ) throws -> Bool {
        guard let source = try buckets.record(task.bucket, in: transaction),
            var record = try ObjectTable.version(task.bucket, task.key, task.version, in: transaction),
            var state = record.replication, state.generation == task.generation,
            let target = try buckets.record(task.destination, in: transaction), target.versioning == .enabled
        else { return false }
        var isStored = false
        if var present = try ObjectTable.version(target.name, task.key, task.version, in: transaction) {
            // Only what can change after the version was made.
            (present.tags, present.grants, present.owner) = (replica.tags, replica.grants, replica.owner)
            if target.objectLock != nil { (present.retention, present.legalHold) = (replica.retention, replica.legalHold) }
            try ObjectTable.update(present, target.name, task.key, transaction)
        } else {
            if shares { guard try retainShared(body, transaction) else { return false } }
            if !shares { for id in body.blobs { try BlobCount.retain(id, in: transaction) } }
            guard try ObjectTable.insert(replica, body, in: target.name, task.key, transaction) else {
                throw ReplicationStop(reason: "DstVersionConflict")
            }
            isStored = true
            let kind: ObjectEvent.Kind = replica.isDeleteMarker ? .deleteMarkerCreated : .put
            try announce(ObjectEvent(kind, task.key, replica), in: target, context, transaction)
        }
        guard !state.isReplica else { return isStored }
        state.waiting.removeAll { $0 == task.destination }
        record.replication = state
        try ObjectTable.update(record, source.name, task.key, transaction)
        try transaction.cancelTimer(Self.id, id: task.timerID)
        let seconds = context.platform.clock.now().seconds - record.order / 1_000_000
        if rule.hasTimeControl, seconds > Limit.replicationThreshold {
            try tell(.replicatedLate, task, record, in: source, ["replicationTime": .integer(seconds)], context, transaction)
        }
        return isStored
    }

    private func tell(
        _ kind: ObjectEvent.Kind, _ task: ReplicationTask, _ record: ObjectRecord, in bucket: BucketRecord, _ more: Members,
        _ context: Context, _ transaction: Transaction
    ) throws {
        var event = ObjectEvent(kind, task.key, record, order: max(context.now.microseconds, record.order + 1))
        var members = more
        members["replicationRuleId"] = .string(task.rule)
        members["destinationBucket"] = .string("arn:aws:s3:::\(task.destination)")
        members["s3Operation"] = .string(record.isDeleteMarker ? "OBJECT_DELETE" : "OBJECT_PUT")
        members["requestTime"] = .string(Timestamp(microseconds: record.order).iso8601(milliseconds: true))
        event.replication = members
        try announce(event, in: bucket, context, transaction)
    }

    /// Time control gives a version fifteen minutes.
    func replicationLate(_ timer: TimerRecord, _ platform: Platform) async throws {
        let task = try ReplicationTask(payload: timer.payload)
        try await platform.store.write { transaction in
            guard let source = try buckets.record(task.bucket, in: transaction),
                let record = try ObjectTable.version(task.bucket, task.key, task.version, in: transaction),
                record.replication?.waiting.contains(task.destination) == true
            else { return }
            let context = Self.replicationContext(source, platform)
            try tell(.replicationMissed, task, record, in: source, [:], context, transaction)
        }
    }

    private static func replicationContext(_ source: BucketRecord, _ platform: Platform) -> Context {
        Context(
            platform: platform, caller: .service("s3.amazonaws.com", account: source.account, sourceARN: source.arn),
            region: source.region, service: id, operation: "ReplicateObject", requestID: Identifier.uuid(),
            now: platform.clock.now())
    }

    private func settle(_ task: ReplicationTask, asFailed reason: String, _ platform: Platform) async throws {
        try await platform.store.write { transaction in
            guard let source = try buckets.record(task.bucket, in: transaction),
                var record = try ObjectTable.version(task.bucket, task.key, task.version, in: transaction),
                var state = record.replication, state.generation == task.generation, !state.isReplica
            else { return }
            state.waiting.removeAll { $0 == task.destination }
            state.hasFailed = true
            record.replication = state
            try ObjectTable.update(record, source.name, task.key, transaction)
            try transaction.cancelTimer(Self.id, id: task.timerID)
            let rule = source.replication?.rules.first { $0.id == task.rule }
            guard rule?.tellsFailures == true else { return }
            let context = Self.replicationContext(source, platform)
            try tell(.replicationFailed, task, record, in: source, ["failureReason": .string(reason)], context, transaction)
        }
    }
}

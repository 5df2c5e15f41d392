import Documents
import Kernel
import Store

/// Where a bucket's daily run is. It rests in the payload of the bucket's timer, so that a run broken off by a crash goes
/// on where it was; every step bears repetition.
struct LifecycleRun: Sendable {
    enum Phase: String { case objects, uploads }

    var bucket: String
    /// The midnight for which it runs.
    var moment: Timestamp
    var phase = Phase.objects
    /// The last key that is done.
    var after: String?

    static func timerID(_ bucket: String) -> String { "lifecycle \(bucket)" }

    /// The timer of the next run: the first midnight UTC after `now`.
    static func next(_ bucket: String, after now: Timestamp) -> TimerRecord {
        let due = LifecyclePlan.midnight(from: Timestamp(microseconds: now.microseconds + 1))
        return LifecycleRun(bucket: bucket, moment: due).timer(due: due)
    }

    init(bucket: String, moment: Timestamp) { (self.bucket, self.moment) = (bucket, moment) }

    init(_ timer: TimerRecord) throws {
        guard let bucket = timer.payload["bucket"]?.string, let moment = timer.payload["moment"]?.integer,
            let phase = timer.payload["phase"]?.string.flatMap(Phase.init)
        else { throw StoreError.corrupt("lifecycle timer") }
        (self.bucket, self.moment, self.phase) = (bucket, Timestamp(microseconds: moment), phase)
        after = timer.payload["after"]?.string
    }

    func timer(due: Timestamp) -> TimerRecord {
        var payload: Members = [
            "bucket": .string(bucket), "moment": .integer(moment.microseconds), "phase": .string(phase.rawValue),
        ]
        if let after { payload["after"] = .string(after) }
        return TimerRecord(
            id: Self.timerID(bucket), service: S3Service.id, name: "lifecycle", due: due, payload: .map(payload))
    }
}

extension S3Service {
    /// One step of a bucket's daily run: some hundred keys, then the timer is set again for the next step, so that other
    /// timers have their turn in between.
    func runLifecycle(_ timer: TimerRecord, _ platform: Platform) async throws {
        var run = try LifecycleRun(timer)
        guard let bucket = try await buckets.current(run.bucket, in: platform.store), let setting = bucket.lifecycle else {
            return
        }
        let plan = LifecyclePlan(setting)
        let now = platform.clock.now()
        switch run.phase {
        case .objects where !plan.looksAtObjects: run.phase = .uploads
        case .objects:
            let (due, last) = try await dueKeys(run, bucket, plan, platform)
            for group in due.chunks(of: Limit.lifecycleWrites) { try await carryOut(plan, group, run, platform) }
            run.after = last
            if last == nil { run.phase = .uploads }
        case .uploads:
            run.after = plan.abortsUploads ? try await abortUploads(plan, run, platform) : nil
            guard run.after == nil else { break }
            let next = LifecycleRun.next(run.bucket, after: max(now, run.moment))
            return try await platform.store.write { try $0.schedule(next, on: platform) }
        }
        // A timer that is due at the same moment would be the one that is just ending.
        let again = run.timer(due: max(timer.due + .microseconds(1), now))
        try await platform.store.write { transaction in
            guard try buckets.record(again.payload["bucket"]?.string ?? "", in: transaction)?.lifecycle != nil else { return }
            try transaction.schedule(again, on: platform)
        }
    }

    /// The next keys of which some version is due, and the last key looked at; nil at the end of the bucket.
    private func dueKeys(_ run: LifecycleRun, _ bucket: BucketRecord, _ plan: LifecyclePlan, _ platform: Platform) async throws
        -> (
            [String], String?
        )
    {
        try await platform.store.read { snapshot in
            var due: [String] = []
            var last: String?
            var seen = 0
            let after = run.after.map { ObjectTable.key(bucket.name, $0) }
            try snapshot.scan(Key(.s3Object, .text(bucket.name)), after: after, limit: Limit.lifecycleScan) { place, value in
                guard case .text(let key)? = try place.elements().last else { throw StoreError.corrupt("object key") }
                let head = try ObjectRecord(encoded: value)
                if try LifecycleStep.first(plan, bucket, key, head, at: run.moment, snapshot) != nil { due.append(key) }
                (last, seen) = (key, seen + 1)
                return true
            }
            return (due, seen < Limit.lifecycleScan ? nil : last)
        }
    }

    /// Does what is due for some keys, as they are now.
    private func carryOut(_ plan: LifecyclePlan, _ keys: [String], _ run: LifecycleRun, _ platform: Platform) async throws {
        var rest = keys[...]
        while !rest.isEmpty {
            let present = rest
            let done = try await platform.store.write { [collector] transaction -> Int in
                guard let bucket = try buckets.record(run.bucket, in: transaction), bucket.lifecycle != nil else {
                    return present.count
                }
                transaction.afterCommit { collector.wake() }
                let context = lifecycleContext(bucket, run, platform)
                var (done, left) = (0, Limit.lifecycleWrites)
                for key in present {
                    let isWhole = try carryOut(plan, key, bucket, run, &left, context, transaction)
                    guard isWhole else { break }
                    done += 1
                }
                return done
            }
            rest = rest.dropFirst(done)
        }
    }

    func lifecycleContext(_ bucket: BucketRecord, _ run: LifecycleRun, _ platform: Platform) -> Context {
        Context(
            platform: platform, caller: .service("s3.amazonaws.com", account: bucket.account, sourceARN: bucket.arn),
            region: bucket.region, service: Self.id, operation: "Lifecycle", requestID: Identifier.uuid(), now: run.moment)
    }

    /// What is due for one key.
    /// - Parameter left: how many versions this transaction may still change.
    /// - Returns: false if there is more to do for the key.
    private func carryOut(
        _ plan: LifecyclePlan, _ key: String, _ bucket: BucketRecord, _ run: LifecycleRun, _ left: inout Int, _ context: Context,
        _ transaction: Transaction
    ) throws -> Bool {
        guard let head = try ObjectTable.head(bucket.name, key, in: transaction) else { return true }
        guard left > 0 else { return false }
        for step in try LifecycleStep.all(plan, bucket, key, head, at: run.moment, limit: left + 1, transaction) {
            guard left > 0 else { return false }
            try carryOut(step, key, bucket, context, transaction)
            // Each part of a multipart object is a row to release.
            left -= 1 + step.record.partsCount / Limit.lifecyclePartsPerWrite
        }
        return true
    }

    private func carryOut(
        _ step: LifecycleStep, _ key: String, _ bucket: BucketRecord, _ context: Context, _ transaction: Transaction
    ) throws {
        let version = step.record.nonce == nil ? nil : step.record.versionID
        try log(
            LifecycleLine.operation(step.action), key, size: step.record.isDeleteMarker ? nil : step.record.size,
            version: version, in: bucket, context, transaction)
        switch step.action {
        case .remove:
            // A version that was removed may have made this one the current; it is found by its id in any case.
            try ObjectTable.remove(step.record, bucket.name, key, transaction)
            let order = step.record.nonce == nil ? max(context.now.microseconds, step.record.order + 1) : step.record.order
            try announce(ObjectEvent(.lifecycleDelete, key, step.record, order: order), in: bucket, context, transaction)
        case .mark:
            var marker = ObjectRecord()
            marker.isDeleteMarker = true
            // As it is now: another step may have removed an older null version.
            let head = try ObjectTable.head(bucket.name, key, in: transaction)
            let placed = try ObjectTable.put(
                marker, .nothing, replacing: head, in: bucket, key, now: context.platform.clock.now(), transaction)
            try announce(ObjectEvent(.lifecycleMarker, key, placed), in: bucket, context, transaction)
        case .transition(let name):
            guard var record = try ObjectTable.version(bucket.name, key, step.record.versionID, in: transaction) else { return }
            record.headers.storageClass = name
            record.restored = nil
            try ObjectTable.update(record, bucket.name, key, transaction)
            var event = ObjectEvent(.lifecycleTransition, key, record)
            event.storageClass = name
            try announce(event, in: bucket, context, transaction)
        }
    }

    /// Aborts uploads that have been open for too long.
    /// - Returns: the last key looked at; nil at the end.
    private func abortUploads(_ plan: LifecyclePlan, _ run: LifecycleRun, _ platform: Platform) async throws -> String? {
        let (due, last) = try await platform.store.read { snapshot in
            var due: [UploadRecord] = []
            var last: String?
            var seen = 0
            let all = Key(.s3Upload, .text(run.bucket))
            // The uploads of one key are taken together, however many.
            let begin = run.after.map { Key(.s3Upload, .text(run.bucket), .text($0)).rangeEnd } ?? all
            try snapshot.scan(from: begin, to: all.rangeEnd, reverse: false, limit: nil) { _, value in
                let upload = try UploadRecord(stored: value)
                if seen >= Limit.lifecycleWrites, upload.key != last { return false }
                if let end = plan.abortion(of: upload.key, begun: upload.initiated), end.date <= run.moment { due.append(upload) }
                (last, seen) = (upload.key, seen + 1)
                return true
            }
            return (due, seen < Limit.lifecycleWrites ? nil : last)
        }
        // One with ten thousand parts is work enough for a transaction.
        for upload in due {
            try await platform.store.write { [collector] transaction in
                guard try transaction.contains(UploadTable.key(upload.bucket, upload.key, upload.id)) else { return }
                try UploadTable.remove(upload, transaction)
                if let bucket = try buckets.record(upload.bucket, in: transaction) {
                    try log(
                        LifecycleLine.abort, upload.key, in: bucket, lifecycleContext(bucket, run, platform), transaction)
                }
                transaction.afterCommit { collector.wake() }
            }
        }
        return last
    }
}

/// One thing that is due for one version.
struct LifecycleStep: Sendable {
    var record: ObjectRecord
    var action: LifecycleAction

    /// Whether anything is due for a key.
    static func first(
        _ plan: LifecyclePlan, _ bucket: BucketRecord, _ key: String, _ head: ObjectRecord, at now: Timestamp,
        _ snapshot: Snapshot
    ) throws -> LifecycleStep? {
        try all(plan, bucket, key, head, at: now, limit: 1, snapshot).first
    }

    /// What is due for a key's versions, at most `limit`, the older ones first in effect: a removal never depends on another.
    static func all(
        _ plan: LifecyclePlan, _ bucket: BucketRecord, _ key: String, _ head: ObjectRecord, at now: Timestamp, limit: Int,
        _ snapshot: Snapshot
    ) throws -> [LifecycleStep] {
        var steps: [LifecycleStep] = []
        var newer = 0
        var successor = head
        if bucket.versioning != nil {
            try snapshot.scan(ObjectTable.versions(bucket.name, key)) { _, value in
                let record = try ObjectRecord(encoded: value)
                if let action = plan.action(noncurrent: record, key, since: successor.lastModified, newer: newer, at: now),
                    action != .remove || !record.isProtected(at: now, bypasses: false)
                {
                    steps.append(LifecycleStep(record: record, action: action))
                }
                newer += 1
                successor = record
                return steps.count < limit
            }
        }
        guard steps.count < limit else { return steps }
        let action = plan.action(current: head, key, isAlone: newer == 0, versioning: bucket.versioning, at: now)
        if let action, action != .remove || !head.isProtected(at: now, bypasses: false) {
            steps.append(LifecycleStep(record: head, action: action))
        }
        return steps
    }
}

extension Array {
    /// Pieces of at most `size`.
    func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

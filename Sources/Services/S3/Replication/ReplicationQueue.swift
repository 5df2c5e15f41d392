import Documents
import Kernel
import Store

/// A version on its way to one destination, as the outbox keeps it.
struct ReplicationTask: Sendable {
    var bucket: String
    var key: String
    var version: String
    var destination: String
    var rule: String
    var generation: Int64

    init(_ bucket: String, _ key: String, _ record: ObjectRecord, _ rule: Shape.ReplicationRule) {
        (self.bucket, self.key, version) = (bucket, key, record.versionID)
        (destination, self.rule) = (rule.destinationName, rule.id ?? "")
        generation = record.replication?.generation ?? 0
    }

    init(_ delivery: Delivery) throws { try self.init(payload: delivery.payload) }

    init(payload: Document) throws {
        guard let bucket = payload["bucket"]?.string, let key = payload["key"]?.string,
            let version = payload["version"]?.string, let destination = payload["destination"]?.string,
            let rule = payload["rule"]?.string, let generation = payload["generation"]?.integer
        else { throw GiveUp("not a replication") }
        (self.bucket, self.key, self.version) = (bucket, key, version)
        (self.destination, self.rule, self.generation) = (destination, rule, generation)
    }

    /// The timer that tells when time control is missed.
    var timerID: String { "replication \(bucket)/\(key) \(version) \(destination)" }

    /// - Parameter order: when the version was made, in microseconds.
    func timer(order: Int64) -> TimerRecord {
        let due = Timestamp(microseconds: order) + .seconds(Limit.replicationThreshold)
        return TimerRecord(id: timerID, service: S3Service.id, name: "replication-late", due: due, payload: payload)
    }

    /// One of a bucket's few lanes, by the key: a bulk upload must not start a worker for each of its keys.
    private var lane: String {
        let sum = key.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return "s3 replication \(bucket) \(sum % UInt32(Limit.replicationLanes))"
    }

    private var payload: Document {
        [
            "bucket": .string(bucket), "key": .string(key), "version": .string(version), "destination": .string(destination),
            "rule": .string(rule), "generation": .integer(generation),
        ]
    }

    func delivery(at now: Timestamp) -> Delivery {
        Delivery(
            id: Identifier.uuid(), lane: lane, service: S3Service.id, name: "replicate", payload: payload, created: now,
            expires: now + Limit.replicationLifetime)
    }
}

extension BucketRecord {
    /// The rules by which a new version must travel.
    func replicationRules(for record: ObjectRecord, _ key: String) -> [Shape.ReplicationRule] {
        guard versioning == .enabled, let replication else { return [] }
        return replication.rules(for: record, key)
    }
}

extension S3Service {
    /// Sends a new version on its way, inside the transaction that stores it.
    func sendReplicas(
        of record: ObjectRecord, _ key: String, by rules: [Shape.ReplicationRule], in bucket: BucketRecord, _ context: Context,
        _ transaction: Transaction
    ) throws {
        let now = context.platform.clock.now()
        for rule in rules {
            let task = ReplicationTask(bucket.name, key, record, rule)
            try transaction.enqueue(task.delivery(at: now), on: context.platform)
            if rule.hasTimeControl, record.replication?.generation == 0 {
                try transaction.schedule(task.timer(order: record.order), on: context.platform)
            }
        }
    }

    /// Tags, list or lock of a version have changed: what was replicated follows, and the changes of a replica go back where
    /// the rules say so. Call before the record is written.
    func followChange(
        _ record: inout ObjectRecord, _ key: String, in bucket: BucketRecord, _ context: Context, _ transaction: Transaction
    ) throws {
        guard record.nonce != nil, var state = record.replication else { return }
        let rules = bucket.replicationRules(for: record, key).filter { !state.isReplica || $0.takesReplicaChanges }
        guard !rules.isEmpty else { return }
        state.generation += 1
        if !state.isReplica { (state.waiting, state.hasFailed) = (rules.map(\.destinationName), false) }
        record.replication = state
        try sendReplicas(of: record, key, by: rules, in: bucket, context, transaction)
    }

    /// Sends a version that is there already, as a batch replication job does
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html).
    /// - Returns: false where no rule is about it.
    /// - Throws: ``S3Fault`` for a version that is not there or has no id.
    func replicateExisting(bucket name: String, key: String, version: String?, _ context: Context) async throws -> Bool {
        try await context.store.write { transaction in
            let bucket = try requiredBucket(name, owner: nil, in: transaction)
            var record = try ObjectTable.visible(name, key, version: version, in: transaction)
            guard record.nonce != nil else {
                throw S3Fault.invalidRequest("Versions from before versioning was enabled have no id to keep.")
            }
            let rules = bucket.replicationRules(for: record, key)
            guard !rules.isEmpty else { return false }
            let generation = (record.replication?.generation ?? 0) + 1
            // A replica travels on by a job alone, and stays one.
            let isReplica = record.replication?.isReplica == true
            record.replication = ReplicationState(
                isReplica: isReplica, waiting: isReplica ? [] : rules.map(\.destinationName), generation: generation)
            try ObjectTable.update(record, name, key, transaction)
            try sendReplicas(of: record, key, by: rules, in: bucket, context, transaction)
            return true
        }
    }
}

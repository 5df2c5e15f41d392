import Documents

/// Where a version's replication stands, as its record keeps it.
struct ReplicationState: Sendable, Hashable {
    /// `x-amz-replication-status` (https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html).
    enum Status: String, Sendable {
        case pending = "PENDING"
        case completed = "COMPLETED"
        case failed = "FAILED"
        /// The version is itself a copy.
        case replica = "REPLICA"
    }

    var isReplica = false
    /// Destination buckets that it has not reached yet.
    var waiting: [String] = []
    /// It did not reach some destination.
    var hasFailed = false
    /// Counts the changes that must travel: a delivery of an earlier one has nothing to do any more.
    var generation: Int64 = 0

    var status: Status {
        if isReplica { return .replica }
        if hasFailed { return .failed }
        return waiting.isEmpty ? .completed : .pending
    }
}

extension ObjectRecord {
    /// A lifecycle leaves alone what has not arrived yet
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html).
    var isHeldForReplication: Bool {
        guard let replication else { return false }
        return replication.status == .pending || replication.status == .failed
    }
}

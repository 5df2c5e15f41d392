import Documents
import Kernel
import Synchronization

/// Sessions of the roles as which S3 replicates. A session is kept for some minutes; what it may do is decided anew on each
/// use by the role's policies.
final class ReplicationRoles: Sendable {
    private struct Slot: Hashable {
        var role: String
        var bucket: String
    }
    private let kept = Mutex<[Slot: (caller: Caller, until: Timestamp)]>([:])

    /// - Throws: ``AWSError`` as STS refuses: the role is not there, or does not trust S3.
    func session(_ role: String, for bucket: BucketRecord, on platform: Platform) async throws -> Caller {
        let slot = Slot(role: role, bucket: bucket.name)
        let now = platform.clock.now()
        if let found = kept.withLock({ $0[slot] }), now < found.until { return found.caller }
        let service = Caller.service("s3.amazonaws.com", account: bucket.account, sourceARN: bucket.arn)
        let session = try await platform.assume(role, session: "s3-replication", as: service, region: bucket.region)
        kept.withLock { kept in
            if kept.count >= Limit.replicationSessions { kept = [:] }
            kept[slot] = (session, Timestamp(seconds: now.seconds + Limit.replicationSessionSeconds))
        }
        return session
    }
}

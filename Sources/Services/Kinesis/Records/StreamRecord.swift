import Documents
import Kernel
import Store

/// Where a stream is found.
struct StreamPlace: Hashable, Sendable {
    var account: String
    var region: String
    var name: String

    var key: Key { Key(.kinesisStream, .text(account), .text(region), .text(name)) }
    var arn: String { ARN("kinesis", region: region, account: account, "stream/\(name)").description }

    init(account: String, region: String, name: String) { (self.account, self.region, self.name) = (account, region, name) }

    /// The stream of its own ARN, or of one of its consumers.
    init?(arn text: String) {
        guard let arn = ARN(text), arn.service == "kinesis" else { return nil }
        let parts = arn.resource.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0] == "stream", !parts[1].isEmpty else { return nil }
        self.init(account: arn.account, region: arn.region, name: String(parts[1]))
    }
}

/// A stream as it is kept; its records lie in one log per shard, under the stream's opaque id.
struct StreamRecord: Stored {
    static let tag: UInt8 = 1
    enum Work: String, Codable, Sendable { case creating = "CREATING", updating = "UPDATING", deleting = "DELETING" }

    var account: String
    var region: String
    var name: String
    var id: String
    var created: Timestamp
    /// Grows with each change, so that of two copies the newer is known.
    var version: Int64 = 0
    /// What it is busy with until ``settles``.
    var work: Work?
    var settles: Timestamp
    var isOnDemand: Bool
    var retentionHours = KinesisLimit.retentionHours
    var maxRecordKiB = KinesisLimit.recordKiB
    /// Open and closed, in the order they were made; those past retention are taken out.
    var shards: [ShardRecord]
    var nextShard: Int
    var metrics: [String] = []
    /// The KMS key as it was named, while encryption is on.
    var keyID: String?
    var tags: TagList = [:]
    var policy: String?

    var place: StreamPlace { StreamPlace(account: account, region: region, name: name) }
    var arn: String { place.arn }
    var timerID: String { "sweep \(id)" }
    /// Bytes of one record's data.
    var maxRecordBytes: Int { maxRecordKiB << 10 }

    func status(at now: Timestamp) -> String {
        if let work, work == .deleting || now < settles { return work.rawValue }
        return "ACTIVE"
    }

    /// Whether it may be written and read.
    func isReadable(at now: Timestamp) -> Bool {
        switch work {
        case .deleting: false
        case .creating: now >= settles
        default: true
        }
    }

    /// Deleted, and only the clean-up is left.
    func isGone(at now: Timestamp) -> Bool { work == .deleting && now >= settles }

    func horizon(at now: Timestamp) -> Timestamp { now - .seconds(retentionHours * 3_600) }

    func shard(_ index: Int) -> ShardRecord? { shards.first { $0.index == index } }

    func log(_ shard: Int) -> String { "kinesis-\(id)-\(shard)" }

    mutating func begin(_ work: Work, _ now: Timestamp) { (self.work, settles) = (work, now + KinesisLimit.settling) }
}

extension StreamRecord {
    var modeDetails: Document { ["StreamMode": .string(isOnDemand ? "ON_DEMAND" : "PROVISIONED")] }
    var monitoring: Document { [["ShardLevelMetrics": .list(metrics.map { .string($0) })]] }

    /// Throws while the stream is busy: only one change at a time.
    func demandActive(_ now: Timestamp) throws {
        let status = status(at: now)
        guard status == "ACTIVE" else {
            throw KinesisFault.inUse("Stream \(name) under account \(account) not ACTIVE, instead in state \(status)")
        }
    }
}

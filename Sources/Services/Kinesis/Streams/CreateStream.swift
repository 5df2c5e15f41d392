import Documents
import Kernel
import Store

/// CreateStream and DeleteStream.
extension KinesisService {
    struct ModeInput: Codable, Sendable { var StreamMode: String }

    struct CreateInput: Codable, Sendable {
        var StreamName: String
        var ShardCount: Int?
        var StreamModeDetails: ModeInput?
        var Tags: [String: String]?
        var MaxRecordSizeInKiB: Int?
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
    func createStream(_ input: CreateInput, _ context: Context) async throws -> Nothing {
        let isOnDemand = input.StreamModeDetails?.StreamMode == "ON_DEMAND"
        if isOnDemand, input.ShardCount != nil {
            throw KinesisFault.validation("ShardCount must not be provided for a stream with ON_DEMAND mode.")
        }
        let count = isOnDemand ? KinesisLimit.onDemandShards : input.ShardCount ?? 1
        let place = StreamPlace(account: context.account, region: context.region, name: input.StreamName)
        let tags = try TagList(checking: input.Tags)
        let now = context.now
        let platform = context.platform
        let record = try await context.store.write { transaction in
            if let old = try transaction.record(StreamRecord.self, place.key), !old.isGone(at: now) {
                throw KinesisFault.inUse("Stream \(place.name) under account \(place.account) already exists.")
            }
            try Self.demandRoom(for: count, isOnDemand: isOnDemand, place, transaction, now)
            // Not before: any number of shards can be asked for.
            let shards = Self.uniform(count).enumerated().map { ShardRecord(index: $0, $1, created: now, seconds: now.seconds) }
            let record = StreamRecord(
                account: place.account, region: place.region, name: place.name, id: Identifier.code(24), created: now,
                work: .creating, settles: now + KinesisLimit.settling, isOnDemand: isOnDemand,
                maxRecordKiB: input.MaxRecordSizeInKiB ?? KinesisLimit.recordKiB, shards: shards, nextShard: count, tags: tags)
            try transaction.put(place.key, record)
            try transaction.schedule(record.sweepTimer(now), on: platform)
            return record
        }
        registry.take(record)
        return Nothing()
    }

    /// The whole range of hash keys in `count` parts as even as may be.
    static func uniform(_ count: Int) -> [ClosedRange<UInt128>] {
        let parts = UInt128(count)
        // 2^128 is one more than the largest hash key: `width * parts + rest`.
        let (width, rest) = (UInt128.max / parts, UInt128.max % parts + 1)
        let starts = (0..<parts).map { $0 * width + $0 * rest / parts }
        return zip(starts, starts.dropFirst().map { $0 - 1 } + [.max]).map { $0...$1 }
    }

    /// Holds the account's open shards against its quota.
    static func demandRoom(
        for more: Int, isOnDemand: Bool, _ place: StreamPlace, _ snapshot: any Snapshot, _ now: Timestamp
    ) throws {
        let use = try use(of: place.account, place.region, snapshot, now)
        if isOnDemand, use.onDemand >= KinesisLimit.onDemandStreams {
            throw KinesisFault.limit(
                "This request would exceed the on-demand stream limit for the account \(place.account) in \(place.region). "
                    + "Limit: \(KinesisLimit.onDemandStreams).")
        }
        guard more <= KinesisLimit.shards - use.shards else {
            throw KinesisFault.limit(
                "This request would exceed the shard limit for the account \(place.account) in \(place.region). Current shard "
                    + "count for the account: \(use.shards). Limit: \(KinesisLimit.shards). Number of additional shards that would "
                    + "have resulted from this request: \(more). Refer to the AWS Service Limits page "
                    + "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to "
                    + "request higher limits.")
        }
    }

    static func use(of account: String, _ region: String, _ snapshot: any Snapshot, _ now: Timestamp) throws
        -> (shards: Int, onDemand: Int)
    {
        var (shards, onDemand) = (0, 0)
        try snapshot.records(StreamRecord.self, Key(.kinesisStream, .text(account), .text(region))) { _, record in
            if !record.isGone(at: now) {
                if record.isOnDemand { onDemand += 1 } else { shards += record.shards.count(where: \.isOpen) }
            }
            return true
        }
        return (shards, onDemand)
    }

    struct DeleteInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var EnforceConsumerDeletion: Bool?
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html
    func deleteStream(_ input: DeleteInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.StreamName, input.StreamARN, context)
        let (now, platform) = (context.now, context.platform)
        await live.changes.hold()
        defer { live.changes.release() }
        try await change(live, context) { record, transaction in
            guard record.work != .deleting else {
                throw KinesisFault.inUse(
                    "Stream \(record.name) under account \(record.account) not ACTIVE, instead in state DELETING")
            }
            let consumers = try transaction.consumers(of: record, now)
            if !consumers.isEmpty, input.EnforceConsumerDeletion != true {
                throw KinesisFault.inUse(
                    "Stream \(record.name) under account \(record.account) has registered consumers. Use "
                        + "EnforceConsumerDeletion to delete the stream with its consumers.")
            }
            for consumer in consumers { try transaction.delete(consumer.key) }
            record.begin(.deleting, now)
            try transaction.cancelTimer(Self.id, id: record.timerID)
            try transaction.schedule(record.dropTimer, on: platform)
        }
        // A write that was under way must not make a shard's log anew after it was dropped.
        for shard in live.record.shards where shard.isOpen {
            let gate = live.shard(shard.index, now).gate
            await gate.hold()
            gate.release()
        }
        for shard in live.record.shards { context.platform.changes.notify("\(live.place.arn)/\(shard.id)") }
        return Nothing()
    }
}

import Documents
import Kernel
import Store

/// SplitShard, MergeShards and UpdateShardCount. A shard is closed between two writes: its gate keeps writers out until its
/// end and its children are durable, and then they find the children.
extension KinesisService {
    struct SplitInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var ShardToSplit: String
        var NewStartingHashKey: String
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html
    func splitShard(_ input: SplitInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.StreamName, input.StreamARN, context)
        try await reshard(live, context) { plan in
            try Self.demandProvisioned(plan, "SplitShard")
            let shard = try plan.eligible(input.ShardToSplit)
            guard let key = UInt128(input.NewStartingHashKey), key > shard.start &+ 1, key < shard.stop else {
                throw KinesisFault.invalid(
                    "NewStartingHashKey \(input.NewStartingHashKey) used in SplitShard() on shard \(shard.id) in stream "
                        + "\(plan.record.name) under account \(plan.record.account) is not both greater than one plus the shard's "
                        + "StartingHashKey \(shard.start) and less than the shard's EndingHashKey \(shard.stop).")
            }
            plan.split(shard, at: key)
        }
        return Nothing()
    }

    /// Streams that are scaled on demand scale themselves.
    private static func demandProvisioned(_ plan: Reshaping, _ operation: String) throws {
        guard !plan.record.isOnDemand else {
            throw KinesisFault.validation(
                "Request is invalid. \(operation) is not supported for a stream with ON_DEMAND mode.")
        }
    }

    struct MergeInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var ShardToMerge: String
        var AdjacentShardToMerge: String
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html
    func mergeShards(_ input: MergeInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.StreamName, input.StreamARN, context)
        try await reshard(live, context) { plan in
            try Self.demandProvisioned(plan, "MergeShards")
            let (first, second) = (try plan.eligible(input.ShardToMerge), try plan.eligible(input.AdjacentShardToMerge))
            guard Reshaping.areAdjacent(first, second) else {
                throw KinesisFault.invalid(
                    "Shards \(first.id) and \(second.id) in stream \(plan.record.name) under account \(plan.record.account) are not "
                        + "an adjacent pair of shards eligible for merging")
            }
            plan.merge(first, second)
        }
        return Nothing()
    }

    struct ShardCountInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var TargetShardCount: Int
        var ScalingType: String
    }
    struct ShardCountOutput: Codable, Sendable {
        var StreamName: String
        var StreamARN: String
        var CurrentShardCount: Int
        var TargetShardCount: Int
    }

    /// Splits at the new boundaries, then merges what lies between two of them, as AWS does: no shard ever has more than
    /// two parents (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html).
    func updateShardCount(_ input: ShardCountInput, _ context: Context) async throws -> ShardCountOutput {
        let live = try await stream(input.StreamName, input.StreamARN, context)
        let target = input.TargetShardCount
        let before = try await reshard(live, context) { plan in
            let open = plan.open
            try Self.demandProvisioned(plan, "UpdateShardCount")
            guard target <= open.count * 2 else {
                throw KinesisFault.limit(
                    "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: "
                        + "\(open.count) Target shard count: \(target)")
            }
            guard target * 2 >= open.count else {
                throw KinesisFault.limit(
                    "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: "
                        + "\(open.count) Target shard count: \(target)")
            }
            for range in Self.uniform(target).dropFirst() {
                guard let shard = plan.open.first(where: { $0.start < range.lowerBound && range.lowerBound <= $0.stop }) else {
                    continue
                }
                plan.split(shard, at: range.lowerBound)
            }
            for range in Self.uniform(target) {
                let parts = plan.open.filter { range.contains($0.start) }.sorted { $0.start < $1.start }
                guard var whole = parts.first else { continue }
                for part in parts.dropFirst() { whole = plan.merge(whole, part) }
            }
            return open.count
        }
        return ShardCountOutput(
            StreamName: live.place.name, StreamARN: live.place.arn, CurrentShardCount: before, TargetShardCount: target)
    }

    @discardableResult
    private func reshard<Result: Sendable>(
        _ live: LiveStream, _ context: Context, _ plan: @escaping @Sendable (inout Reshaping) throws -> Result
    ) async throws -> Result {
        await live.changes.hold()
        defer { live.changes.release() }
        // What is to be closed is found on a copy first; the writers of just these shards wait.
        var draft = Reshaping(live.record, ends: [:], context.now)
        try live.record.demandActive(context.now)
        _ = try plan(&draft)
        let closing = live.record.shards.filter { shard in shard.isOpen && draft.record.shard(shard.index)?.isOpen == false }
        for shard in closing { await live.shard(shard.index, context.now).gate.hold() }
        defer { for shard in closing { live.shard(shard.index, context.now).gate.release() } }
        var ends: [Int: Int64] = [:]
        for shard in closing {
            ends[shard.index] = try await context.platform.logs.offsets(log: live.record.log(shard.index)).upperBound
        }
        let known = ends
        let result = try await change(live, context) { record, transaction in
            try record.demandActive(context.now)
            var reshaping = Reshaping(record, ends: known, context.now)
            let result = try plan(&reshaping)
            let more = reshaping.open.count - record.shards.count(where: \.isOpen)
            if more > 0, !record.isOnDemand {
                try Self.demandRoom(for: more, isOnDemand: false, record.place, transaction, context.now)
            }
            record = reshaping.record
            record.begin(.updating, context.now)
            return result
        }
        // Readers that wait at the end of a closed shard must hear of its end.
        for shard in closing { context.platform.changes.notify("\(live.place.arn)/\(shard.id)") }
        context.platform.changes.notify(live.place.arn)
        return result
    }
}

/// A change of a stream's shards on a copy of its record.
struct Reshaping {
    private(set) var record: StreamRecord
    /// The ends of the shards that are to be closed; what is made and closed within the change is empty.
    private let ends: [Int: Int64]
    private let now: Timestamp

    init(_ record: StreamRecord, ends: [Int: Int64], _ now: Timestamp) {
        (self.record, self.ends, self.now) = (record, ends, now)
    }

    var open: [ShardRecord] { record.shards.filter(\.isOpen) }

    /// The open shard of that id.
    func eligible(_ id: String) throws -> ShardRecord {
        guard let index = ShardRecord.index(id), let shard = record.shard(index) else {
            throw KinesisFault.resourceNotFound(
                "Could not find shard \(id) in stream \(record.name) under account \(record.account).")
        }
        guard shard.isOpen else {
            throw KinesisFault.invalid(
                "Shard \(id) in stream \(record.name) under account \(record.account) has already been merged or split, and thus "
                    + "is not eligible for merging or splitting.")
        }
        return shard
    }

    static func areAdjacent(_ first: ShardRecord, _ second: ShardRecord) -> Bool {
        let (low, high) = first.start < second.start ? (first, second) : (second, first)
        return low.index != high.index && low.stop < high.start && low.stop + 1 == high.start
    }

    mutating func split(_ shard: ShardRecord, at key: UInt128) {
        close(shard)
        add(shard.start...(key - 1), shard, nil)
        add(key...shard.stop, shard, nil)
    }

    @discardableResult
    mutating func merge(_ first: ShardRecord, _ second: ShardRecord) -> ShardRecord {
        close(first)
        close(second)
        return add(min(first.start, second.start)...max(first.stop, second.stop), first, second)
    }

    private mutating func close(_ shard: ShardRecord) {
        guard let place = record.shards.firstIndex(where: { $0.index == shard.index }) else { return }
        record.shards[place].closed = now
        record.shards[place].end = ends[shard.index] ?? 0
    }

    @discardableResult
    private mutating func add(_ keys: ClosedRange<UInt128>, _ parent: ShardRecord, _ adjacent: ShardRecord?) -> ShardRecord {
        // A child's sequence numbers are larger than its parents', also within one second.
        let seconds = max(now.seconds, parent.createdSeconds + 1, (adjacent?.createdSeconds ?? 0) + 1)
        let child = ShardRecord(
            index: record.nextShard, keys, created: now, seconds: seconds, parent: parent.index, adjacent: adjacent?.index)
        record.shards.append(child)
        record.nextShard += 1
        return child
    }
}

import Documents
import Kernel

/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
extension KinesisService {
    struct ShardFilterInput: Codable, Sendable {
        var `Type`: String
        var ShardId: String?
        var Timestamp: Documents.Timestamp?
    }
    struct ListShardsInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var NextToken: String?
        var ExclusiveStartShardId: String?
        var MaxResults: Int?
        var StreamCreationTimestamp: Timestamp?
        var ShardFilter: ShardFilterInput?
    }
    struct ListShardsOutput: Codable, Sendable {
        var Shards: [Document]
        var NextToken: String?
    }

    func listShards(_ input: ListShardsInput, _ context: Context) async throws -> ListShardsOutput {
        var token: ListToken?
        if let text = input.NextToken {
            guard input.StreamName == nil, input.StreamARN == nil else {
                throw KinesisFault.invalid("NextToken and StreamName cannot be provided together.")
            }
            guard input.ExclusiveStartShardId == nil, input.StreamCreationTimestamp == nil, input.ShardFilter == nil else {
                throw KinesisFault.invalid("NextToken cannot be provided together with another parameter that selects shards.")
            }
            token = try ListToken(text, scope: nil, context)
        }
        guard token != nil || input.StreamName != nil || input.StreamARN != nil else {
            throw KinesisFault.invalid("Either NextToken or StreamName should be provided.")
        }
        let live = try await stream(input.StreamName, token?.scope ?? input.StreamARN, context)
        let record = live.record
        if let made = input.StreamCreationTimestamp, made.seconds != record.created.seconds {
            throw KinesisFault.streamNotFound(record.name, account: record.account)
        }
        // The token carries the filter along: kind of filter and its argument, then the last shard shown.
        let kept = token?.after.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let filter = try kept.map { try Self.filter($0) } ?? input.ShardFilter
        var shards = try Self.select(filter, record, context.now)
        if let last = kept?.last.flatMap(Int.init) { shards.removeAll { $0.index <= last } }
        if let start = input.ExclusiveStartShardId {
            let index = try Self.index(start, record)
            shards.removeAll { $0.index <= index }
        }
        let limit = input.MaxResults ?? KinesisLimit.shardPage
        let page = shards.prefix(limit)
        var next: String?
        if shards.count > limit, let last = page.last {
            let time = filter?.Timestamp.map { "\($0.microseconds)" } ?? ""
            let after = "\(filter?.Type ?? ""),\(filter?.ShardId ?? ""),\(time),\(last.index)"
            next = ListToken(scope: record.arn, after: after, made: context.now).text(context)
        }
        return ListShardsOutput(Shards: page.map(\.document), NextToken: next)
    }

    private static func filter(_ parts: [String]) throws -> ShardFilterInput? {
        guard parts.count == 4 else { throw KinesisFault.invalid("NextToken is not valid.") }
        guard !parts[0].isEmpty else { return nil }
        return ShardFilterInput(
            Type: parts[0], ShardId: parts[1].isEmpty ? nil : parts[1],
            Timestamp: Int64(parts[2]).map { Timestamp(microseconds: $0) })
    }

    private static func select(_ filter: ShardFilterInput?, _ record: StreamRecord, _ now: Timestamp) throws -> [ShardRecord] {
        let listed = Self.listed(record, now)
        guard let filter else { return listed }
        let horizon = record.horizon(at: now)
        func open(at moment: Timestamp) -> [ShardRecord] {
            // What is made in the moment that its parent is closed takes its place.
            listed.filter { $0.created <= moment && ($0.closed.map { $0 > moment } ?? true) }
        }
        switch filter.Type {
        case "AFTER_SHARD_ID":
            guard let id = filter.ShardId else {
                throw KinesisFault.invalid("ShardId must be provided for the shard filter type AFTER_SHARD_ID.")
            }
            let index = try Self.index(id, record)
            return listed.filter { $0.index > index }
        case "AT_TRIM_HORIZON": return open(at: max(horizon, record.created))
        case "FROM_TRIM_HORIZON": return listed
        case "AT_LATEST": return listed.filter(\.isOpen)
        case "AT_TIMESTAMP", "FROM_TIMESTAMP":
            guard let asked = filter.Timestamp else {
                throw KinesisFault.invalid("Timestamp must be provided for the shard filter type \(filter.Type).")
            }
            guard asked <= now else { throw KinesisFault.invalid("Timestamp of the shard filter must not be in the future.") }
            let moment = max(asked, horizon, record.created)
            return filter.Type == "AT_TIMESTAMP" ? open(at: moment) : listed.filter { $0.closed.map { $0 > moment } ?? true }
        default: throw KinesisFault.invalid("Shard filter type \(filter.Type) is not known.")
        }
    }

    /// The index of a shard that the stream has or had.
    static func index(_ id: String, _ record: StreamRecord) throws -> Int {
        guard let index = ShardRecord.index(id), index < record.nextShard else {
            throw KinesisFault.shardNotFound(id, stream: record.name, account: record.account)
        }
        return index
    }

    static func shard(_ id: String, _ record: StreamRecord, _ now: Timestamp) throws -> ShardRecord {
        guard let shard = record.shard(try index(id, record)), shard.isListed(since: record.horizon(at: now)) else {
            throw KinesisFault.shardNotFound(id, stream: record.name, account: record.account)
        }
        return shard
    }
}

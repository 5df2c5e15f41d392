import Documents
import Kernel

/// A Kinesis or DynamoDB stream, read through its API as a role.
public struct StreamReader: Sendable {
    let platform: Platform
    let settings: SourceSettings
    let kind: SourceKind
    let caller: @Sendable () async throws -> Caller

    public init(
        _ settings: SourceSettings, on platform: Platform, as caller: @escaping @Sendable () async throws -> Caller
    ) throws {
        guard let kind = ARN(settings.source).flatMap(SourceKind.init), !kind.isQueue else { throw AWSError.internalFailure }
        (self.platform, self.settings, self.kind, self.caller) = (platform, settings, kind, caller)
    }

    public struct Shard: Sendable {
        public var id: String
        public var parents: [String]
        public var isClosed: Bool
    }

    struct Page: Sendable {
        var records: [Document]
        /// nil when the shard is closed and read to its end.
        var next: String?
        /// Nothing more was there when it was read.
        var isLast: Bool
    }

    private var service: String { kind == .kinesis ? "kinesis" : "dynamodbstreams" }

    private func call(_ operation: String, _ input: Members) async throws -> Document {
        try await platform.call(
            Call(service, operation, .map(input), caller: try await caller(), region: settings.region)
        ).output
    }

    /// All shards of the stream, parents first.
    public func shards() async throws -> [Shard] { kind == .kinesis ? try await kinesisShards() : try await tableShards() }

    private func tableShards() async throws -> [Shard] {
        var shards: [Shard] = []
        var last: Document?
        repeat {
            var input: Members = ["StreamArn": .string(settings.source)]
            if let last { input["ExclusiveStartShardId"] = last }
            let description = try await call("DescribeStream", input)["StreamDescription"]
            shards += (description?["Shards"]?.list ?? []).compactMap(Self.shard)
            last = description?["LastEvaluatedShardId"]
        } while last != nil
        return shards
    }

    private func kinesisShards() async throws -> [Shard] {
        var shards: [Shard] = []
        var token: Document?
        repeat {
            let output = try await call("ListShards", token.map { ["NextToken": $0] } ?? ["StreamARN": .string(settings.source)])
            shards += (output["Shards"]?.list ?? []).compactMap(Self.shard)
            token = output["NextToken"]
        } while token != nil
        return shards
    }

    private static func shard(_ shard: Document) -> Shard? {
        guard let id = shard["ShardId"]?.string else { return nil }
        return Shard(
            id: id, parents: [shard["ParentShardId"]?.string, shard["AdjacentParentShardId"]?.string].compactMap { $0 },
            isClosed: shard["SequenceNumberRange"]?["EndingSequenceNumber"] != nil)
    }

    /// - Parameter position: an iterator type of the stream's API.
    func iterator(_ shard: String, _ position: String, after sequence: String? = nil, at time: Timestamp? = nil) async throws
        -> String
    {
        var input: Members = ["ShardId": .string(shard), "ShardIteratorType": .string(position)]
        if kind == .kinesis {
            input["StreamARN"] = .string(settings.source)
            if let sequence { input["StartingSequenceNumber"] = .string(sequence) }
            if let time { input["Timestamp"] = .timestamp(time) }
        } else {
            input["StreamArn"] = .string(settings.source)
            if let sequence { input["SequenceNumber"] = .string(sequence) }
        }
        guard let iterator = try await call("GetShardIterator", input)["ShardIterator"]?.string else {
            throw AWSError.internalFailure
        }
        return iterator
    }

    func records(_ iterator: String, limit: Int) async throws -> Page {
        let most = kind == .kinesis ? 10_000 : 1_000
        var input: Members = ["ShardIterator": .string(iterator), "Limit": .integer(Int64(min(max(limit, 1), most)))]
        if kind == .kinesis { input["StreamARN"] = .string(settings.source) }
        let output = try await call("GetRecords", input)
        let records = output["Records"]?.list ?? []
        let isLast = kind == .kinesis ? output["MillisBehindLatest"]?.integer ?? 0 == 0 : records.isEmpty
        return Page(records: records, next: output["NextShardIterator"]?.string, isLast: isLast)
    }

    /// Where reading begins in each shard that is there now: to see that the role may read, and to hold on to where `LATEST`
    /// is at this moment.
    public func startingPositions() async throws -> [(String, ShardCheckpoint)] {
        var positions: [(String, ShardCheckpoint)] = []
        for shard in try await shards() {
            let iterator = try await iterator(shard.id, settings.start, at: settings.startTime)
            _ = try await records(iterator, limit: 1)
            if settings.start == "LATEST" {
                positions.append((shard.id, ShardCheckpoint(iterator: iterator, isDone: shard.isClosed)))
            }
        }
        return positions
    }

    /// Where reading goes on; and, for a stream that has no iterator by time, what is older and must be passed over.
    func position(_ shard: String, _ checkpoint: ShardCheckpoint?) async throws -> (String, since: Timestamp?) {
        if let sequence = checkpoint?.sequence {
            do {
                return (try await iterator(shard, "AFTER_SEQUENCE_NUMBER", after: sequence), nil)
            } catch let error as AWSError where error.code == "TrimmedDataAccessException" {
                return (try await iterator(shard, "TRIM_HORIZON"), nil)
            }
        }
        // The iterator that was kept at the beginning is exact, but short-lived; after it, the time decides.
        let life = Duration.seconds(kind == .kinesis ? 4 * 60 : 14 * 60)
        if let iterator = checkpoint?.iterator, platform.clock.now() - settings.created < life { return (iterator, nil) }
        switch (settings.start, kind) {
        case ("AT_TIMESTAMP", _):
            return (try await iterator(shard, "AT_TIMESTAMP", at: settings.startTime ?? settings.created), nil)
        case ("LATEST", .kinesis): return (try await iterator(shard, "AT_TIMESTAMP", at: settings.created), nil)
        case ("LATEST", _): return (try await iterator(shard, "TRIM_HORIZON"), settings.created)
        default: return (try await iterator(shard, "TRIM_HORIZON"), nil)
        }
    }
}

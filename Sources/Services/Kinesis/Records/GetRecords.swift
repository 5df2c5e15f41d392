import Documents
import Kernel
import Store

/// GetShardIterator and GetRecords.
extension KinesisService {
    struct IteratorInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var ShardId: String
        var ShardIteratorType: String
        var StartingSequenceNumber: String?
        var Timestamp: Documents.Timestamp?
    }
    struct IteratorOutput: Codable, Sendable { var ShardIterator: String }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html
    func getIterator(_ input: IteratorInput, _ context: Context) async throws -> IteratorOutput {
        let record = try await readable(input.StreamName, input.StreamARN, context).record
        let shard = try Self.shard(input.ShardId, record, context.now)
        let position = StartingPosition(
            type: input.ShardIteratorType, sequenceNumber: input.StartingSequenceNumber, timestamp: input.Timestamp)
        let start = try await position.resolve(shard, record, operation: "GetShardIterator", context)
        let iterator = ShardIterator(
            record, shard: shard.index, offset: start.offset, notBefore: start.notBefore, created: context.now)
        return IteratorOutput(ShardIterator: iterator.token)
    }

    struct GetInput: Codable, Sendable {
        var ShardIterator: String
        var Limit: Int?
        var StreamARN: String?
    }
    struct GetOutput: Codable, Sendable {
        var Records: [Document]
        var NextShardIterator: String?
        var MillisBehindLatest: Int64
        var ChildShards: [Document]?
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
    func getRecords(_ input: GetInput, _ context: Context) async throws -> GetOutput {
        guard let iterator = ShardIterator(input.ShardIterator), let place = StreamPlace(arn: iterator.stream),
            input.StreamARN == nil || input.StreamARN == iterator.stream
        else { throw KinesisFault.invalid("Invalid ShardIterator.") }
        let now = context.platform.clock.now()
        guard now - iterator.created <= KinesisLimit.iteratorLifetime else {
            throw KinesisFault.expiredIterator(created: iterator.created.unixDate(), now: now.unixDate())
        }
        let live = try await readable(nil, place.arn, context)
        guard live.id == iterator.streamID else { throw KinesisFault.invalid("Invalid ShardIterator.") }
        let record = live.record
        let shard = try Self.shard(ShardRecord.id(iterator.shard), record, now)
        let moving = live.shard(shard.index, now)
        guard moving.admitRead(now) else {
            throw KinesisFault.throughput(shard: shard.id, stream: record.name, account: record.account)
        }
        let page = try await read(
            shard, of: record, from: iterator.offset, notBefore: iterator.notBefore,
            limit: min(input.Limit ?? KinesisLimit.pageRecords, KinesisLimit.pageRecords), bytes: KinesisLimit.pageBytes, context)
        moving.countRead(page.bytes)
        if page.isEnd {
            // Who gets no next iterator gets the children, for there is no further call to tell of them.
            return GetOutput(Records: page.records, MillisBehindLatest: 0, ChildShards: Self.children(of: shard, in: record))
        }
        var next = iterator
        (next.offset, next.created) = (page.next, now)
        return GetOutput(Records: page.records, NextShardIterator: next.token, MillisBehindLatest: page.behind)
    }

    struct Page: Sendable {
        var records: [Document] = []
        var bytes = 0
        var next: Int64
        /// The next record's number would stand behind this one.
        var lastNumber: SequenceNumber?
        var behind: Int64 = 0
        /// A closed shard has been read to its end.
        var isEnd = false
    }

    /// Reads a stretch of a shard; what is past retention is passed over.
    func read(
        _ shard: ShardRecord, of record: StreamRecord, from offset: Int64, notBefore: Int64, limit: Int, bytes: Int,
        _ context: Context
    ) async throws -> Page {
        let now = context.platform.clock.now()
        let earliest = max(notBefore, record.horizon(at: now).milliseconds)
        let log = try await context.platform.logs.read(
            log: record.log(shard.index), from: offset, times: earliest..<Int64.max, limit: limit, size: bytes)
        var page = Page(next: log.next)
        for entry in log.entries {
            let key = try await streamKey(numbered: StreamEntry.keyNumber(entry.record.bytes), of: record, context)
            let item = try StreamEntry(entry.record.bytes, key, context: record.id)
            let number = SequenceNumber(shard, offset: entry.offset, arrivalMilliseconds: entry.record.timestamp)
            var members: Members = [
                "SequenceNumber": .string(number.description),
                "ApproximateArrivalTimestamp": .timestamp(Timestamp(milliseconds: entry.record.timestamp)),
                "Data": .blob(item.data), "PartitionKey": .string(item.partitionKey),
            ]
            if key != nil { members["EncryptionType"] = "KMS" }
            page.records.append(.map(members))
            page.bytes += item.data.count + item.partitionKey.utf8.count
            page.lastNumber = number
        }
        if log.stop != .end { page.behind = max(0, now.milliseconds - (log.entries.last?.record.timestamp ?? earliest)) }
        if let end = shard.end, page.next >= end { page.isEnd = true }
        return page
    }

    static func children(of shard: ShardRecord, in record: StreamRecord) -> [Document] {
        record.shards.filter { $0.parent == shard.index || $0.adjacentParent == shard.index }.map { child in
            let parents = [child.parent, child.adjacentParent].compactMap { $0.map { Document.string(ShardRecord.id($0)) } }
            return ["ShardId": .string(child.id), "ParentShards": .list(parents), "HashKeyRange": child.hashKeyRange]
        }
    }
}

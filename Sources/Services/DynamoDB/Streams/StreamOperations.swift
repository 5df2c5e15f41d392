import Documents
import Kernel
import Store

struct ListStreamsInput: Codable, Sendable {
    var TableName: String?
    var Limit: Int?
    var ExclusiveStartStreamArn: String?
}

struct ListStreamsOutput: Codable, Sendable {
    struct Stream: Codable, Sendable {
        var StreamArn: String
        var TableName: String
        var StreamLabel: String
    }
    var Streams: [Stream]
    var LastEvaluatedStreamArn: String?
}

struct ShardFilterInput: Codable, Sendable {
    var `Type`: String?
    var ShardId: String?
}

struct DescribeStreamInput: Codable, Sendable {
    var StreamArn: String
    var ShardFilter: ShardFilterInput?
    var Limit: Int?
    var ExclusiveStartShardId: String?
}

struct DescribeStreamOutput: Codable, Sendable { var StreamDescription: Document }

struct GetShardIteratorInput: Codable, Sendable {
    var StreamArn: String
    var ShardId: String
    var ShardIteratorType: String
    var SequenceNumber: String?
    var Timestamp: Documents.Timestamp?
}

struct GetShardIteratorOutput: Codable, Sendable { var ShardIterator: String }

struct GetRecordsInput: Codable, Sendable {
    var ShardIterator: String
    var Limit: Int?
}

struct GetRecordsOutput: Codable, Sendable {
    var Records: [Document]
    var NextShardIterator: String?
}

extension DynamoDBStreamsService {
    enum Limit {
        static let streams = 100
        static let records = 1_000
        /// Bytes of one answer's records, about.
        static let bytes = 1_024 * 1_024
    }

    func listStreams(_ input: ListStreamsInput, _ context: Context) async throws -> ListStreamsOutput {
        let limit = min(input.Limit ?? Limit.streams, Limit.streams)
        let prefix = Key(.dynamoStream, .text(context.account), .text(context.region))
        let start = input.ExclusiveStartStreamArn.flatMap(StreamName.init)?.key
        return try await context.store.read { snapshot in
            var found: [StreamInfo] = []
            try snapshot.records(StreamInfo.self, prefix, after: start) { _, info in
                if input.TableName.map({ $0 == info.table || $0.hasSuffix(":table/\(info.table)") }) ?? true {
                    found.append(info)
                }
                return found.count <= limit
            }
            let page = found.prefix(limit)
            return ListStreamsOutput(
                Streams: page.map { .init(StreamArn: $0.arn, TableName: $0.table, StreamLabel: $0.label) },
                LastEvaluatedStreamArn: found.count > limit ? page.last?.arn : nil)
        }
    }

    func describeStream(_ input: DescribeStreamInput, _ context: Context) async throws -> DescribeStreamOutput {
        let info = try await context.store.read { try Self.info(input.StreamArn, in: $0) }
        var range: Members = ["StartingSequenceNumber": .string(SequenceNumber.text(info.firstSequence))]
        if let last = info.lastSequence {
            range["EndingSequenceNumber"] = .string(SequenceNumber.text(max(last, info.firstSequence)))
        }
        if let filter = input.ShardFilter, let parent = filter.ShardId, parent != info.shard {
            throw DynamoDBFault.resourceNotFound("Requested resource not found: Shard does not exist")
        }
        // A stream is one shard, which has no children.
        let shards: [Document] =
            input.ExclusiveStartShardId == info.shard || input.ShardFilter?.Type == "CHILD_SHARDS"
            ? [] : [["ShardId": .string(info.shard), "SequenceNumberRange": .map(range)]]
        return DescribeStreamOutput(
            StreamDescription: [
                "StreamArn": .string(info.arn), "StreamLabel": .string(info.label),
                "StreamStatus": .string(info.disabled == nil ? "ENABLED" : "DISABLED"),
                "StreamViewType": .string(info.view.rawValue),
                "CreationRequestDateTime": .timestamp(Timestamp(milliseconds: info.created.milliseconds)),
                "TableName": .string(info.table), "KeySchema": info.schema.document, "Shards": .list(shards),
            ])
    }

    func getShardIterator(_ input: GetShardIteratorInput, _ context: Context) async throws -> GetShardIteratorOutput {
        let now = context.platform.clock.now()
        return try await context.store.read { snapshot in
            let info = try Self.info(input.StreamArn, in: snapshot)
            guard input.ShardId == info.shard else {
                throw DynamoDBFault.resourceNotFound("Requested resource not found: Shard does not exist")
            }
            let position: Int64
            switch input.ShardIteratorType {
            case "TRIM_HORIZON": position = 0
            case "LATEST": position = try Self.lastSequence(info, in: snapshot) + 1
            case "AT_TIMESTAMP":
                guard let moment = input.Timestamp else {
                    throw DynamoDBFault.validation("Timestamp must be provided when ShardIteratorType is AT_TIMESTAMP")
                }
                position = try Self.position(at: moment, info, in: snapshot)
            case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
                guard let text = input.SequenceNumber else {
                    throw DynamoDBFault.validation(
                        "SequenceNumber must be provided when ShardIteratorType is \(input.ShardIteratorType)")
                }
                guard let value = SequenceNumber.value(text), value >= info.firstSequence else {
                    throw DynamoDBFault.validation("Invalid SequenceNumber: \(text)")
                }
                position = input.ShardIteratorType == "AT_SEQUENCE_NUMBER" ? value : value + 1
                guard position > info.trimmedThrough else { throw Self.trimmed }
            default: throw DynamoDBFault.validation("ShardIteratorType is not valid: \(input.ShardIteratorType)")
            }
            return GetShardIteratorOutput(ShardIterator: ShardIterator(stream: info.arn, position: position, created: now).token)
        }
    }

    func getRecords(_ input: GetRecordsInput, _ context: Context) async throws -> GetRecordsOutput {
        guard let iterator = ShardIterator(input.ShardIterator) else { throw DynamoDBFault.validation("Invalid ShardIterator") }
        let now = context.platform.clock.now()
        guard now - iterator.created < ShardIterator.lifetime else {
            throw DynamoDBFault.expiredIterator(
                "Iterator expired. The iterator was created at time \(iterator.created.iso8601()) while right now it is \(now.iso8601())."
            )
        }
        let limit = input.Limit ?? Limit.records
        guard limit <= Limit.records else {
            throw DynamoDBFault.validation(
                "1 validation error detected: Value '\(limit)' at 'limit' failed to satisfy constraint: Member must have value less than or equal to \(Limit.records)"
            )
        }
        let view = KeyView(keys, for: context)
        return try await context.store.read { snapshot in
            let info = try Self.info(iterator.stream, in: snapshot)
            guard iterator.position == 0 || iterator.position > info.trimmedThrough else { throw Self.trimmed }
            var (records, bytes, position): ([Document], Int, Int64) = ([], 0, iterator.position)
            let begin = info.records.appending(.integer(iterator.position))
            try snapshot.scan(from: begin, to: info.records.rangeEnd, reverse: false, limit: limit) { row, value in
                guard records.isEmpty || bytes + value.count <= Limit.bytes else { return false }
                guard case .integer(let sequence)? = try row.elements().last else { throw StoreError.corrupt("stream key") }
                records.append(info.record(try StreamEntry(stored: value, view), sequence))
                (bytes, position) = (bytes + value.count, sequence + 1)
                return true
            }
            // A shard that was closed ends after its last record.
            if let last = info.lastSequence, position > last || records.isEmpty { return GetRecordsOutput(Records: records) }
            let next = ShardIterator(stream: info.arn, position: position, created: now).token
            return GetRecordsOutput(Records: records, NextShardIterator: next)
        }
    }

    private static let trimmed = DynamoDBFault.trimmedData(
        "The operation attempted to read past the oldest stream record in a shard. The iterator is beyond the trim horizon")

    private static func info(_ arn: String, in snapshot: any Snapshot) throws -> StreamInfo {
        guard let name = StreamName(arn) else { throw DynamoDBFault.validation("Invalid StreamArn") }
        guard let info = try snapshot.record(StreamInfo.self, name.key) else {
            throw DynamoDBFault.resourceNotFound("Requested resource not found: Stream: \(arn) not found")
        }
        return info
    }

    /// The first record that was made at a moment or later. Records stand in the order of their times, so that halves tell.
    private static func position(
        at moment: Documents.Timestamp, _ info: StreamInfo, in snapshot: any Snapshot
    ) throws -> Int64 {
        var low = max(info.firstSequence, info.trimmedThrough + 1)
        var high = try lastSequence(info, in: snapshot) + 1
        while low < high {
            let middle = low + (high - low) / 2
            var found: (sequence: Int64, created: Documents.Timestamp)?
            try snapshot.scan(
                from: info.records.appending(.integer(middle)), to: info.records.rangeEnd, reverse: false, limit: 1
            ) { row, bytes in
                guard case .integer(let sequence)? = try row.elements().last else { throw StoreError.corrupt("stream key") }
                found = (sequence, try StreamEntry.created(bytes))
                return false
            }
            if let found, found.created < moment { low = found.sequence + 1 } else { high = middle }
        }
        return low
    }

    private static func lastSequence(_ info: StreamInfo, in snapshot: any Snapshot) throws -> Int64 {
        if let last = info.lastSequence { return last }
        return try snapshot.value(TableKey.tally(info.storage)).map { try TableTally(stored: $0).sequence } ?? info.firstSequence
            - 1
    }
}

/// A stream's ARN taken apart: `...:table/NAME/stream/LABEL`.
struct StreamName {
    var table: TableName
    var label: String

    init?(_ arn: String) {
        guard let parsed = ARN(arn), parsed.service == "dynamodb" else { return nil }
        let parts = parsed.resource.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "table", parts[2] == "stream" else { return nil }
        table = TableName(account: parsed.account, region: parsed.region, name: String(parts[1]))
        label = String(parts[3])
    }

    var key: Key { StreamInfo.key(table, label) }
}

/// Where a reader stands in a shard. Clients see an opaque token; what it says is held to the caller's permissions on the
/// stream, so that a made-up one gains nothing.
struct ShardIterator: Equatable {
    static let lifetime = Duration.seconds(15 * 60)
    var stream: String
    /// The first sequence number to read; 0 stands for the oldest that is left.
    var position: Int64
    var created: Timestamp

    init(stream: String, position: Int64, created: Timestamp) {
        (self.stream, self.position, self.created) = (stream, position, created)
    }

    var token: String { "\(stream)|1|" + Base64.string(Array("\(position),\(created.microseconds)".utf8)) }

    init?(_ token: String) {
        let parts = token.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[1] == "1", let bytes = Base64.decode(parts[2]) else { return nil }
        let numbers = String(decoding: bytes, as: UTF8.self).split(separator: ",").map { Int64($0) }
        guard numbers.count == 2, let position = numbers[0], position >= 0, let created = numbers[1] else { return nil }
        self.init(stream: parts[0], position: position, created: Timestamp(microseconds: created))
    }
}

extension StreamInfo {
    /// `Record`
    func record(_ entry: StreamEntry, _ sequence: Int64) -> Document {
        var change: Members = [
            "ApproximateCreationDateTime": .timestamp(Timestamp(seconds: entry.created.seconds)), "Keys": entry.keys.document,
            "SequenceNumber": .string(SequenceNumber.text(sequence)), "StreamViewType": .string(view.rawValue),
        ]
        if let new = entry.new { change["NewImage"] = new.document }
        if let old = entry.old { change["OldImage"] = old.document }
        let size = entry.keys.itemSize + (entry.new?.itemSize ?? 0) + (entry.old?.itemSize ?? 0)
        change["SizeBytes"] = .integer(Int64(size))
        var record: Members = [
            "eventID": .string(eventID(sequence)), "eventName": .string(entry.name), "eventVersion": "1.1",
            "eventSource": "aws:dynamodb", "awsRegion": .string(region), "dynamodb": .map(change),
        ]
        if entry.isExpiry {
            record["userIdentity"] = ["Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"]
        }
        return .map(record)
    }

    /// The same for the same record, however often it is read.
    private func eventID(_ sequence: Int64) -> String {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in storage.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        let mixed = (UInt64(bitPattern: sequence) ^ hash) &* 0x9E37_79B9_7F4A_7C15
        return Hex.encode(
            [hash, mixed].flatMap { value in [56, 48, 40, 32, 24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } })
    }
}

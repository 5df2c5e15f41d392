import Crypto
import Documents
import Kernel
import Store

/// PutRecord (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html).
extension KinesisService {
    struct PutInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var Data: [UInt8]
        var PartitionKey: String?
        var ExplicitHashKey: String?
        var SequenceNumberForOrdering: String?
    }
    struct PutOutput: Codable, Sendable {
        var ShardId: String
        var SequenceNumber: String
        var EncryptionType: String?
    }

    func putRecord(_ input: Document, _ context: Context) async throws -> Document {
        let live = try await readable(input["StreamName"]?.string, input["StreamARN"]?.string, context)
        let record = live.record
        let item = try Self.item(input, at: "", of: record)
        if let text = input["SequenceNumberForOrdering"]?.string { try Self.checkOrdering(text, record) }
        let key = try await streamKey(of: record, context)
        let bytes = try StreamEntry.encode(item.partitionKey, item.data, key, context: live.id)
        while true {
            guard let shard = live.snapshot.shard(holding: item.hash) else {
                throw StoreError.corrupt("the shards of \(live.place.arn)")
            }
            guard let placed = try await append([(item.size, bytes)], to: shard, of: live, context) else { continue }
            guard let number = placed[0] else {
                throw KinesisFault.throughput(shard: shard.id, stream: live.place.name, account: live.place.account)
            }
            var output: Members = ["ShardId": .string(shard.id), "SequenceNumber": .string(number.description)]
            if key != nil { output["EncryptionType"] = "KMS" }
            return .map(output)
        }
    }

    /// One record of a request, checked.
    struct Item: Sendable {
        var partitionKey: String
        var data: [UInt8]
        var hash: UInt128
        /// What counts against the shard's rate and the call's size.
        var size: Int { data.count + partitionKey.utf8.count }
    }

    /// - Parameter place: where the record stands in the request, as AWS's messages name it.
    static func item(_ input: Document, at place: String, of stream: StreamRecord) throws -> Item {
        let data = input["Data"]?.blob ?? []
        guard data.count <= stream.maxRecordBytes else {
            throw KinesisFault.validation(
                "1 validation error detected: Value at '\(place)data' failed to satisfy constraint: "
                    + "Member must have length less than or equal to \(stream.maxRecordBytes)")
        }
        guard let key = input["PartitionKey"]?.string else {
            throw KinesisFault.validation(
                "1 validation error detected: Value null at '\(place)partitionKey' failed to satisfy constraint: "
                    + "Member must not be null")
        }
        // Other services' calls have passed no model, and their keys may be what a path has found.
        guard !key.isEmpty, key.unicodeScalars.count <= KinesisLimit.partitionKeyCharacters else {
            let bound =
                key.isEmpty ? "greater than or equal to 1" : "less than or equal to \(KinesisLimit.partitionKeyCharacters)"
            throw KinesisFault.validation(
                "1 validation error detected: Value '\(key)' at '\(place)partitionKey' failed to satisfy constraint: "
                    + "Member must have length \(bound)")
        }
        guard let explicit = input["ExplicitHashKey"]?.string else {
            return Item(partitionKey: key, data: data, hash: hash(key))
        }
        guard let hash = UInt128(explicit) else {
            throw KinesisFault.invalid(
                "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was \(explicit)")
        }
        return Item(partitionKey: key, data: data, hash: hash)
    }

    /// The partition key's MD5, as a number.
    static func hash(_ partitionKey: String) -> UInt128 {
        Insecure.MD5.hash(data: Array(partitionKey.utf8)).reduce(0) { $0 << 8 | UInt128($1) }
    }

    private static func checkOrdering(_ text: String, _ record: StreamRecord) throws {
        guard let number = SequenceNumber(text), let shard = record.shard(number.shard),
            shard.createdSeconds == number.shardSeconds
        else {
            throw KinesisFault.invalid(
                "ExclusiveMinimumSequenceNumber \(text) used in PutRecord on stream \(record.name) under account \(record.account) "
                    + "is invalid because it did not come from this stream.")
        }
    }

    /// Appends records to an open shard's log, in order; they are durable when this returns.
    /// - Returns: each record's number, nil for one over the shard's rate; or nil at all if the shard has been closed.
    func append(
        _ entries: [(size: Int, bytes: [UInt8])], to shard: ShardRecord, of live: LiveStream, _ context: Context
    ) async throws -> [SequenceNumber?]? {
        let moving = live.shard(shard.index, context.now)
        await moving.gate.enter()
        defer { moving.gate.leave() }
        let record = live.record
        guard record.work != .deleting else { throw KinesisFault.streamNotFound(record.name, account: record.account) }
        guard record.shard(shard.index)?.isOpen == true else { return nil }
        let now = context.platform.clock.now()
        var arrivals: [Int64?] = []
        var batch: [LogRecord] = []
        for entry in entries {
            let arrival = moving.admit(entry.size, now)
            arrivals.append(arrival)
            if let arrival { batch.append(LogRecord(timestamp: arrival, bytes: entry.bytes)) }
        }
        guard !batch.isEmpty else { return arrivals.map { _ in nil } }
        var next = try await context.platform.logs.append(log: record.log(shard.index), batch).lowerBound
        context.platform.changes.notify("\(live.place.arn)/\(shard.id)")
        context.platform.changes.notify(live.place.arn)
        return arrivals.map { arrival in
            guard let arrival else { return nil }
            defer { next += 1 }
            return SequenceNumber(shard, offset: next, arrivalMilliseconds: arrival)
        }
    }
}

import Documents
import Kernel

/// Where a reader stands in a shard. Clients see an opaque token; what it says is held to the caller's permissions on the
/// stream, so that a made-up one gains nothing.
struct ShardIterator: Sendable {
    var stream: String
    /// The stream's own id: an iterator dies with its stream.
    var streamID: String
    var shard: Int
    /// The first offset to read.
    var offset: Int64
    /// Records that arrived earlier are passed over; for AT_TIMESTAMP on a shard that had none yet.
    var notBefore: Int64
    var created: Timestamp

    init(_ record: StreamRecord, shard: Int, offset: Int64, notBefore: Int64 = 0, created: Timestamp) {
        (stream, streamID, self.shard) = (record.arn, record.id, shard)
        (self.offset, self.notBefore, self.created) = (offset, notBefore, created)
    }

    var token: String {
        Base64.string(Array("1|\(stream)|\(streamID)|\(shard)|\(offset)|\(notBefore)|\(created.microseconds)".utf8))
    }

    init?(_ token: String) {
        guard let bytes = Base64.decode(token) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 7, parts[0] == "1", let shard = Int(parts[3]), let offset = Int64(parts[4]), offset >= 0,
            let notBefore = Int64(parts[5]), let created = Int64(parts[6])
        else { return nil }
        (stream, streamID, self.shard) = (String(parts[1]), String(parts[2]), shard)
        (self.offset, self.notBefore, self.created) = (offset, notBefore, Timestamp(microseconds: created))
    }
}

/// A place in a shard as GetShardIterator and SubscribeToShard name it.
struct StartingPosition: Sendable {
    var type: String
    var sequenceNumber: String?
    var timestamp: Timestamp?

    /// The first offset to read, and the earliest arrival.
    func resolve(_ shard: ShardRecord, _ record: StreamRecord, operation: String, _ context: Context) async throws
        -> (offset: Int64, notBefore: Int64)
    {
        let logs = context.platform.logs
        let log = record.log(shard.index)
        let needsNumber = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER"
        guard needsNumber == (sequenceNumber != nil) else {
            let given = sequenceNumber == nil ? "no StartingSequenceNumber" : "also a StartingSequenceNumber"
            throw KinesisFault.invalid(
                "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) "
                    + "TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified \(type) and \(given).")
        }
        guard (type == "AT_TIMESTAMP") == (timestamp != nil) else {
            let given = timestamp == nil ? "no timestamp" : "a timestamp"
            throw KinesisFault.invalid(
                "Must specify AT_TIMESTAMP and a timestamp together. Request specified \(type) and \(given).")
        }
        switch type {
        case "TRIM_HORIZON": return (0, 0)
        case "LATEST": return (try await logs.offsets(log: log).upperBound, 0)
        case "AT_TIMESTAMP":
            let moment = timestamp ?? context.now
            guard moment <= context.now else {
                throw KinesisFault.invalid(
                    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: "
                        + "\(moment.milliseconds), currentTimestampInMillis: \(context.now.milliseconds)")
            }
            return (0, moment.milliseconds)
        default:
            let offset = try Self.offset(sequenceNumber ?? "", shard, record, operation)
            let end = try await logs.offsets(log: log).upperBound
            guard offset < max(end, 1) else {
                throw Self.foreign(sequenceNumber ?? "", shard, record, operation)
            }
            return (type == "AT_SEQUENCE_NUMBER" ? max(0, offset) : offset + 1, 0)
        }
    }

    private static func offset(_ text: String, _ shard: ShardRecord, _ record: StreamRecord, _ operation: String) throws -> Int64
    {
        guard let number = SequenceNumber(text) else { throw foreign(text, shard, record, operation) }
        guard number.shard == shard.index else {
            throw KinesisFault.invalid(
                "Invalid StartingSequenceNumber. It encodes \(ShardRecord.id(number.shard)), while it was used in a call to a "
                    + "shard with \(shard.id)")
        }
        guard number.shardSeconds == shard.createdSeconds else { throw foreign(text, shard, record, operation) }
        return number.offset
    }

    private static func foreign(_ text: String, _ shard: ShardRecord, _ record: StreamRecord, _ operation: String) -> KinesisFault
    {
        .invalid(
            "StartingSequenceNumber \(text) used in \(operation) on shard \(shard.id) in stream \(record.name) under account "
                + "\(record.account) is invalid because it did not come from this stream.")
    }
}

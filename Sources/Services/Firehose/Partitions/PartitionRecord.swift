import Crypto
import Documents
import Kernel
import Store

/// A partition's buffer that fills: records of one stream with the same partition keys. They lie in a log of its own.
struct PartitionRecord: Stored {
    static let tag: UInt8 = 1
    struct Part: Codable, Sendable, Hashable {
        var from: Int64
        var to: Int64
    }
    /// The stream's id.
    var stream: String
    /// What tells the partition from the stream's others.
    var slot: String
    /// Of this very buffer: the partition's next one has another.
    var id: String
    var queryKeys: [String: String]
    var functionKeys: [String: String]
    /// When its oldest record arrived.
    var opened: Timestamp
    var bytes = 0
    /// What of the log counts. Between them may lie records of a batch that was worked on again.
    var parts: [Part] = []

    static func prefix(_ stream: String) -> Key { Key(.firehosePartition, .text(stream)) }
    static func key(_ stream: String, _ slot: String) -> Key { prefix(stream).appending(.text(slot)) }
    var key: Key { Self.key(stream, slot) }
    var log: String { "firehose-\(stream)-p-\(id)" }
    var timerID: String { "partition \(id)" }

    mutating func add(_ range: Range<Int64>) {
        if let last = parts.last, last.to == range.lowerBound {
            parts[parts.count - 1].to = range.upperBound
        } else {
            parts.append(Part(from: range.lowerBound, to: range.upperBound))
        }
    }

    /// A name of bounded length for what ``PrefixExpression/slot(_:_:)`` gives.
    static func slot(_ text: String) -> String { Hex.encode(Array(SHA256.hash(data: Array(text.utf8)))) }
}

/// A record after its processing, as it lies in a partition's log.
private struct ProcessedRecord: Codable {
    var data: [UInt8]
    /// As it was put, where that is something else.
    var source: [UInt8]?
    var origin: SourceRecord.Origin?
    var arrived: Int64
    var offset: Int64
    var part: Int
}

extension ReadyRecord {
    /// - Parameter stream: what the seal is bound to, the stream's id.
    func entry(_ key: RecordKey?, stream: String) throws -> [UInt8] {
        let form = ProcessedRecord(
            data: data, source: source.data == data ? nil : source.data, origin: source.origin, arrived: source.arrived,
            offset: source.offset, part: source.part)
        return try LogForm.encode(SourceRecord(data: CBOR.write(try DocumentEncoder().encode(form))), key, stream: stream)
    }

    init(_ entry: LogEntry, _ key: RecordKey?, of partition: PartitionRecord) throws {
        let bytes = try LogForm.decode(entry, key, stream: partition.stream).data
        let form = try DocumentDecoder().decode(ProcessedRecord.self, from: CBOR.parse(bytes))
        var source = SourceRecord(data: form.source ?? form.data, origin: form.origin)
        (source.arrived, source.offset, source.part) = (form.arrived, form.offset, form.part)
        self.init(
            source: source, data: form.data, queryKeys: partition.queryKeys, functionKeys: partition.functionKeys)
    }
}

import Documents
import Kernel
import Store

/// A record on its way: its data, and where it came from if that was a Kinesis stream.
struct SourceRecord: Sendable {
    struct Origin: Codable, Sendable {
        var shard: String
        var partitionKey: String
        var sequence: String
        /// Milliseconds.
        var arrived: Int64
    }
    var data: [UInt8]
    var origin: Origin?
    /// Milliseconds; set when it is read back.
    var arrived: Int64 = 0
    /// Its place in the log, and which part of that record it is.
    var offset: Int64 = 0
    var part = 0

    init(data: [UInt8], origin: Origin? = nil) { (self.data, self.origin) = (data, origin) }
}

/// A record in the log: a form byte; then data, or the length of the origin's CBOR (2 bytes), that, and data; or the number
/// of the data key (4 bytes) and such bytes sealed with AES-GCM.
enum LogForm {
    private enum Form { static let plain: UInt8 = 1, origin: UInt8 = 2, sealed: UInt8 = 3 }
    private static let sealedHead = 5

    /// - Parameter stream: what the seal is bound to, the stream's id.
    static func encode(_ record: SourceRecord, _ key: RecordKey?, stream: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.data.count + 1)
        if let origin = record.origin {
            let head = CBOR.write(try DocumentEncoder().encode(origin))
            bytes += [Form.origin, UInt8(truncatingIfNeeded: head.count >> 8), UInt8(truncatingIfNeeded: head.count)]
            bytes += head
        } else {
            bytes.append(Form.plain)
        }
        bytes.append(contentsOf: record.data)
        guard let key else { return bytes }
        let sealed = try key.sealer.seal(bytes, place: stream)
        var output = [Form.sealed]
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: key.number).bigEndian) { output.append(contentsOf: $0) }
        return output + sealed
    }

    /// The number of the data key that `bytes` are sealed with; nil for plain ones.
    static func keyNumber(_ bytes: [UInt8]) -> Int? {
        guard bytes.count > sealedHead, bytes[0] == Form.sealed else { return nil }
        return Int(bytes[1..<sealedHead].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }

    static func decode(_ entry: LogEntry, _ key: RecordKey?, stream: String) throws -> SourceRecord {
        var bytes = entry.record.bytes
        if bytes.first == Form.sealed {
            guard let key else { throw StoreError.corrupt("a sealed record without its key") }
            bytes = try key.sealer.open(bytes.dropFirst(sealedHead), place: stream)
        }
        var record: SourceRecord
        switch bytes.first {
        case Form.plain: record = SourceRecord(data: Array(bytes.dropFirst()))
        case Form.origin:
            guard bytes.count >= 3, bytes.count >= 3 + (Int(bytes[1]) << 8 | Int(bytes[2])) else {
                throw StoreError.corrupt("a record of \(stream)")
            }
            let end = 3 + (Int(bytes[1]) << 8 | Int(bytes[2]))
            let origin = try DocumentDecoder().decode(SourceRecord.Origin.self, from: CBOR.parse(Array(bytes[3..<end])))
            record = SourceRecord(data: Array(bytes[end...]), origin: origin)
        default: throw StoreError.corrupt("a record of \(stream)")
        }
        record.arrived = record.origin?.arrived ?? entry.record.timestamp
        record.offset = entry.offset
        return record
    }
}

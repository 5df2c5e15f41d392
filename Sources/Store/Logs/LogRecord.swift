/// What is appended to a log.
public struct LogRecord: Sendable, Hashable {
    /// In the caller's unit, the same throughout a log; need not rise.
    public let timestamp: Int64
    public let bytes: [UInt8]

    public init(timestamp: Int64, bytes: [UInt8]) {
        self.timestamp = timestamp
        self.bytes = bytes
    }
}

/// A record with its place.
public struct LogEntry: Sendable, Hashable {
    /// 0 for a log's first record, then one more each; never reused unless the log is deleted.
    public let offset: Int64
    public let record: LogRecord
}

/// Records in offset order (or reversed), and why there are no more.
public struct LogPage: Sendable {
    public enum Stop: Sendable {
        /// Nothing (yet) beyond.
        case end
        /// The asked number or size of records was reached.
        case limit
        /// Much was read with no match; more may follow.
        case effort
    }

    public internal(set) var entries: [LogEntry] = []
    /// Where to read on: forwards the first offset not looked at, in reverse the last one looked at (read before it).
    public internal(set) var next: Int64
    public internal(set) var stop: Stop = .end
}

/// A record on disk, integers little-endian: length of the bytes (4), CRC-32C (4) of offset, timestamp and bytes,
/// timestamp (8), bytes. The offset is not written: it is the place, and a misplaced record fails its sum.
enum LogCodec {
    static let headerSize = 16

    static func append(_ record: LogRecord, offset: Int64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(record.bytes.count).littleEndian) { bytes.append(contentsOf: $0) }
        let sum = record.bytes.withUnsafeBytes { Self.sum(offset, record.timestamp, $0) }
        withUnsafeBytes(of: sum.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: record.timestamp.littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: record.bytes)
    }

    /// The size on disk of the record that begins at `position`; nil if its header is cut or impossible.
    static func size(at position: Int, of bytes: UnsafeRawBufferPointer) -> Int? {
        guard position + headerSize <= bytes.count else { return nil }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
        return length <= LogStore.Limit.recordSize ? headerSize + length : nil
    }

    static func timestamp(at position: Int, of bytes: UnsafeRawBufferPointer) -> Int64 {
        Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 8, as: Int64.self))
    }

    /// Whether a whole record of that offset and size lies there.
    static func isSound(at position: Int, size: Int, offset: Int64, in bytes: UnsafeRawBufferPointer) -> Bool {
        guard position + size <= bytes.count else { return false }
        let sum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
        let body = UnsafeRawBufferPointer(rebasing: bytes[(position + headerSize)..<(position + size)])
        return sum == Self.sum(offset, timestamp(at: position, of: bytes), body)
    }

    private static func sum(_ offset: Int64, _ timestamp: Int64, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let head = (offset.littleEndian, timestamp.littleEndian)
        return CRC32C.sum(bytes, from: withUnsafeBytes(of: head) { CRC32C.sum($0) })
    }
}

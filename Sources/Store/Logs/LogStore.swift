import Synchronization

/// Append-only logs in segments `DIR/logs/xx/<id>/<offset>.log`: event streams, audit, change streams.
///
/// Invariants: a log's offsets have no gap and no repeat. A durable append is answered after its flush; appends that come
/// together share one. Every record carries a checksum; what a crash tore off the end is cut when the log is next
/// opened, and damage anywhere else throws ``StoreError/corrupt(_:)``. The index by offset and time is sparse, in memory,
/// and built from a segment when it is first read. File handles and logs in memory are bounded.
/// The caller holds the directory (``SQLiteStore/open(directory:)`` locks it).
public final class LogStore: Sendable {
    public enum Limit {
        /// Bytes of one record: Kinesis's 10 MiB, its partition key and the seal around both.
        public static let recordSize = 11 << 20
        /// Bytes of one append, and about those of one write.
        public static let appendSize = 24 << 20
        /// Bytes of a log's ID, once escaped.
        public static let idSize = 200
        /// Bytes of appends accepted and not answered; further callers wait.
        static let pendingBytes = 64 << 20
        public static let segmentSize = 16 << 20
        static let blockSize = 64 << 10
        static let scanWindow = 1 << 20
        public static let openFiles = 128
        static let logsInMemory = 4_096
        /// Bytes that one read looks through in search of its time range.
        static let effort = 64 << 20
        static let threads = 4
    }

    struct Settings: Sendable {
        let segmentSize: Int
        let files: OpenFiles
        let onRepair: @Sendable (LogRepair) -> Void
    }

    private struct Logs {
        var byID: [String: LogFile] = [:]
    }

    private let root: String
    private let settings: Settings
    private let threads = WorkerThreads(count: Limit.threads)
    private let gate = AsyncGate(capacity: Limit.pendingBytes)
    private let logs = Mutex(Logs())

    /// - Parameters:
    ///   - segmentSize: bytes at which a segment is closed and the next begun.
    ///   - onRepair: told of each torn tail that is cut; for the operator's log.
    public init(
        directory: String, segmentSize: Int = Limit.segmentSize, filesMax: Int = Limit.openFiles,
        onRepair: @escaping @Sendable (LogRepair) -> Void = { _ in }
    ) throws {
        root = directory + "/logs"
        settings = Settings(segmentSize: segmentSize, files: OpenFiles(countMax: filesMax), onRepair: onRepair)
        try Posix.makeDirectory(root)
    }

    /// Appends records in order; the log is made if there is none.
    /// - Parameter durable: return when they are on stable storage; else when the system has them (``sync()``).
    /// - Returns: their offsets.
    /// - Throws: ``StoreError/full`` with nothing kept, ``StoreError/tooLarge(what:limit:)``.
    public func append(log id: String, _ records: [LogRecord], durable: Bool = true) async throws -> Range<Int64> {
        var bytes = 0
        for record in records {
            guard record.bytes.count <= Limit.recordSize else {
                throw StoreError.tooLarge(what: "log record", limit: Limit.recordSize)
            }
            bytes += record.bytes.count + LogCodec.headerSize
        }
        guard bytes <= Limit.appendSize else { throw StoreError.tooLarge(what: "log append", limit: Limit.appendSize) }
        await gate.acquire(max(1, bytes))
        defer { gate.release(max(1, bytes)) }
        let log = try log(id)
        return try await withCheckedThrowingContinuation { continuation in
            start(log, .append(LogFile.Append(records: records, isDurable: durable) { continuation.resume(with: $0) }))
        }
    }

    /// Flushes what was appended without being durable.
    public func sync() async throws {
        let dirty = logs.withLock { $0.byID.values.filter(\.isDirty) }
        for log in dirty { try await exclusively(log) { log in try log.change { try log.flush(&$0) } } }
    }

    /// The offsets that a log holds: from the first not trimmed to the next to be given.
    public func offsets(log id: String) async throws -> Range<Int64> {
        let segments = try await segments(try log(id))
        guard let first = segments.first, let last = segments.last else { return 0..<0 }
        return first.base..<last.next
    }

    /// Reads forwards from `offset`, or in reverse the records before it.
    /// - Parameters:
    ///   - times: only records with such timestamps; nil is all.
    ///   - limit: the most records.
    ///   - size: bytes at which the page ends; it has one record at least.
    public func read(
        log id: String, from offset: Int64 = 0, reverse: Bool = false, times: Range<Int64>? = nil, limit: Int = 1_000,
        size: Int = 1 << 20
    ) async throws -> LogPage {
        let log = try log(id)
        let segments = try await segments(log)
        return try await threads.run {
            try LogReading(log: log, segments: segments, times: times, limit: limit, size: size).page(offset, reverse: reverse)
        }
    }

    /// Removes whole segments from the front, as long as every record in them is older than `time` or lies before
    /// `offset`, or the log is larger than `size` bytes. Records that share a segment with younger ones stay a while.
    public func trim(log id: String, before time: Int64? = nil, beforeOffset offset: Int64? = nil, size: Int? = nil) async throws
    {
        try await exclusively(try log(id)) { try $0.trim(before: time, beforeOffset: offset, size: size) }
    }

    /// Removes a log and all its records; no error if there is none. A log of the same ID begins again at offset 0.
    public func delete(log id: String) async throws { try await exclusively(try log(id)) { try $0.delete() } }

    // MARK: Logs in memory

    private func segments(_ log: LogFile) async throws -> [LogSegment] {
        if let state = log.state.withLock({ $0 }) { return state.segments }
        return try await exclusively(log) { try $0.loaded().segments }
    }

    private func exclusively<Result: Sendable>(
        _ log: LogFile, _ work: @escaping @Sendable (LogFile) throws -> Result
    ) async throws -> Result {
        await gate.acquire()
        defer { gate.release() }
        return try await withCheckedThrowingContinuation { continuation in
            start(log, .other { log in continuation.resume(with: Swift.Result { try work(log) }) })
        }
    }

    private func start(_ log: LogFile, _ job: LogFile.Job) {
        guard log.enqueue(job) else { return }
        do {
            try threads.submit { log.drain() }
        } catch {
            // Not one thread could be started: this one has to do.
            log.drain()
        }
    }

    private func log(_ id: String) throws -> LogFile {
        let name = Self.escaped(id)
        guard !id.isEmpty, name.utf8.count <= Limit.idSize else { throw StoreError.tooLarge(what: "log ID", limit: Limit.idSize) }
        return logs.withLock { logs in
            if let log = logs.byID[id] { return log }
            if logs.byID.count >= Limit.logsInMemory { Self.evict(&logs.byID) }
            let sum = Array(id.utf8).withUnsafeBytes { CRC32C.sum($0) } & 0xFF
            let shard = (sum < 16 ? "0" : "") + String(sum, radix: 16)
            let log = LogFile(id: id, directory: "\(root)/\(shard)/\(name)", store: settings)
            logs.byID[id] = log
            return log
        }
    }

    /// Lets go of logs that nobody uses and that have nothing to flush. Uses begin under the same lock, so none is lost.
    private static func evict(_ logs: inout [String: LogFile]) {
        for id in Array(logs.keys) {
            guard var log = logs.removeValue(forKey: id) else { continue }
            if !isKnownUniquelyReferenced(&log) || log.isDirty || log.hasFailed { logs[id] = log }
        }
    }

    /// The ID as a file name: letters, digits, `-` and `_` stand for themselves, all else is `%` and two digits.
    private static func escaped(_ id: String) -> String {
        var name = ""
        for byte in id.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            default: name += (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
            }
        }
        return name
    }
}

/// A torn tail that was cut.
public struct LogRepair: Sendable, Hashable {
    public let log: String
    /// The log's next offset after the cut.
    public let offset: Int64
    public let bytesCut: Int
}

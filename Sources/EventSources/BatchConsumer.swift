import Documents
import Kernel
import Store

/// Whoever takes a source's batches: a mapping's function, a pipe's target.
public protocol BatchConsumer: Sendable {
    /// The role as which the source is read.
    func reader() async throws -> Caller
    /// Hands a batch on and tells what became of it.
    /// - Throws: ``ConsumerBusy`` when it cannot be taken now, which is no failure of its records; `CancellationError`.
    func take(_ batch: SourceBatch) async throws -> BatchOutcome
    /// Records that are passed over. Durable when it returns.
    func drop(_ batch: DroppedBatch) async throws
    /// Keeps how far a shard is done. Does nothing for a reader that has been deleted meanwhile.
    func save(_ checkpoint: ShardCheckpoint, shard: String) async throws
    func checkpoint(shard: String) async throws -> ShardCheckpoint?
    /// Keeps the last outcome, as GetEventSourceMapping shows it.
    func note(_ result: String) async
    /// Batches of a queue that can run at once.
    var concurrency: Int { get }
}

extension BatchConsumer {
    public var concurrency: Int { SourceLimit.queueConcurrency }
}

/// What is handed over in one go: some records, in order.
public struct SourceBatch: Sendable {
    public var records: [SourceRecord]
    /// nil for queues.
    public var shard: String?
    public var window: WindowFrame?

    /// The records' JSON between brackets.
    public var list: [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "[")]
        text.reserveCapacity(records.reduce(2) { $0 + $1.json.count + 1 })
        for (index, record) in records.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text += record.json
        }
        text.append(UInt8(ascii: "]"))
        return text
    }
}

/// A tumbling window as its batch's function sees it.
public struct WindowFrame: Codable, Sendable, Hashable {
    public var start: Timestamp
    public var end: Timestamp
    /// The JSON that the last batch of this window has answered.
    public var state: String
    public var isFinal: Bool
    public var isEarly: Bool
}

/// The call that a failure came from, for the record of it.
public struct FailedCall: Sendable {
    public var requestID: String
    public var executedVersion: String?
    public var functionError: String?
    public var statusCode: Int

    public init(requestID: String, executedVersion: String? = nil, functionError: String? = nil, statusCode: Int = 200) {
        (self.requestID, self.executedVersion) = (requestID, executedVersion)
        (self.functionError, self.statusCode) = (functionError, statusCode)
    }
}

public enum BatchOutcome: Sendable {
    /// All done; a window's new state, as JSON.
    case success(state: String?)
    case failure(FailedCall)
    /// The ids of the records that have failed.
    case partial([String], FailedCall, state: String?)
}

/// The batch cannot be taken now: throttled, or not runnable.
public struct ConsumerBusy: Error, Sendable {
    public var message: String
    public init(_ message: String) { self.message = message }
}

/// Records of a stream that were given up.
public struct DroppedBatch: Sendable {
    public enum Condition: String, Sendable {
        case retriesExhausted = "RetryAttemptsExhausted"
        case tooOld = "RecordAgeExceeded"
        case tooLarge = "RecordSizeExceeded"
    }
    public var batch: SourceBatch
    public var condition: Condition
    public var invocations: Int
    public var call: FailedCall?
}

/// How far a reader has come in a shard. Written only after what lies before is done.
public struct ShardCheckpoint: Stored, Hashable {
    public static let tag: UInt8 = 1
    /// The last record before which all is done; nil before the first.
    public var sequence: String?
    /// Where a `LATEST` reader began, until its first record is done. Iterators end after some minutes.
    public var iterator: String?
    /// The shard is closed and all of it done.
    public var isDone = false
    /// The last record that each lane has done; lanes run ahead of `sequence`.
    public var lanes: [String]?
    /// The open tumbling window of each lane.
    public var windows: [WindowFrame?]?

    public init(sequence: String? = nil, iterator: String? = nil, isDone: Bool = false) {
        (self.sequence, self.iterator, self.isDone) = (sequence, iterator, isDone)
    }
}

/// The order of sequence numbers, which are decimal numbers of any length.
func isUpTo(_ left: String, _ right: String) -> Bool {
    let (a, b) = (left.drop { $0 == "0" }, right.drop { $0 == "0" })
    return a.utf8.count != b.utf8.count ? a.utf8.count < b.utf8.count : a <= b
}

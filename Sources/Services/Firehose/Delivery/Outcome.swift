import Documents
import Synchronization

/// A record that has been processed, ready for its destination.
struct ReadyRecord: Sendable {
    var source: SourceRecord
    var data: [UInt8]
    var queryKeys: [String: String] = [:]
    var functionKeys: [String: String] = [:]
}

/// A record that could not be processed or delivered.
struct FailedRecord: Sendable {
    /// What `!{firehose:error-output-type}` gives.
    enum Kind: String, Sendable {
        case processing = "processing-failed"
        case conversion = "format-conversion-failed"
        case decompression = "decompression-failed"
        case partitions = "activePartitionExceeded"
        case endpoint = "http-endpoint-failed"
    }
    var source: SourceRecord
    var kind: Kind
    var code: String
    var message: String
    var attempts = 1
    /// Milliseconds.
    var ended: Int64
    var function: String?
    /// For conversion: the table whose columns were asked for.
    var table: Document?

    /// The form in which failed records lie in S3, a line each
    /// (https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html).
    var line: [UInt8] {
        var members: Members = [
            "attemptsMade": .integer(Int64(attempts)), "arrivalTimestamp": .integer(source.arrived),
            "errorCode": .string(code), "errorMessage": .string(message), "attemptEndingTimestamp": .integer(ended),
            "rawData": .string(Base64.string(source.data)),
        ]
        if let function { members["lambdaArn"] = .string(function) }
        if kind == .conversion {
            members["sequenceNumber"] = source.origin.map { .string($0.sequence) } ?? .null
            members["subSequenceNumber"] = source.origin == nil ? .null : .integer(Int64(source.part))
            members["dataCatalogTable"] = table ?? .null
        }
        if kind == .endpoint {
            members["subsequenceNumber"] = .integer(Int64(source.part))
            members["dataId"] = .string("\(RecordID.inFunction(source.offset, part: 0)).\(source.part)")
        }
        return JSON.write(.map(members)) + [UInt8(ascii: "\n")]
    }
}

/// One thing that went wrong, for the stream's error log.
struct DeliveryError: Sendable, Hashable {
    var code: String
    var message: String
    var function: String?
}

/// What has become of a batch's records.
struct Outcome: Sendable {
    var ready: [ReadyRecord] = []
    var failed: [FailedRecord] = []
    var errors: [DeliveryError] = []
    /// The source records lie in the backup bucket.
    var isBackedUp = false

    mutating func note(_ error: DeliveryError) { if !errors.contains(error) { errors.append(error) } }

    var bytes: Int {
        ready.reduce(0) { $0 + $1.data.count + $1.source.data.count } + failed.reduce(0) { $0 + $1.source.data.count }
    }
}

/// Outcomes of batches that wait for their destination to come back, so that a function is not asked again. Those that find
/// no room, or a new process, are worked out anew: a function must bear repetition.
final class KeptOutcomes: Sendable {
    private struct State {
        var byID: [String: Outcome] = [:]
        var bytes = 0
    }
    private let state = Mutex(State())

    func take(_ id: String) -> Outcome? {
        state.withLock { state in
            guard let outcome = state.byID.removeValue(forKey: id) else { return nil }
            state.bytes -= outcome.bytes
            return outcome
        }
    }

    func keep(_ outcome: Outcome, _ id: String) {
        let bytes = outcome.bytes
        state.withLock { state in
            guard state.bytes + bytes <= FirehoseLimit.keptBytes else { return }
            state.byID[id] = outcome
            state.bytes += bytes
        }
    }
}

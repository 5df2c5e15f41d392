import Documents
import Kernel
import Store

struct StartMoveInput: Codable {
    var SourceArn: String
    var DestinationArn: String?
    var MaxNumberOfMessagesPerSecond: Int?
}

struct StartMoveOutput: Codable { var TaskHandle: String? }
struct CancelMoveInput: Codable { var TaskHandle: String }
struct CancelMoveOutput: Codable { var ApproximateNumberOfMessagesMoved: Int? }

struct ListMovesInput: Codable {
    var SourceArn: String
    var MaxResults: Int?
}

struct ListMovesOutput: Codable {
    struct Entry: Codable {
        var TaskHandle: String?
        var Status: String?
        var SourceArn: String?
        var DestinationArn: String?
        var MaxNumberOfMessagesPerSecond: Int?
        var ApproximateNumberOfMessagesMoved: Int?
        var ApproximateNumberOfMessagesToMove: Int?
        var FailureReason: String?
        var StartedTimestamp: Int?
    }
    var Results: [Entry]?
}

/// Moving dead letters back, as the store keeps it.
struct MoveTask: Stored {
    static let tag: UInt8 = 1
    enum Status: String, Codable { case running = "RUNNING", completed = "COMPLETED", cancelled = "CANCELLED", failed = "FAILED" }

    var id: String
    var source: String
    var destination: String?
    var perSecond: Int64?
    var status: Status
    var moved: Int64
    var toMove: Int64
    var failure: String?
    var started: Timestamp

    /// The newest first.
    static func prefix(_ source: QueueName) -> Key {
        Key(.sqsMoveTask, .text(source.region), .text(source.account), .text(source.name))
    }
    static func key(_ source: QueueName, _ started: Timestamp, _ id: String) -> Key {
        prefix(source).appending(.integer(-started.microseconds), .text(id))
    }
    var key: Key? { QueueName(arn: source).map { Self.key($0, started, id) } }

    /// What the client cancels by: a JSON text in base64, as AWS's handles are.
    var handle: String {
        Base64.string(
            JSON.write(["taskId": .string(id), "sourceArn": .string(source), "started": .integer(started.microseconds)]))
    }

    private static func fields(ofHandle handle: String?) throws -> (source: QueueName, started: Timestamp, id: String) {
        guard let handle else { throw SQSFault.missing("TaskHandle") }
        guard let bytes = Base64.decode(handle), let fields = try? JSON.parse(bytes), let id = fields["taskId"]?.string,
            let source = fields["sourceArn"]?.string.flatMap(QueueName.init(arn:)), let started = fields["started"]?.integer
        else { throw SQSFault.invalid("The value for parameter TaskHandle is invalid.") }
        return (source, Timestamp(microseconds: started), id)
    }

    static func source(ofHandle handle: String?) throws -> QueueName { try fields(ofHandle: handle).source }

    static func key(ofHandle handle: String?) throws -> Key {
        let fields = try fields(ofHandle: handle)
        return key(fields.source, fields.started, fields.id)
    }
}

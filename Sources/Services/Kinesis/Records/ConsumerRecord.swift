import Documents
import Kernel
import Store

/// A consumer with enhanced fan-out.
struct ConsumerRecord: Stored {
    static let tag: UInt8 = 1
    var stream: String
    var streamID: String
    var name: String
    var created: Timestamp
    /// When it leaves, once it was deregistered.
    var leaves: Timestamp?
    var tags: TagList = [:]
    var policy: String?

    var arn: String { "\(stream)/consumer/\(name):\(created.seconds)" }

    static func prefix(_ streamID: String) -> Key { Key(.kinesisConsumer, .text(streamID)) }
    var key: Key { Self.prefix(streamID).appending(.text(name)) }

    func isGone(at now: Timestamp) -> Bool { leaves.map { $0 <= now } ?? false }

    func status(at now: Timestamp) -> String {
        if leaves != nil { return "DELETING" }
        return now < created + KinesisLimit.settling ? "CREATING" : "ACTIVE"
    }

    /// `Consumer`
    func document(at now: Timestamp) -> Members {
        [
            "ConsumerName": .string(name), "ConsumerARN": .string(arn), "ConsumerStatus": .string(status(at: now)),
            "ConsumerCreationTimestamp": .timestamp(created),
        ]
    }
}

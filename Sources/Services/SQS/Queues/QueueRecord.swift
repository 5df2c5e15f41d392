import Documents
import Kernel
import Store

/// What names a queue: its URL's parts and the addressed Region.
struct QueueName: Sendable, Hashable {
    let region: String
    let account: String
    let name: String
    /// Of the queue's record.
    let key: Key

    var arn: String { ARN("sqs", region: region, account: account, name).description }

    init(region: String, account: String, name: String) {
        (self.region, self.account, self.name) = (region, account, name)
        key = Key(.sqsQueue, .text(region), .text(account), .text(name))
    }

    /// - Returns: nil for what is not the ARN of a queue.
    init?(arn text: String) {
        guard let arn = ARN(text), arn.service == "sqs", !arn.region.isEmpty, !arn.account.isEmpty,
            !arn.resource.contains(where: { $0 == "/" || $0 == ":" })
        else { return nil }
        self.init(region: arn.region, account: arn.account, name: arn.resource)
    }
}

/// A queue as the store keeps it.
struct QueueRecord: Stored, Equatable {
    static let tag: UInt8 = 1
    var region: String
    var account: String
    var name: String
    /// Tells this queue from an earlier one of its name.
    var id: Int64
    /// Under which its messages are kept. A purge takes a new one, and the old one's rows are swept away afterwards.
    var store: Int64
    var created: Timestamp
    var modified: Timestamp
    /// As set; what is not here has its default.
    var attributes: [String: String]
    var tags: [String: String]
    var purged: Timestamp?
    /// A deleted queue's name rests for a minute.
    var deleted: Timestamp?

    static func freshID() -> Int64 { Int64.random(in: 1...Int64.max) }
}

/// A queue with its attributes read.
struct Queue: Sendable {
    struct Redrive: Sendable, Hashable {
        var target: QueueName
        var maxReceives: Int64
    }
    let record: QueueRecord
    let name: QueueName
    let isFifo: Bool
    let delaySeconds: Int64
    let visibilitySeconds: Int64
    let retention: Duration
    let messageBytes: Int
    let waitSeconds: Int64
    let isContentDeduplicated: Bool
    let isDeduplicatedByGroup: Bool
    let redrive: Redrive?
    let kmsKey: String?
    let keyReuse: Duration
    let isSealed: Bool
    let arn: String

    var id: Int64 { record.id }
    var store: Int64 { record.store }

    init(_ record: QueueRecord) {
        self.record = record
        name = QueueName(region: record.region, account: record.account, name: record.name)
        arn = name.arn
        let values = record.attributes
        func number(_ name: String) -> Int64 { Int64(values[name] ?? QueueAttributes.defaults[name] ?? "0") ?? 0 }
        isFifo = values["FifoQueue"] == "true"
        delaySeconds = number("DelaySeconds")
        visibilitySeconds = number("VisibilityTimeout")
        retention = .seconds(number("MessageRetentionPeriod"))
        messageBytes = Int(number("MaximumMessageSize"))
        waitSeconds = number("ReceiveMessageWaitTimeSeconds")
        isContentDeduplicated = values["ContentBasedDeduplication"] == "true"
        isDeduplicatedByGroup = values["DeduplicationScope"] == "messageGroup"
        redrive = values["RedrivePolicy"].flatMap(RedrivePolicy.read)
        kmsKey = values["KmsMasterKeyId"].flatMap { $0.isEmpty ? nil : $0 }
        keyReuse = .seconds(number("KmsDataKeyReusePeriodSeconds"))
        isSealed = kmsKey == nil && values["SqsManagedSseEnabled"] != "false"
    }
}

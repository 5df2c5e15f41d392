import Documents
import Kernel
import Policy
import Store

/// What may be set on a queue
/// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
enum QueueAttributes {
    static let defaults: [String: String] = [
        "DelaySeconds": "0", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600",
        "ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "30", "KmsDataKeyReusePeriodSeconds": "300",
    ]
    private static let ranges: [String: ClosedRange<Int64>] = [
        "DelaySeconds": 0...SQSLimit.delaySeconds, "MaximumMessageSize": 1_024...Int64(SQSLimit.messageBytes),
        "MessageRetentionPeriod": 60...1_209_600, "ReceiveMessageWaitTimeSeconds": 0...SQSLimit.waitSeconds,
        "VisibilityTimeout": 0...SQSLimit.visibilitySeconds, "KmsDataKeyReusePeriodSeconds": 60...86_400,
    ]
    private static let flags: Set<String> = ["ContentBasedDeduplication", "SqsManagedSseEnabled", "FifoQueue"]
    private static let texts: Set<String> = [
        "Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "DeduplicationScope", "FifoThroughputLimit",
    ]
    private static let fifoOnly: Set<String> = [
        "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit",
    ]
    static let readOnly: Set<String> = [
        "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible",
        "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn",
    ]
    static let all: Set<String> = texts.union(flags).union(ranges.keys).union(readOnly)

    /// Each value by itself.
    /// - Throws: ``SQSFault``
    static func check(_ values: [String: String], isFifo: Bool, of queue: QueueName) throws {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            if let range = ranges[name] {
                guard let number = Int64(value), range.contains(number) else { throw SQSFault.attributeValue(name) }
            } else if flags.contains(name) {
                guard ["true", "false"].contains(value.lowercased()) else { throw SQSFault.attributeValue(name) }
            } else if !texts.contains(name) {
                throw SQSFault.attributeName(name)
            }
            if fifoOnly.contains(name), !isFifo { throw SQSFault.attributeName(name) }
            switch name {
            case "DeduplicationScope":
                guard ["messageGroup", "queue"].contains(value) else { throw SQSFault.attributeValue(name) }
            case "FifoThroughputLimit":
                guard ["perQueue", "perMessageGroupId"].contains(value) else { throw SQSFault.attributeValue(name) }
            case "Policy" where !value.isEmpty: try checkPolicy(value, of: queue)
            case "RedriveAllowPolicy": try RedrivePolicy.checkAllow(value)
            default: break
            }
        }
    }

    /// Attributes as they are kept: the users and roles that a queue's policy names must exist.
    static func bound(_ values: [String: String], in transaction: any Transaction) throws -> [String: String] {
        guard let policy = values["Policy"], !policy.isEmpty else { return values }
        let kept = try NamedPrincipals.bound(policy, in: transaction) { _ in SQSFault.attributeValue("Policy") }
        return values.merging(["Policy": kept]) { $1 }
    }

    /// How values bear on each other, once they are put together.
    static func checkTogether(_ values: [String: String]) throws {
        if values["FifoThroughputLimit"] == "perMessageGroupId", values["DeduplicationScope"] != "messageGroup" {
            throw SQSFault.attributeReason(
                "The perMessageGroupId value for FifoThroughputLimit is allowed only when the value for DeduplicationScope is "
                    + "messageGroup.")
        }
        if values["SqsManagedSseEnabled"] == "true", values["KmsMasterKeyId"]?.isEmpty == false {
            throw SQSFault.attributeReason("You can use one type of server-side encryption (SSE) at one time.")
        }
    }

    private static func checkPolicy(_ text: String, of queue: QueueName) throws {
        do {
            try ResourcePolicyRules(vendor: "sqs").check(text)
        } catch {
            throw SQSFault.attributeValue("Policy")
        }
    }

    /// Values as they are kept: flags in lower case.
    static func normalized(_ values: [String: String]) -> [String: String] {
        values.reduce(into: [:]) { normalized, attribute in
            let (name, value) = attribute
            normalized[name] =
                flags.contains(name) ? value.lowercased() : name == "RedrivePolicy" ? RedrivePolicy.normalized(value) : value
        }
    }

    /// `kept` with `changes` put over it. An empty policy takes the policy away; one kind of encryption ends the other.
    static func merged(_ kept: [String: String], _ changes: [String: String]) -> [String: String] {
        var merged = kept.merging(changes) { $1 }
        if changes["KmsMasterKeyId"]?.isEmpty == false, changes["SqsManagedSseEnabled"] == nil {
            merged["SqsManagedSseEnabled"] = "false"
        }
        if changes["SqsManagedSseEnabled"] == "true", changes["KmsMasterKeyId"] == nil { merged["KmsMasterKeyId"] = nil }
        for name in ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"] where merged[name]?.isEmpty == true {
            merged[name] = nil
        }
        return merged
    }

    /// All that a queue shows of itself but the counts.
    static func shown(_ queue: Queue) -> [String: String] {
        let kept = queue.record.attributes
        var shown = defaults.merging(kept) { $1 }
        if queue.kmsKey == nil { shown["KmsDataKeyReusePeriodSeconds"] = nil }
        shown["RedrivePolicy"] = kept["RedrivePolicy"].map(RedrivePolicy.normalized)
        shown["SqsManagedSseEnabled"] = queue.isSealed ? "true" : "false"
        shown["QueueArn"] = queue.arn
        shown["CreatedTimestamp"] = String(queue.record.created.seconds)
        shown["LastModifiedTimestamp"] = String(queue.record.modified.seconds)
        if queue.isFifo {
            shown["ContentBasedDeduplication"] = kept["ContentBasedDeduplication"] ?? "false"
            shown["DeduplicationScope"] = kept["DeduplicationScope"] ?? "queue"
            shown["FifoThroughputLimit"] = kept["FifoThroughputLimit"] ?? "perQueue"
        } else {
            shown["FifoQueue"] = nil
        }
        return shown
    }
}

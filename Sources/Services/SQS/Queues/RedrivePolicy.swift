import Documents
import Kernel

/// The JSON texts of `RedrivePolicy` and `RedriveAllowPolicy`
/// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
enum RedrivePolicy {
    static let receives: ClosedRange<Int64> = 1...1_000

    /// The policy of a kept attribute; nil for the empty text that takes it away.
    static func read(_ text: String) -> Queue.Redrive? {
        guard let policy = try? JSON.parse(text),
            let target = policy["deadLetterTargetArn"]?.string.flatMap(QueueName.init(arn:)),
            let receives = count(policy["maxReceiveCount"])
        else { return nil }
        return Queue.Redrive(target: target, maxReceives: receives)
    }

    /// A policy as GetQueueAttributes shows it: a count given as text is a number there. What is no policy stays.
    static func normalized(_ text: String) -> String {
        guard let policy = read(text) else { return text }
        return JSON.text(["deadLetterTargetArn": .string(policy.target.arn), "maxReceiveCount": .integer(policy.maxReceives)])
    }

    private static func count(_ value: Document?) -> Int64? { value?.integer ?? value?.string.flatMap { Int64($0) } }

    /// - Throws: ``SQSFault`` in SQS's words for each thing that can be wrong.
    static func check(_ text: String) throws -> Queue.Redrive? {
        if text.isEmpty { return nil }
        func refuse(_ reason: String) -> SQSFault { .invalidValue(text, parameter: "RedrivePolicy", reason: reason) }
        guard let policy = try? JSON.parse(text), let members = policy.members else {
            throw refuse("Redrive policy is not a valid JSON map.")
        }
        guard let target = policy["deadLetterTargetArn"]?.string else {
            throw refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
        }
        guard members["maxReceiveCount"] != nil else {
            throw refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.")
        }
        guard members.count == 2 else {
            throw refuse("Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].")
        }
        guard let receives = count(policy["maxReceiveCount"]), Self.receives.contains(receives) else {
            throw refuse("Invalid value for maxReceiveCount: must be between 1 and 1000.")
        }
        guard let name = QueueName(arn: target) else { throw refuse("Invalid value for deadLetterTargetArn.") }
        return Queue.Redrive(target: name, maxReceives: receives)
    }

    /// The target must be there, of the same kind, and let this queue use it.
    static func check(_ redrive: Queue.Redrive, of source: QueueName, isFifo: Bool, text: String, target: Queue?) throws {
        func refuse(_ reason: String) -> SQSFault { .invalidValue(text, parameter: "RedrivePolicy", reason: reason) }
        guard redrive.target.region == source.region, redrive.target.account == source.account, let target else {
            throw refuse("Dead letter target does not exist.")
        }
        guard target.isFifo == isFifo else {
            throw refuse("Dead-letter queue must be same type of queue as the source.")
        }
        guard allows(target.record.attributes["RedriveAllowPolicy"] ?? "", source.arn) else {
            throw refuse("Queue \(source.arn) is not allowed to use \(target.arn) as a dead-letter queue.")
        }
    }

    private static func allows(_ text: String, _ source: String) -> Bool {
        guard let policy = try? JSON.parse(text) else { return true }
        switch policy["redrivePermission"]?.string {
        case "denyAll": return false
        case "byQueue": return policy["sourceQueueArns"]?.list?.contains(.string(source)) ?? false
        default: return true
        }
    }

    static func checkAllow(_ text: String) throws {
        if text.isEmpty { return }
        func refuse(_ reason: String) -> SQSFault { .invalidValue(text, parameter: "RedriveAllowPolicy", reason: reason) }
        guard let policy = try? JSON.parse(text), policy.members != nil else {
            throw refuse("Redrive allow policy is not a valid JSON map.")
        }
        let sources = policy["sourceQueueArns"]?.list
        switch policy["redrivePermission"]?.string {
        case "allowAll", "denyAll":
            if sources != nil { throw refuse("sourceQueueArns is only allowed when redrivePermission is byQueue.") }
        case "byQueue":
            guard let sources, (1...10).contains(sources.count),
                sources.allSatisfy({ $0.string.flatMap(QueueName.init(arn:)) != nil })
            else { throw refuse("sourceQueueArns must name between 1 and 10 queues.") }
        default: throw refuse("redrivePermission must be one of allowAll, denyAll and byQueue.")
        }
    }
}

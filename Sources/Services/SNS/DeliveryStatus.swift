import Crypto
import Documents
import Kernel
import Store

/// Delivery status logging: what became of a topic's messages, in CloudWatch Logs
/// (https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html). A topic's attributes name the role that writes, for
/// each kind of endpoint; of what was delivered a sample is written, of what was given up everything.
extension SNSService {
    /// The beginning of the attributes' names for a protocol; nil for those without.
    private static func prefix(_ transport: String) -> String? {
        switch transport {
        case "http", "https": "HTTP"
        case "sqs": "SQS"
        case "lambda": "Lambda"
        case "firehose": "Firehose"
        case "application": "Application"
        default: nil
        }
    }

    /// Promises the log an entry, where the topic wants one.
    /// - Parameters:
    ///   - outcome: how the message's last attempt ended.
    ///   - attempts: how many there were.
    func report(
        _ outcome: Outcome, of payload: Document, after attempts: Int, _ subscription: SubscriptionRecord, _ platform: Platform
    ) async throws {
        let key = TopicRecord.key(subscription.account, subscription.region, subscription.topic)
        guard let prefix = Self.prefix(subscription.transport),
            let topic = try await platform.store.read({ try $0.record(TopicRecord.self, key) })
        else { return }
        let (isDone, answer) = outcome.end
        guard let role = topic.attributes["\(prefix)\(isDone ? "Success" : "Failure")FeedbackRoleArn"] else { return }
        let rate = topic.attributes["\(prefix)SuccessFeedbackSampleRate"].flatMap(Int.init) ?? 100
        guard !isDone || Int.random(in: 0..<100) < rate else { return }
        // Who may not open a message any more can't say which it was.
        let notification = try? await message(in: payload, region: subscription.region, on: platform)
        let now = platform.clock.now()
        var about: Members = [:]
        if let notification {
            about["messageMD5Sum"] = .string(Hex.encode(Insecure.MD5.hash(data: Array(notification.message.utf8))))
            about["messageId"] = .string(notification.id)
        }
        about["topicArn"] = .string(topic.arn)
        about["timestamp"] = .string(Self.time(notification?.time ?? now))
        let delivery: Members = [
            "deliveryId": .string(Identifier.uuid()), "destination": .string(subscription.endpoint),
            "providerResponse": .string(answer.text),
            "dwellTimeMs": .integer((now - (notification?.time ?? now)).wholeMilliseconds),
            "attempts": .integer(Int64(attempts)), "statusCode": .integer(Int64(answer.status)),
        ]
        let entry: Document = [
            "notification": .map(about), "delivery": .map(delivery), "status": isDone ? "SUCCESS" : "FAILURE",
        ]
        try await platform.store.write {
            try Self.enqueue(entry, of: topic.arn, as: role, isDone ? "" : "/Failure", on: platform, $0)
        }
    }

    /// - Parameter sender: the ARN of the topic, or of what stands in its place for a text message.
    private static func enqueue(
        _ entry: Document, of sender: String, as role: String, _ suffix: String, on platform: Platform,
        _ transaction: Transaction
    ) throws {
        guard let arn = ARN(sender) else { throw AWSError.internalFailure }
        let now = platform.clock.now()
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "sns status \(sender)", service: Self.id, name: "status",
                payload: [
                    "topic": .string(sender), "role": .string(role),
                    "group": .string("sns/\(arn.region)/\(arn.account)/\(arn.resource)\(suffix)"),
                    "time": .integer(now.milliseconds), "entry": .string(JSON.text(entry)),
                ], created: now, expires: now + SNSLimit.statusLifetime), on: platform)
    }

    /// The same for a text message to a phone number, by the account's settings
    /// (https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html).
    func report(
        _ letter: Letter, kind: String?, _ settings: [String: String], _ context: Context, in transaction: Transaction
    ) throws {
        guard let role = settings["DeliveryStatusIAMRole"] else { return }
        let rate = settings["DeliveryStatusSuccessSamplingRate"].flatMap(Int.init) ?? 100
        guard Int.random(in: 0..<100) < rate else { return }
        let type = kind ?? settings["DefaultSMSType"] ?? "Promotional"
        let entry: Document = [
            "notification": ["messageId": .string(letter.id), "timestamp": .string(Self.time(letter.time))],
            "delivery": [
                "destination": .string(letter.to), "smsType": .string(type),
                "providerResponse": "Message has been accepted by phone carrier", "dwellTimeMs": 0,
            ],
            "status": "SUCCESS",
        ]
        try Self.enqueue(
            entry, of: context.arn("DirectPublishToPhoneNumber"), as: role, "", on: context.platform, transaction)
    }

    /// `2015-11-05 16:20:22.184`
    private static func time(_ moment: Timestamp) -> String {
        moment.iso8601(milliseconds: true).replacing("T", with: " ").replacing("Z", with: "")
    }

    /// Writes one entry, as the role. The group and its stream are made when they are not there.
    func deliverStatus(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let topic = delivery.payload["topic"]?.string.flatMap(ARN.init), let role = delivery.payload["role"]?.string,
            let group = delivery.payload["group"], let time = delivery.payload["time"], let entry = delivery.payload["entry"]
        else { throw GiveUp("no entry") }
        let place: Members = ["logGroupName": group, "logStreamName": .string(topic.resource)]
        do {
            let service = Caller.service("sns.amazonaws.com", account: topic.account, sourceARN: topic.description)
            let caller = try await platform.assume(role, session: topic.resource, as: service, region: topic.region)
            let event: Document = ["timestamp": time, "message": entry]
            try await LogWriting.put([event], at: place, makesGroup: true) { operation, input in
                _ = try await platform.call(Call("logs", operation, .map(input), caller: caller, region: topic.region))
            }
        } catch let error as AWSError where !error.isTransient {
            throw GiveUp("delivery status: \(error.code): \(error.message)")
        }
    }
}

extension Outcome {
    fileprivate var end: (isDone: Bool, Answer) {
        switch self {
        case .done(let answer): (true, answer)
        case .failed(let answer), .refused(let answer): (false, answer)
        }
    }
}

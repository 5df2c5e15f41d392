import Documents
import Kernel
import Outbound
import Store

/// What an endpoint said to a message.
struct Answer: Sendable {
    var status = 200
    /// Its answer, or why there is none.
    var text: String
}

/// How one attempt to deliver ended.
enum Outcome: Sendable {
    case done(Answer)
    /// Not now; perhaps later.
    case failed(Answer)
    /// Never: the endpoint says no.
    case refused(Answer)
}

/// Deliveries of standard topics.
extension SNSService {
    func deliver(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let subscription = try await subscription(of: delivery.payload, platform) else { return }
        let outcome = try await attempt(delivery.payload, subscription, platform)
        switch outcome {
        case .done: return try await report(outcome, of: delivery.payload, after: delivery.attempts + 1, subscription, platform)
        case .failed(let answer):
            if let delay = try await self.delay(subscription, retry: delivery.attempts, platform) {
                platform.log.info(
                    "notification not delivered", metadata: ["subscription": "\(subscription.arn)", "reason": "\(answer.text)"])
                throw Postpone(until: platform.clock.now() + .microseconds(Int64(delay * 1_000_000)))
            }
            try await giveUp(delivery, outcome, answer, subscription, platform)
        case .refused(let answer): try await giveUp(delivery, outcome, answer, subscription, platform)
        }
    }

    private func giveUp(
        _ delivery: Delivery, _ outcome: Outcome, _ answer: Answer, _ subscription: SubscriptionRecord, _ platform: Platform
    ) async throws {
        try await bury(delivery.payload, subscription, platform)
        try await report(outcome, of: delivery.payload, after: delivery.attempts + 1, subscription, platform)
        throw GiveUp(answer.text)
    }

    /// The subscription that a delivery is for; nil when it has ended.
    func subscription(of payload: Document, _ platform: Platform) async throws -> SubscriptionRecord? {
        guard let arn = payload["subscription"]?.string, let name = try? TopicName(arn, member: "SubscriptionArn"),
            let id = name.subscription
        else { throw GiveUp("not a delivery") }
        return try await platform.store.read { try $0.subscription(name, id) }
    }

    /// Seconds before the next attempt; nil when there is none.
    func delay(_ subscription: SubscriptionRecord, retry: Int, _ platform: Platform) async throws -> Double? {
        guard subscription.transport == "http" || subscription.transport == "https" else {
            return DeliveryPolicy.managedDelay(Int64(retry))
        }
        return try await policy(subscription, platform).delay(Int64(retry))
    }

    func policy(_ subscription: SubscriptionRecord, _ platform: Platform) async throws -> DeliveryPolicy {
        let key = TopicRecord.key(subscription.account, subscription.region, subscription.topic)
        let topic = try await platform.store.read { try $0.record(TopicRecord.self, key) }
        return DeliveryPolicy(
            topic: topic?.attributes["DeliveryPolicy"], subscription: subscription.attributes["DeliveryPolicy"])
    }

    /// Brings a message to its endpoint, once.
    /// - Throws: `CancellationError` and what the store throws; what the endpoint says is in the outcome.
    func attempt(_ payload: Document, _ subscription: SubscriptionRecord, _ platform: Platform) async throws -> Outcome {
        do {
            let notification = try await message(in: payload, region: subscription.region, on: platform)
            switch subscription.transport {
            case "sqs": return .done(try await toQueue(notification, subscription, platform))
            case "lambda": return .done(try await toFunction(notification, subscription, platform))
            case "firehose": return .done(try await toDeliveryStream(notification, subscription, platform))
            case "http", "https":
                if let rate = try await policy(subscription, platform).rate {
                    let slot = pace.reserve(subscription.arn, perSecond: Int(rate), now: platform.clock.now())
                    try await platform.clock.sleep(until: slot)
                }
                return try await toWeb(notification, subscription, platform)
            case "application": try await toDevice(notification, subscription, platform)
            case "email", "email-json", "sms": try await toMailbox(notification, subscription, platform)
            default: return .refused(Answer(status: 400, text: "no transport \(subscription.transport)"))
            }
            return .done(Answer(text: "Message has been accepted"))
        } catch let error as AWSError {
            let answer = Answer(status: error.status, text: "\(error.code): \(error.message)")
            return error.isTransient ? .failed(answer) : .refused(answer)
        } catch let end as GiveUp {
            return .refused(Answer(status: 400, text: end.reason))
        }
    }

    /// SNS as it speaks to other services for a topic.
    func caller(_ subscription: SubscriptionRecord) -> Caller {
        Caller.service("sns.amazonaws.com", account: subscription.account, sourceARN: subscription.topicARN)
    }

    func envelope(_ notification: Notification, _ subscription: SubscriptionRecord, _ platform: Platform) -> Envelope {
        Envelope(
            kind: .notification, notification: notification, body: notification.body(for: subscription.transport),
            subscription: subscription.arn, endpoint: platform.endpoint)
    }

    /// The signature; FIFO topics' messages have none.
    func signature(_ envelope: Envelope, _ platform: Platform) async throws -> MessageSigner.Signature? {
        guard envelope.notification.sequence == nil else { return nil }
        return try await signer.sign(
            envelope.signedText, version: envelope.notification.signatureVersion, on: platform)
    }

    // MARK: queues

    private func toQueue(
        _ notification: Notification, _ subscription: SubscriptionRecord, _ platform: Platform
    ) async throws -> Answer {
        let input = try await queueInput(notification, subscription, queue: subscription.endpoint, platform)
        let message = try await send(input, to: subscription.endpoint, as: caller(subscription), platform)
        return Answer(text: JSON.text(["sqsRequestId": .string(Identifier.uuid()), "sqsMessageId": .string(message)]))
    }

    /// - Returns: the message's id in the queue.
    @discardableResult
    func send(_ input: Document, to queue: String, as caller: Caller, _ platform: Platform) async throws -> String {
        let region = ARN(queue)?.region ?? ""
        let reply = try await platform.call(Call("sqs", "SendMessage", input, caller: caller, region: region))
        return reply.output["MessageId"]?.string ?? ""
    }

    /// `SendMessage` for a notification.
    func queueInput(
        _ notification: Notification, _ subscription: SubscriptionRecord, queue: String, _ platform: Platform
    ) async throws -> Document {
        guard let arn = ARN(queue) else { throw GiveUp("no queue's ARN") }
        let envelope = envelope(notification, subscription, platform)
        var input: Members = ["QueueUrl": .string("\(platform.endpoint)/\(arn.account)/\(arn.resource)")]
        if subscription.isRaw {
            guard notification.attributes.count <= SNSLimit.queueAttributes else {
                throw GiveUp("more than \(SNSLimit.queueAttributes) message attributes")
            }
            input["MessageBody"] = .string(envelope.body)
            var attributes = Members()
            for (name, value) in notification.attributes {
                var attribute: Members = ["DataType": .string(value.type)]
                if let text = value.text { attribute["StringValue"] = .string(text) }
                if let bytes = value.bytes { attribute["BinaryValue"] = .blob(bytes) }
                attributes[name] = .map(attribute)
            }
            if !attributes.isEmpty { input["MessageAttributes"] = .map(attributes) }
        } else {
            input["MessageBody"] = .string(envelope.text(try await signature(envelope, platform)))
        }
        if let group = notification.group { input["MessageGroupId"] = .string(group) }
        if arn.resource.hasSuffix(".fifo"), let deduplication = notification.deduplication {
            // The queue may have seen the message within the last minutes; a replay brings it once more.
            input["MessageDeduplicationId"] = .string(
                notification.replay.map { "\(notification.id)-\($0)" } ?? deduplication)
        }
        return .map(input)
    }

    // MARK: dead letters

    /// Puts what can't be delivered on its way to the subscription's dead-letter queue, where it has one.
    func bury(_ payload: Document, _ subscription: SubscriptionRecord, _ platform: Platform) async throws {
        try await platform.store.write { try self.bury(payload, subscription, on: platform, $0) }
    }

    func bury(
        _ payload: Document, _ subscription: SubscriptionRecord, on platform: Platform, _ transaction: Transaction
    ) throws {
        guard let json = subscription.attributes["RedrivePolicy"],
            let queue = (try? JSON.parse(json))?["deadLetterTargetArn"]?.string, var members = payload.members
        else { return }
        members["queue"] = .string(queue)
        let now = platform.clock.now()
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "dead letters \(subscription.arn)", service: Self.id, name: "deadLetter",
                payload: .map(members), created: now, expires: now + SNSLimit.deadLetterLifetime), on: platform)
    }

    func deliverDeadLetter(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let subscription = try await subscription(of: delivery.payload, platform),
            let queue = delivery.payload["queue"]?.string
        else { return }
        do {
            let notification = try await message(in: delivery.payload, region: subscription.region, on: platform)
            let input = try await queueInput(notification, subscription, queue: queue, platform)
            try await send(input, to: queue, as: caller(subscription), platform)
        } catch let error as AWSError where error.isSenders || error.status == 501 {
            throw GiveUp("dead-letter queue: \(error.code): \(error.message)")
        }
    }
}

import Documents
import Kernel
import Store

/// Messages about a subscription itself: that it waits to be confirmed, that it has ended.
extension SNSService {
    func deliverControl(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let kind = delivery.payload["kind"]?.string.flatMap(Envelope.Kind.init(rawValue:)),
            let id = delivery.payload["id"]?.string, let time = delivery.payload["time"]?.timestamp
        else { throw GiveUp("not a control message") }
        guard let subscription = try await subscription(of: delivery.payload, platform), !subscription.isConfirmed else { return }
        let text =
            kind == .subscription
            ? "You have chosen to subscribe to the topic \(subscription.topicARN).\nTo confirm the subscription, visit the SubscribeURL included in this message."
            : "You have chosen to deactivate subscription \(subscription.arn).\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
        var notification = Notification(topic: subscription.topicARN, id: id, time: time, message: text)
        notification.signatureVersion = try await signatureVersion(subscription, platform)
        let envelope = Envelope(
            kind: kind, notification: notification, body: text, subscription: subscription.arn, token: subscription.token,
            endpoint: platform.endpoint)
        switch try await attempt(envelope, subscription, platform) {
        case .done: return
        case .failed(let answer):
            guard let delay = try await delay(subscription, retry: delivery.attempts, platform) else { throw GiveUp(answer.text) }
            throw Postpone(until: platform.clock.now() + .microseconds(Int64(delay * 1_000_000)))
        case .refused(let answer): throw GiveUp(answer.text)
        }
    }

    private func signatureVersion(_ subscription: SubscriptionRecord, _ platform: Platform) async throws -> String {
        let key = TopicRecord.key(subscription.account, subscription.region, subscription.topic)
        return try await platform.store.read { try $0.record(TopicRecord.self, key) }?.attributes["SignatureVersion"] ?? "1"
    }

    private func attempt(_ envelope: Envelope, _ subscription: SubscriptionRecord, _ platform: Platform) async throws -> Outcome {
        let signature = try await signature(envelope, platform)
        switch subscription.transport {
        case "http", "https":
            let type = try await policy(subscription, platform).contentType
            return try await post(
                envelope.text(signature), headers: Self.headers(envelope, type: type), to: subscription.endpoint)
        case "email", "email-json":
            try await write(envelope, envelope.text(signature), subscription, platform)
            return .done(Answer(text: ""))
        case "sqs", "lambda", "firehose":
            return try await askOwner(envelope, envelope.text(signature), subscription, platform)
        default: return .refused(Answer(status: 400, text: "\(subscription.transport) is not asked"))
        }
    }

    /// Somebody else's queue gets the message; a function or a stream must be subscribed by its owner.
    private func askOwner(
        _ envelope: Envelope, _ text: String, _ subscription: SubscriptionRecord, _ platform: Platform
    ) async throws -> Outcome {
        guard subscription.transport == "sqs", let arn = ARN(subscription.endpoint) else {
            return .refused(Answer(status: 400, text: "the endpoint's owner must confirm it"))
        }
        var input: Members = [
            "QueueUrl": .string("\(platform.endpoint)/\(arn.account)/\(arn.resource)"), "MessageBody": .string(text),
        ]
        if arn.resource.hasSuffix(".fifo") {
            input["MessageGroupId"] = .string(subscription.id)
            input["MessageDeduplicationId"] = .string(envelope.notification.id)
        }
        do {
            try await send(.map(input), to: subscription.endpoint, as: caller(subscription), platform)
            return .done(Answer(text: ""))
        } catch let error as AWSError {
            let answer = Answer(status: error.status, text: error.message)
            return error.isSenders || error.status == 501 ? .refused(answer) : .failed(answer)
        }
    }

    private func write(
        _ envelope: Envelope, _ json: String, _ subscription: SubscriptionRecord, _ platform: Platform
    ) async throws {
        let isPlain = subscription.transport == "email"
        let asks = envelope.kind == .subscription
        let plain =
            asks
            ? """
            You have chosen to subscribe to the topic:
            \(subscription.topicARN)

            To confirm this subscription, click or visit the link below (If this was in error no action is necessary):
            \(envelope.subscribeURL)
            """
            : """
            Your subscription to the topic below has been deactivated:
            \(subscription.topicARN)

            If this was in error, click or visit the link below to subscribe again:
            \(envelope.subscribeURL)
            """
        let letter = Letter(
            id: envelope.notification.id, time: envelope.notification.time, medium: "email", account: subscription.account,
            from: Self.address(try await displayName(subscription, platform)), to: subscription.endpoint,
            subject: asks ? "AWS Notification - Subscription Confirmation" : "AWS Notification - Unsubscribe Confirmation",
            body: isPlain ? plain : json)
        try await platform.store.write { try Mailbox.deliver(letter, in: $0) }
    }
}

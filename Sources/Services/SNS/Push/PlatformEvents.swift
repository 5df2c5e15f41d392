import Documents
import Kernel
import Store

/// What happens to an application's endpoints, told to the topics that the application names
/// (https://docs.aws.amazon.com/sns/latest/dg/application-event-notifications.html).
extension SNSService {
    func tell(
        _ event: String, _ endpoint: PlatformEndpointRecord, on platform: Platform, _ transaction: Transaction
    ) throws {
        let name = try PlatformName(endpoint.arn, member: "EndpointArn")
        guard let application = try transaction.record(PlatformApplicationRecord.self, name.applicationKey) else { return }
        try tell(event, endpoint, application, on: platform, transaction)
    }

    func tell(
        _ event: String, _ endpoint: PlatformEndpointRecord, _ application: PlatformApplicationRecord,
        on platform: Platform, _ transaction: Transaction
    ) throws {
        guard let target = application.attributes["Event\(event)"] else { return }
        func drop(_ reason: String) {
            transaction.afterCommit {
                platform.log.warning(
                    "an event of a platform application is not published",
                    metadata: ["event": "\(event)", "endpoint": "\(endpoint.arn)", "topic": "\(target)", "reason": "\(reason)"])
            }
        }
        guard let name = try? TopicName(target, member: "Topic"), name.account == application.account,
            name.region == application.region
        else { return drop("the topic is not in the application's account and Region") }
        let key = TopicRecord.key(name.account, name.region, name.topic)
        guard var topic = try transaction.record(TopicRecord.self, key) else { return drop("there is no such topic") }
        // Nothing names a group for these messages.
        guard !topic.isFIFO else { return drop("a FIFO topic takes no message without a group") }
        let message: Document = [
            "Resource": .string(application.arn), "Service": "SNS", "EventType": .string(event),
            "EndpointArn": .string(endpoint.arn),
        ]
        let now = platform.clock.now()
        let notification = Notification(topic: topic.arn, id: Identifier.uuid(), time: now, message: JSON.text(message))
        guard topic.attributes["KmsMasterKeyId"] != nil else {
            _ = try take(notification, &topic, nil, on: platform, transaction)
            return
        }
        // KMS must be asked first, which this transaction can't.
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: topic.arn, service: Self.id, name: "platformEvent",
                payload: [
                    "notification": try DocumentEncoder().encode(notification), "application": .string(application.arn),
                ], created: now, expires: now + SNSLimit.managedLifetime), on: platform)
    }

    /// Publishes an event to a topic with a key: it is SNS that the key's policy must let use it.
    func deliverPlatformEvent(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let encoded = delivery.payload["notification"], let source = delivery.payload["application"]?.string,
            let application = ARN(source)
        else { throw GiveUp("not an event") }
        let notification = try DocumentDecoder().decode(Notification.self, from: encoded)
        let context = Context(
            platform: platform, caller: .service("sns.amazonaws.com", account: application.account, sourceARN: source),
            region: application.region, service: Self.id, operation: "Publish", requestID: delivery.id,
            now: platform.clock.now())
        do {
            let sealing = try await sealing(notification.topic, context, member: "TopicArn")
            try await context.store.write { transaction in
                var topic = try transaction.topic(notification.topic, context)
                _ = try self.take(notification, &topic, sealing, on: platform, transaction)
            }
        } catch let fault as SNSFault {
            let error = fault.wire
            guard error.isSenders, !error.isTransient else { throw error }
            throw GiveUp("\(error.code): \(error.message)")
        }
    }
}

import Documents
import Kernel
import Store

/// Messages to devices. There is no push service behind: they stay in the local mailbox, as `push`.
extension SNSService {
    /// Publish to an endpoint.
    func push(_ draft: Draft, to target: String, _ context: Context) async throws -> PublishOutput {
        let name = try PlatformName(target, member: "TargetArn")
        let notification = try draft.direct(context)
        try await context.store.write { transaction in
            guard name.account == context.account, name.region == context.region,
                let endpoint = try transaction.endpoint(name)
            else { throw SNSFault.invalid("TargetArn Reason: No endpoint found for the target arn specified") }
            guard endpoint.isEnabled else { throw SNSFault.endpointDisabled }
            try Mailbox.deliver(Self.letter(notification, endpoint, id: notification.id), in: transaction)
        }
        return PublishOutput(MessageId: notification.id)
    }

    /// A topic's message to a subscribed endpoint.
    func toDevice(_ notification: Notification, _ subscription: SubscriptionRecord, _ platform: Platform) async throws {
        let name = try PlatformName(subscription.endpoint, member: "EndpointArn")
        try await platform.store.write { transaction in
            guard let endpoint = try transaction.endpoint(name) else { throw SNSFault.noEndpoint.wire }
            guard endpoint.isEnabled else { throw SNSFault.endpointDisabled.wire }
            try Mailbox.deliver(
                Self.letter(notification, endpoint, id: "\(notification.id) \(subscription.id)"), in: transaction)
        }
    }

    private static func letter(_ notification: Notification, _ endpoint: PlatformEndpointRecord, id: String) -> Letter {
        Letter(
            id: id, time: notification.time, medium: "push", account: endpoint.account,
            from: "\(endpoint.platform)/\(endpoint.application)", to: endpoint.token, subject: notification.subject,
            body: notification.body(for: endpoint.platform))
    }
}

extension Draft {
    /// A message that goes to one endpoint, past topics.
    /// - Throws: ``SNSFault``
    func direct(_ context: Context) throws -> Notification {
        guard !message.isEmpty else { throw SNSFault.invalid("Empty message") }
        guard bytes <= SNSLimit.messageBytes else { throw SNSFault.invalid("Message too long") }
        if let subject { try Self.checkSubject(subject) }
        var notification = Notification(
            topic: "", id: Identifier.uuid(), time: context.now, subject: subject, message: message)
        notification.isStructured = try isStructured()
        for (name, value) in attributes { notification.attributes[name] = try Self.named(name, value) }
        return notification
    }
}

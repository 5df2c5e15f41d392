import Documents
import Kernel
import Outbound
import Store

/// Deliveries to functions, delivery streams, web servers and people.
extension SNSService {
    /// https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    func toFunction(
        _ notification: Notification, _ subscription: SubscriptionRecord, _ platform: Platform
    ) async throws -> Answer {
        let envelope = envelope(notification, subscription, platform)
        var sns = Members()
        for (name, value) in envelope.members(try await signature(envelope, platform)) {
            sns[name == "SigningCertURL" ? "SigningCertUrl" : name == "UnsubscribeURL" ? "UnsubscribeUrl" : name] = value
        }
        if sns["Subject"] == nil { sns["Subject"] = .null }
        if sns["MessageAttributes"] == nil { sns["MessageAttributes"] = .map([:]) }
        let event: Document = [
            "Records": [
                [
                    "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": .string(subscription.arn),
                    "Sns": .map(sns),
                ]
            ]
        ]
        let input: Document = [
            "FunctionName": .string(subscription.endpoint), "InvocationType": "Event", "Payload": .blob(JSON.write(event)),
        ]
        let region = ARN(subscription.endpoint)?.region ?? subscription.region
        _ = try await platform.call(Call("lambda", "Invoke", input, caller: caller(subscription), region: region))
        return Answer(status: 202, text: JSON.text(["lambdaRequestId": .string(Identifier.uuid())]))
    }

    /// As the subscription's role; a record is a line: the envelope, or the raw message.
    func toDeliveryStream(
        _ notification: Notification, _ subscription: SubscriptionRecord, _ platform: Platform
    ) async throws -> Answer {
        guard let role = subscription.attributes["SubscriptionRoleArn"], let stream = ARN(subscription.endpoint) else {
            throw GiveUp("no role")
        }
        let envelope = envelope(notification, subscription, platform)
        let text = subscription.isRaw ? envelope.body : envelope.line
        let caller = try await platform.assume(
            role, session: subscription.id, as: caller(subscription), region: subscription.region)
        let name = stream.resource.split(separator: "/").last.map(String.init) ?? ""
        let input: Document = ["DeliveryStreamName": .string(name), "Record": ["Data": .blob(Array((text + "\n").utf8))]]
        _ = try await platform.call(Call("firehose", "PutRecord", input, caller: caller, region: stream.region))
        return Answer(text: JSON.text(["firehoseRequestId": .string(Identifier.uuid())]))
    }

    /// https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
    func toWeb(_ notification: Notification, _ subscription: SubscriptionRecord, _ platform: Platform) async throws -> Outcome {
        let envelope = envelope(notification, subscription, platform)
        let text = subscription.isRaw ? envelope.body : envelope.text(try await signature(envelope, platform))
        var headers = Self.headers(envelope, type: try await policy(subscription, platform).contentType)
        if subscription.isRaw { headers.append(("x-amz-sns-rawdelivery", "true")) }
        return try await post(text, headers: headers, to: subscription.endpoint)
    }

    static func headers(_ envelope: Envelope, type: String) -> [(name: String, value: String)] {
        var headers = [
            (name: "x-amz-sns-message-type", value: envelope.kind.rawValue),
            (name: "x-amz-sns-message-id", value: envelope.notification.id),
            (name: "x-amz-sns-topic-arn", value: envelope.notification.topic),
        ]
        if envelope.kind != .subscription { headers.append(("x-amz-sns-subscription-arn", envelope.subscription)) }
        return headers + [("Content-Type", type), ("User-Agent", "Amazon Simple Notification Service Agent")]
    }

    /// 2xx is taken; 429, 5xx and silence may get better; the rest will not.
    func post(_ text: String, headers: [(name: String, value: String)], to url: String) async throws -> Outcome {
        do {
            let answer = try await Outbound.send(
                OutboundRequest(
                    "POST", url, headers: headers, body: Array(text.utf8), timeout: .seconds(SNSLimit.httpSeconds),
                    answerBytes: 0))
            let said = Answer(status: answer.status, text: "status \(answer.status)")
            switch answer.status {
            case 200..<300: return .done(said)
            case 429, 500...: return .failed(said)
            default: return .refused(said)
            }
        } catch let fault as OutboundFault {
            if case .invalid(let what) = fault { return .refused(Answer(status: 400, text: "not an address: \(what)")) }
            // Nobody answered: AWS's log has 0 for that.
            return .failed(Answer(status: 0, text: "\(fault)"))
        }
    }

    /// E-mail and text messages.
    func toMailbox(_ notification: Notification, _ subscription: SubscriptionRecord, _ platform: Platform) async throws {
        let envelope = envelope(notification, subscription, platform)
        let sender = try await displayName(subscription, platform)
        var letter = Letter(
            id: "\(notification.id) \(subscription.id)", time: notification.time, medium: "email", account: subscription.account,
            from: Self.address(sender), to: subscription.endpoint, subject: notification.subject ?? "AWS Notification Message",
            body: envelope.body)
        switch subscription.transport {
        case "sms":
            letter.medium = "sms"
            (letter.from, letter.subject) = (sender ?? "SNS", nil)
            letter.body = (sender.map { $0.uppercased() + "> " } ?? "") + envelope.body
        case "email-json": letter.body = envelope.text(try await signature(envelope, platform))
        default:
            letter.body += """


                --
                If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:
                \(envelope.unsubscribeURL)
                """
        }
        let sent = letter
        try await platform.store.write { transaction in
            if sent.medium == "sms", try transaction.isOptedOut(sent.to, sent.account) { return }
            try Mailbox.deliver(sent, in: transaction)
        }
    }

    func displayName(_ subscription: SubscriptionRecord, _ platform: Platform) async throws -> String? {
        let key = TopicRecord.key(subscription.account, subscription.region, subscription.topic)
        return try await platform.store.read { try $0.record(TopicRecord.self, key) }?.attributes["DisplayName"]
    }

    static func address(_ name: String?) -> String {
        "\"\(name?.filter { $0 != "\"" } ?? "AWS Notifications")\" <no-reply@sns.amazonaws.com>"
    }
}

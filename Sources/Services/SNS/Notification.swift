import Documents
import Kernel
import Store

/// A message attribute, as it goes to subscribers.
struct MessageAttribute: Codable, Sendable, Hashable {
    /// `String`, `Number`, `Binary`, `String.Array`, or one of them with a label behind a dot.
    var type: String
    var text: String?
    var bytes: [UInt8]?

    /// The type without its label.
    var kind: String {
        if type == "String.Array" { return type }
        return String(type.prefix { $0 != "." })
    }
}

/// A message that a topic has taken.
struct Notification: Codable, Sendable, Hashable {
    var topic: String
    var id: String
    var time: Timestamp
    var subject: String?
    /// The text; of a message with `MessageStructure` json the JSON object, from which each transport takes its own.
    var message: String
    var isStructured = false
    var attributes: [String: MessageAttribute] = [:]
    var group: String?
    var deduplication: String?
    /// Of FIFO topics: a number of twenty digits.
    var sequence: String?
    /// `1` or `2`.
    var signatureVersion = "1"
    /// The replay that brings it again.
    var replay: String?

    /// The text for one transport.
    func body(for transport: String) -> String {
        guard isStructured, let texts = try? JSON.parse(message) else { return message }
        return texts[transport]?.string ?? texts["default"]?.string ?? message
    }
}

/// The JSON that subscribers get without raw delivery
/// (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html).
struct Envelope: Sendable {
    enum Kind: String, Sendable {
        case notification = "Notification"
        case subscription = "SubscriptionConfirmation"
        case unsubscription = "UnsubscribeConfirmation"
    }
    var kind: Kind
    var notification: Notification
    var body: String
    var subscription: String
    var token: String?
    /// Where this server listens.
    var endpoint: String

    private var timestamp: String { notification.time.iso8601(milliseconds: true) }

    func link(_ action: String, _ parameters: [(String, String)]) -> String {
        "\(endpoint)/?Action=\(action)"
            + parameters.map { "&\($0.0)=\(PercentEncoding.encode($0.1, keeping: ":"))" }.joined() + "&Version=2010-03-31"
    }

    var unsubscribeURL: String { link("Unsubscribe", [("SubscriptionArn", subscription)]) }
    var subscribeURL: String { link("ConfirmSubscription", [("TopicArn", notification.topic), ("Token", token ?? "")]) }

    /// What the signature is over
    /// (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html).
    var signedText: String {
        var parts = [("Message", body), ("MessageId", notification.id)]
        if kind == .notification {
            if let subject = notification.subject { parts.append(("Subject", subject)) }
        } else {
            parts.append(("SubscribeURL", subscribeURL))
        }
        parts.append(("Timestamp", timestamp))
        if kind != .notification { parts.append(("Token", token ?? "")) }
        parts += [("TopicArn", notification.topic), ("Type", kind.rawValue)]
        return parts.map { "\($0.0)\n\($0.1)\n" }.joined()
    }

    /// The members in AWS's order.
    /// - Parameter signature: nil for FIFO topics, whose messages are not signed.
    func members(_ signature: MessageSigner.Signature?) -> [(String, Document)] {
        var members: [(String, Document)] = [
            ("Type", .string(kind.rawValue)), ("MessageId", .string(notification.id)),
        ]
        if let sequence = notification.sequence { members.append(("SequenceNumber", .string(sequence))) }
        if kind != .notification { members.append(("Token", .string(token ?? ""))) }
        members.append(("TopicArn", .string(notification.topic)))
        if kind == .notification, let subject = notification.subject { members.append(("Subject", .string(subject))) }
        members.append(("Message", .string(body)))
        if kind != .notification { members.append(("SubscribeURL", .string(subscribeURL))) }
        members.append(("Timestamp", .string(timestamp)))
        if let signature {
            members += [
                ("SignatureVersion", .string(signature.version)), ("Signature", .string(signature.text)),
                ("SigningCertURL", .string(signature.certificateURL)),
            ]
        }
        if kind == .notification {
            members.append(("UnsubscribeURL", .string(unsubscribeURL)))
            if notification.replay != nil { members.append(("Replayed", true)) }
            if !notification.attributes.isEmpty { members.append(("MessageAttributes", attributes)) }
        }
        return members
    }

    var attributes: Document {
        var members = Members()
        for (name, attribute) in notification.attributes.sorted(by: { $0.key < $1.key }) {
            let value = attribute.text ?? Base64.string(attribute.bytes ?? [])
            members[name] = ["Type": .string(attribute.type), "Value": .string(value)]
        }
        return .map(members)
    }

    /// The envelope in one line and without a signature, as delivery streams get it
    /// (https://docs.aws.amazon.com/sns/latest/dg/firehose-archived-message-format-S3.html).
    var line: String {
        var all = Members()
        for (name, value) in members(nil) { all[name] = value }
        return JSON.text(.map(all))
    }

    /// The envelope as AWS lays it out: a member a line, attributes one a line below theirs.
    func text(_ signature: MessageSigner.Signature?) -> String {
        let lines = members(signature).map { name, value -> String in
            guard case .map(let inner) = value else { return "  \(JSON.text(.string(name))) : \(JSON.text(value))" }
            let rows = inner.map { "    \(JSON.text(.string($0.key))) : \(JSON.text($0.value))" }
            return "  \(JSON.text(.string(name))) : {\n\(rows.joined(separator: ",\n"))\n  }"
        }
        return "{\n\(lines.joined(separator: ",\n"))\n}"
    }
}

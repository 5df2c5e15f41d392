import Crypto
import Documents
import Kernel

/// A message as it was asked to be published.
struct Draft: Sendable {
    var message: String
    var subject: String?
    var structure: String?
    var attributes: [String: SNSService.AttributeValue]
    var deduplication: String?
    var group: String?

    /// What counts against the limit: the message and its attributes.
    var bytes: Int {
        attributes.reduce(message.utf8.count) { sum, entry in
            sum + entry.key.utf8.count + entry.value.DataType.utf8.count + (entry.value.StringValue?.utf8.count ?? 0)
                + (entry.value.BinaryValue?.count ?? 0)
        }
    }

    /// The message for `topic`.
    /// - Throws: ``SNSFault``
    func checked(_ topic: TopicRecord, _ context: Context) throws -> Notification {
        guard !message.isEmpty else { throw SNSFault.invalid("Empty message") }
        guard bytes <= SNSLimit.messageBytes else { throw SNSFault.invalid("Message too long") }
        if let subject { try Self.checkSubject(subject) }
        var notification = Notification(
            topic: topic.arn, id: Identifier.uuid(), time: context.now, subject: subject, message: message)
        notification.signatureVersion = topic.attributes["SignatureVersion"] ?? "1"
        notification.isStructured = try isStructured()
        for (name, value) in attributes { notification.attributes[name] = try Self.named(name, value) }
        try address(&notification, topic)
        return notification
    }

    /// Whether the message has a text for each transport.
    func isStructured() throws -> Bool {
        switch structure {
        case nil, ""?: return false
        case "json"?:
            guard let texts = try? JSON.parse(message), let members = texts.members else {
                throw SNSFault.invalid("Message Structure - JSON message body failed to parse")
            }
            guard case .string? = members["default"] else {
                throw SNSFault.invalid("Message Structure - No default entry in JSON message body")
            }
            return true
        default: throw SNSFault.invalid("MessageStructure")
        }
    }

    /// An attribute that was checked with its name.
    static func named(_ name: String, _ value: SNSService.AttributeValue) throws -> MessageAttribute {
        try checkName(name)
        do { return try attribute(value) } catch SNSFault.invalidValue(let reason) {
            throw SNSFault.invalidValue("The message attribute '\(name)' \(reason)")
        }
    }

    private func address(_ notification: inout Notification, _ topic: TopicRecord) throws {
        for (name, id) in [("MessageGroupId", group), ("MessageDeduplicationId", deduplication)] {
            guard let id else { continue }
            guard (1...SNSLimit.groupIDCharacters).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else {
                throw SNSFault.invalid("The \(name) parameter is invalid")
            }
        }
        notification.group = group
        guard topic.isFIFO else {
            guard deduplication == nil else {
                throw SNSFault.invalid(
                    "The request includes MessageDeduplicationId parameter that is not valid for this topic type")
            }
            return
        }
        guard group != nil else { throw SNSFault.invalid("The MessageGroupId parameter is required for FIFO topics") }
        if let deduplication {
            notification.deduplication = deduplication
        } else if topic.attributes["ContentBasedDeduplication"]?.lowercased() == "true" {
            notification.deduplication = Hex.encode(SHA256.hash(data: Array(message.utf8)))
        } else {
            throw SNSFault.invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
        }
    }

    /// Text without line breaks or control characters, up to a hundred characters.
    static func checkSubject(_ subject: String) throws {
        guard (1...SNSLimit.subjectCharacters).contains(subject.count), subject.first?.isWhitespace == false,
            !subject.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { throw SNSFault.invalid("Subject") }
    }

    private static func checkName(_ name: String) throws {
        let isName =
            (1...256).contains(name.utf8.count) && !name.hasPrefix(".") && !name.hasSuffix(".") && !name.contains("..")
            && name.utf8.allSatisfy { TopicAttributes.isNameByte($0) || $0 == UInt8(ascii: ".") }
        guard isName else { throw SNSFault.invalidValue("The message attribute name '\(name)' contains invalid characters.") }
        let lower = name.lowercased()
        guard !lower.hasPrefix("amazon.") || lower.hasPrefix("aws.sns"),
            !lower.hasPrefix("aws.") || lower.hasPrefix("aws.sns") || lower.hasPrefix("aws.mm")
        else { throw SNSFault.invalidValue("The message attribute name '\(name)' must not start with AWS. or Amazon.") }
    }

    /// - Throws: ``SNSFault/invalidValue(_:)`` with the part of the text behind the attribute's name.
    static func attribute(_ value: SNSService.AttributeValue) throws -> MessageAttribute {
        let attribute = MessageAttribute(type: value.DataType, text: value.StringValue, bytes: value.BinaryValue)
        switch attribute.kind {
        case "String", "String.Array", "Number":
            guard let text = value.StringValue, !text.isEmpty else {
                throw SNSFault.invalidValue(
                    "must contain non-empty message attribute value for message attribute type '\(value.DataType)'.")
            }
            if attribute.kind == "Number", !DecimalText.isNumber(text) {
                throw SNSFault.invalidValue("can not be parsed as a number.")
            }
            if attribute.kind == "String.Array" {
                guard case .list(let items)? = try? JSON.parse(text), items.allSatisfy({ $0.list == nil && $0.members == nil })
                else { throw SNSFault.invalidValue("is not a valid JSON array.") }
            }
        case "Binary":
            guard let bytes = value.BinaryValue, !bytes.isEmpty else {
                throw SNSFault.invalidValue(
                    "must contain non-empty message attribute value for message attribute type '\(value.DataType)'.")
            }
        default:
            throw SNSFault.invalidValue(
                "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")
        }
        return attribute
    }
}

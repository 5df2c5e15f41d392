import Documents
import Kernel

/// What a message may consist of
/// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
enum MessageRules {
    /// - Throws: ``SQSFault`` for an empty body or a character that XML does not have.
    static func checkBody(_ body: String) throws {
        if body.isEmpty { throw SQSFault.missing("MessageBody") }
        if let scalar = foreign(body) {
            throw SQSFault.contents(
                "Invalid binary character '#x\(String(scalar.value, radix: 16).uppercased())' was found in the message body, "
                    + "the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
            )
        }
    }

    /// The first character that is not allowed.
    static func foreign(_ text: String) -> Unicode.Scalar? {
        // Most bodies are plain: only control characters and U+FFFE, U+FFFF (EF BF BE, EF BF BF) are foreign.
        let isPlain = text.allBytes { $0 >= 0x20 && $0 != 0xEF || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        if isPlain { return nil }
        return text.unicodeScalars.first { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: false
            default: true
            }
        }
    }

    /// Checks attributes.
    /// - Returns: their bytes: names, types and values, which count towards the message's size.
    static func check(attributes: Document) throws -> Int {
        guard let members = attributes.members, !members.isEmpty else { return 0 }
        guard members.count <= SQSLimit.messageAttributes else {
            throw SQSFault.invalid(
                "Number of message attributes [\(members.count)] exceeds the allowed maximum [\(SQSLimit.messageAttributes)].")
        }
        var size = 0
        for (name, attribute) in members {
            try checkName(name)
            size += name.utf8.count + (try checkValue(name, attribute))
        }
        return size
    }

    private static func checkName(_ name: String) throws {
        func refuse(_ text: String) -> SQSFault { .invalid(text) }
        guard !name.isEmpty, name.utf8.count <= SQSLimit.attributeNameLength else {
            throw refuse("Length of message attribute name must be less than or equal to 256 bytes.")
        }
        let isPlain = name.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2D || $0 == 0x2E }
        guard isPlain else {
            throw refuse(
                "Invalid non-alphanumeric character was found in the message attribute name. Can only include alphanumeric "
                    + "characters, hyphens, underscores, or dots.")
        }
        guard !name.hasPrefix("."), !name.hasSuffix("."), !name.contains("..") else {
            throw refuse("Message attribute name can not start or end with a dot, or have successive dots.")
        }
        let lower = name.lowercased()
        guard !lower.hasPrefix("aws."), !lower.hasPrefix("amazon.") else {
            throw refuse(
                "You cannot use message attribute names beginning with 'AWS.' or 'Amazon.' because these strings are "
                    + "reserved for internal use.")
        }
    }

    private static func checkValue(_ name: String, _ attribute: Document) throws -> Int {
        if attribute["StringListValues"]?.list?.isEmpty == false || attribute["BinaryListValues"]?.list?.isEmpty == false {
            throw SQSFault.unsupported("Message attribute list values in SendMessage operation are not supported.")
        }
        guard let type = attribute["DataType"]?.string, !type.isEmpty else {
            throw SQSFault.invalid("The message attribute '\(name)' must contain non-empty message attribute type.")
        }
        guard type.utf8.count <= SQSLimit.attributeNameLength else {
            throw SQSFault.invalid("Length of message attribute type must be less than or equal to 256 bytes.")
        }
        let kind = type.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
        switch kind {
        case "String", "Number":
            guard let text = attribute["StringValue"]?.string, !text.isEmpty, attribute["BinaryValue"] == nil else {
                throw SQSFault.invalid("Message (user) attribute '\(name)' must contain a non-empty value of type '\(type)'.")
            }
            if foreign(text) != nil {
                throw SQSFault.invalid("The message attribute '\(name)' contains an invalid character.")
            }
            if kind == "Number", !DecimalText.isNumber(text) {
                throw SQSFault.invalid("Can't cast the value of message (user) attribute '\(name)' to a number.")
            }
            return type.utf8.count + text.utf8.count
        case "Binary":
            guard let bytes = attribute["BinaryValue"]?.blob, !bytes.isEmpty, attribute["StringValue"] == nil else {
                throw SQSFault.invalid("Message (user) attribute '\(name)' must contain a non-empty value of type '\(type)'.")
            }
            return type.utf8.count + bytes.count
        default:
            throw SQSFault.invalid(
                "The type of message (user) attribute '\(name)' is invalid. You must use only the following supported type "
                    + "prefixes: Binary, Number, String.")
        }
    }

    /// The one system attribute that a sender can give.
    /// - Returns: the trace header.
    static func trace(_ attributes: Document) throws -> String? {
        guard let members = attributes.members, !members.isEmpty else { return nil }
        for (name, attribute) in members {
            guard name == "AWSTraceHeader" else {
                throw SQSFault.invalid("Message system attribute name '\(name)' is invalid.")
            }
            guard attribute["DataType"]?.string == "String", attribute["StringValue"]?.string?.isEmpty == false else {
                throw SQSFault.invalid(
                    "The message system attribute '\(name)' must contain non-empty message system attribute value for message "
                        + "system attribute type 'String'.")
            }
        }
        return members["AWSTraceHeader"]?["StringValue"]?.string
    }

    /// The request's own trace header, which its messages take (https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html).
    static func trace(_ context: Context) -> String? {
        guard let header = context.http?.headers["x-amzn-trace-id"], header.hasPrefix("Root=") else { return nil }
        return header
    }

    /// A group or deduplication id, or a receive attempt's.
    static func checkID(_ id: String, _ parameter: String) throws {
        guard (1...SQSLimit.idLength).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw SQSFault.invalidValue(
                id, parameter: parameter,
                reason: "\(parameter) can only include alphanumeric and punctuation characters. 1 to 128 in length.")
        }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

import Documents
import Kernel
import Policy

/// What a topic's attributes may be.
enum TopicAttributes {
    private static let feedback = ["Application", "HTTP", "Lambda", "SQS", "Firehose"].flatMap { transport in
        ["SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate"].map { transport + $0 }
    }

    /// Whether the topic is to be FIFO, and so named.
    /// - Throws: ``SNSFault/invalid(_:)``
    static func isFIFO(_ attributes: [String: String], name: String) throws -> Bool {
        let asked = try flag(attributes["FifoTopic"], "FifoTopic", isCreation: true) ?? false
        if asked {
            guard name.hasSuffix(".fifo"), isName(name.dropLast(5)), name.utf8.count <= SNSLimit.topicNameCharacters else {
                throw SNSFault.invalid(
                    "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long."
                )
            }
            return true
        }
        guard isName(name[...]), name.utf8.count <= SNSLimit.topicNameCharacters else { throw SNSFault.invalid("Topic Name") }
        return false
    }

    private static func isName(_ name: Substring) -> Bool { !name.isEmpty && name.utf8.allSatisfy(isNameByte) }

    /// ASCII letters, digits, hyphens and underscores.
    static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
            || byte == 0x5F
    }

    private static func flag(_ value: String?, _ name: String, isCreation: Bool) throws -> Bool? {
        switch value?.lowercased() {
        case nil, "": nil
        case "true": true
        case "false": false
        default: throw wrong(name, isCreation, "Invalid value [\(value ?? "")]. Must be true or false.")
        }
    }

    private static func wrong(_ name: String, _ isCreation: Bool, _ reason: String) -> SNSFault {
        .invalid(isCreation ? "Attributes Reason: \(name): \(reason)" : "\(name) Reason: \(reason)")
    }

    /// - Throws: ``SNSFault``
    static func check(_ name: String, _ value: String, isFIFO: Bool, topic: String, isCreation: Bool) throws {
        switch name {
        case "DisplayName":
            guard value.count <= SNSLimit.displayNameCharacters, !value.contains(where: \.isNewline) else {
                throw SNSFault.invalid(isCreation ? "Attributes Reason: DisplayName" : "DisplayName")
            }
        case "Policy":
            if !value.isEmpty { try TopicPolicy.check(value, topic: topic) }
        case "DeliveryPolicy":
            if !value.isEmpty { try DeliveryPolicy.check(value, ofTopic: true) }
        case "KmsMasterKeyId": break
        case "TracingConfig":
            guard ["", "PassThrough", "Active"].contains(value) else {
                throw wrong(name, isCreation, "TracingConfig must be one of [Active, PassThrough]")
            }
        case "SignatureVersion":
            guard ["", "1", "2"].contains(value) else {
                throw wrong(name, isCreation, "Invalid value [\(value)]. Must be either 1 or 2.")
            }
        case "FifoTopic" where isCreation: break
        case "ContentBasedDeduplication":
            guard isFIFO else {
                throw SNSFault.invalid(
                    (isCreation ? "Attributes Reason: " : "")
                        + "Content-based deduplication can only be set for FIFO topics")
            }
            _ = try flag(value, name, isCreation: isCreation)
        case "FifoThroughputScope":
            guard isFIFO, ["", "Topic", "MessageGroup"].contains(value) else {
                throw wrong(name, isCreation, "FifoThroughputScope must be one of [Topic, MessageGroup] of a FIFO topic")
            }
        case "ArchivePolicy":
            guard isFIFO else { throw wrong(name, isCreation, "Only FIFO topics can have an archive policy") }
            _ = try ArchivePolicy.read(value)
        case let name where feedback.contains(name):
            try checkFeedback(name, value, isCreation)
        default:
            throw SNSFault.invalid(isCreation ? "Attributes Reason: Unknown attribute \(name)" : "AttributeName")
        }
    }

    private static func checkFeedback(_ name: String, _ value: String, _ isCreation: Bool) throws {
        if value.isEmpty { return }
        if name.hasSuffix("SampleRate") {
            guard let rate = Int(value), (0...100).contains(rate) else {
                throw wrong(name, isCreation, "Sample rate must be an integer from 0 to 100")
            }
        } else {
            guard let arn = ARN(value), arn.service == "iam", arn.resource.hasPrefix("role/") else {
                throw wrong(name, isCreation, "Invalid role ARN")
            }
        }
    }
}

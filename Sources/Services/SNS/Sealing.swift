import Documents
import Kernel
import Store

/// A data key for the messages of one publication to an encrypted topic
/// (https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html).
struct Sealing: Sendable {
    let key: DataKey
    let topic: String
    /// In whose name the key is opened again: whoever published, as AWS asks `kms:Decrypt` of the publisher.
    let caller: Caller

    /// A message's bytes are bound to nothing but their key, which is no other message's.
    static let place = ""

    static func context(_ topic: String) -> Document { ["aws:sns:topicArn": .string(topic)] }

    /// - Throws: what the cipher throws.
    func seal(_ notification: Notification) throws -> Document {
        let bytes = CBOR.write(try DocumentEncoder().encode(notification))
        return [
            "sealed": .blob(try key.seal(bytes, place: Self.place)), "key": .blob(key.wrapped), "topic": .string(topic),
            "caller": try DocumentEncoder().encode(caller),
        ]
    }
}

extension SNSService {
    /// A data key, where the topic is encrypted.
    /// - Throws: ``SNSFault``: the key's refusal in SNS's words.
    func sealing(_ arn: String, _ context: Context, member: String) async throws -> Sealing? {
        let topic = try await context.store.read { try $0.topic(arn, context, member: member) }
        guard let key = topic.attributes["KmsMasterKeyId"] else { return nil }
        let kms: DataKey.Asking = { try await context.callAsCaller("kms", $0, $1).output }
        do {
            let dataKey = try await DataKey.generate(under: key, for: Sealing.context(topic.arn), kms)
            var caller = context.caller
            caller.calledVia = (caller.calledVia ?? []) + ["sns.amazonaws.com"]
            // AWS asks for both permissions when a message is published.
            _ = try await DataKey.unwrap(dataKey.wrapped, for: Sealing.context(topic.arn), kms)
            return Sealing(key: dataKey, topic: topic.arn, caller: caller)
        } catch let error as AWSError {
            throw SNSFault.kms(Self.keyError(error))
        }
    }

    private static func keyError(_ error: AWSError) -> AWSError {
        switch error.code {
        case "AccessDeniedException": AWSError("KMSAccessDenied", 400, error.message)
        case "DisabledException": AWSError("KMSDisabled", 400, error.message)
        case "KMSInvalidStateException": AWSError("KMSInvalidState", 400, error.message)
        case "NotFoundException": AWSError("KMSNotFound", 400, error.message)
        case "ThrottlingException": AWSError("KMSThrottling", 400, error.message)
        default: error
        }
    }

    /// The message of a delivery.
    /// - Throws: ``AWSError`` of KMS, ``GiveUp`` for what is no message.
    func message(in payload: Document, region: String, on platform: Platform) async throws -> Notification {
        var notification = try await opened(payload, region, platform)
        notification.replay = payload["replayed"]?.string
        return notification
    }

    private func opened(_ payload: Document, _ region: String, _ platform: Platform) async throws -> Notification {
        if let plain = payload["message"] { return try DocumentDecoder().decode(Notification.self, from: plain) }
        guard let sealed = payload["sealed"]?.blob, let wrapped = payload["key"]?.blob, let topic = payload["topic"]?.string,
            let who = payload["caller"]
        else { throw GiveUp("not a message") }
        let caller = try DocumentDecoder().decode(Caller.self, from: who)
        let key = try await DataKey.unwrap(wrapped, for: Sealing.context(topic)) {
            try await platform.call(Call("kms", $0, $1, caller: caller, region: region)).output
        }
        let bytes = try key.open(sealed, place: Sealing.place)
        return try DocumentDecoder().decode(Notification.self, from: try CBOR.parse(bytes))
    }
}

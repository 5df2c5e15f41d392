import Crypto
import Documents
import Kernel
import Store

/// A data key for the messages of one publication to an encrypted topic
/// (https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html).
struct Sealing: Sendable {
    let key: [UInt8]
    /// The key as KMS sealed it.
    let wrapped: [UInt8]
    let topic: String
    /// In whose name the key is opened again: whoever published, as AWS asks `kms:Decrypt` of the publisher.
    let caller: Caller

    static func context(_ topic: String) -> Document { ["aws:sns:topicArn": .string(topic)] }

    /// - Throws: what the cipher throws.
    func seal(_ notification: Notification) throws -> Document {
        let bytes = CBOR.write(try DocumentEncoder().encode(notification))
        let box = try AES.GCM.seal(bytes, using: SymmetricKey(data: key))
        guard let combined = box.combined else { throw AWSError.internalFailure }
        return [
            "sealed": .blob(Array(combined)), "key": .blob(wrapped), "topic": .string(topic),
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
        let input: Document = [
            "KeyId": .string(key), "KeySpec": "AES_256", "EncryptionContext": Sealing.context(topic.arn),
        ]
        do {
            let output = try await context.callAsCaller("kms", "GenerateDataKey", input).output
            guard let plain = output["Plaintext"]?.blob, let wrapped = output["CiphertextBlob"]?.blob else {
                throw AWSError.internalFailure
            }
            var caller = context.caller
            caller.calledVia = (caller.calledVia ?? []) + ["sns.amazonaws.com"]
            // AWS asks for both permissions when a message is published.
            _ = try await context.callAsCaller(
                "kms", "Decrypt", ["CiphertextBlob": .blob(wrapped), "EncryptionContext": Sealing.context(topic.arn)])
            return Sealing(key: plain, wrapped: wrapped, topic: topic.arn, caller: caller)
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
        let input: Document = ["CiphertextBlob": .blob(wrapped), "EncryptionContext": Sealing.context(topic)]
        let output = try await platform.call(Call("kms", "Decrypt", input, caller: caller, region: region)).output
        guard let key = output["Plaintext"]?.blob else { throw GiveUp("no data key") }
        let bytes = try AES.GCM.open(try AES.GCM.SealedBox(combined: sealed), using: SymmetricKey(data: key))
        return try DocumentDecoder().decode(Notification.self, from: try CBOR.parse(Array(bytes)))
    }
}

import Crypto
import Documents
import Kernel
import Store
import Synchronization

/// Seals bodies: under Tarn's own key for SSE-SQS, under a data key of KMS for SSE-KMS, asked for in the caller's name
/// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html).
final class MessageVault: Sendable {
    /// A data key is kept for the queue's reuse period, for one principal.
    private struct Slot: Hashable {
        var caller: String
        var key: [UInt8]
    }
    private struct DataKey {
        var plain: SymmetricKey
        var wrapped: [UInt8]
        var until: Timestamp
    }
    private let kept = Mutex<[Slot: DataKey]>([:])

    private static func own(_ context: Context) -> SymmetricKey { context.platform.rootKey.key(for: "sqs message") }

    /// - Parameter digest: the body's, to which the box is bound.
    func seal(_ body: [UInt8], digest: String, for queue: Queue, _ context: Context) async throws -> ([UInt8], MessageRecord.Seal)
    {
        if let key = queue.kmsKey {
            let dataKey = try await self.dataKey(key, queue, context)
            return (try box(body, dataKey.plain, digest), .kms(wrapped: dataKey.wrapped, arn: queue.arn))
        }
        return queue.isSealed ? (try box(body, Self.own(context), digest), .managed) : (body, .none)
    }

    func open(_ body: [UInt8], _ record: MessageRecord, for queue: Queue, _ context: Context) async throws -> [UInt8] {
        switch record.seal {
        case .none: return body
        case .managed: return try unbox(body, Self.own(context), record.bodyMD5)
        case .kms(let wrapped, let arn):
            let slot = Slot(caller: Self.name(context.caller), key: wrapped)
            if let known = find(slot, context) { return try unbox(body, known.plain, record.bodyMD5) }
            let answer = try await kms(
                "Decrypt", ["CiphertextBlob": .blob(wrapped), "EncryptionContext": Self.binding(arn)], queue, context)
            guard let plain = answer["Plaintext"]?.blob else { throw AWSError.internalFailure }
            let key = SymmetricKey(data: plain)
            keep(DataKey(plain: key, wrapped: wrapped, until: context.now + queue.keyReuse), slot, context)
            return try unbox(body, key, record.bodyMD5)
        }
    }

    private func dataKey(_ name: String, _ queue: Queue, _ context: Context) async throws -> DataKey {
        let slot = Slot(caller: Self.name(context.caller), key: Array("\(queue.id)|\(name)".utf8))
        if let known = find(slot, context) { return known }
        let id: String
        if name.hasPrefix("arn:") {
            id = name
        } else {
            let resource = name.hasPrefix("alias/") ? name : "key/\(name)"
            id = ARN("kms", region: queue.name.region, account: queue.name.account, resource).description
        }
        let answer = try await kms(
            "GenerateDataKey",
            ["KeyId": .string(id), "KeySpec": "AES_256", "EncryptionContext": Self.binding(queue.arn)], queue, context)
        guard let plain = answer["Plaintext"]?.blob, let wrapped = answer["CiphertextBlob"]?.blob else {
            throw AWSError.internalFailure
        }
        let key = DataKey(plain: SymmetricKey(data: plain), wrapped: wrapped, until: context.now + queue.keyReuse)
        keep(key, slot, context)
        return key
    }

    private static func binding(_ arn: String) -> Document { ["aws:sqs:arn": .string(arn)] }

    private static func name(_ caller: Caller) -> String { "\(caller.arn)|\(caller.accessKeyID ?? "")|\(caller.sourceARN ?? "")" }

    private func kms(_ operation: String, _ input: Document, _ queue: Queue, _ context: Context) async throws -> Document {
        var there = context
        there.region = queue.name.region
        do {
            return try await there.callAsCaller("kms", operation, input).output
        } catch let error as AWSError where error.isSenders {
            let code =
                switch error.code {
                case "NotFoundException": "KmsNotFound"
                case "DisabledException": "KmsDisabled"
                case "KMSInvalidStateException": "KmsInvalidState"
                case "InvalidKeyUsageException": "KmsInvalidKeyUsage"
                case "ThrottlingException": "KmsThrottled"
                default: "KmsAccessDenied"
                }
            throw SQSFault.kms(code: code, message: error.message)
        }
    }

    private func box(_ body: [UInt8], _ key: SymmetricKey, _ digest: String) throws -> [UInt8] {
        guard let box = try AES.GCM.seal(body, using: key, authenticating: Array(digest.utf8)).combined else {
            throw AWSError.internalFailure
        }
        return Array(box)
    }

    private func unbox(_ body: [UInt8], _ key: SymmetricKey, _ digest: String) throws -> [UInt8] {
        Array(try AES.GCM.open(AES.GCM.SealedBox(combined: body), using: key, authenticating: Array(digest.utf8)))
    }

    private func find(_ slot: Slot, _ context: Context) -> DataKey? {
        kept.withLock { kept in kept[slot].flatMap { context.now < $0.until ? $0 : nil } }
    }

    private func keep(_ key: DataKey, _ slot: Slot, _ context: Context) {
        kept.withLock { kept in
            if kept.count >= SQSLimit.dataKeys { kept = kept.filter { context.now < $0.value.until } }
            if kept.count >= SQSLimit.dataKeys { kept = [:] }
            kept[slot] = key
        }
    }
}

import Documents
import Kernel

/// Seals bodies: under Tarn's own key for SSE-SQS, under a data key of KMS for SSE-KMS, asked for in the caller's name
/// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html).
final class MessageVault: Sendable {
    /// A data key is kept for the queue's reuse period, for one principal.
    private struct Slot: Hashable {
        var caller: String
        var key: [UInt8]
    }
    private let kept = KeyCache<Slot, DataKey>(limit: SQSLimit.dataKeys)

    private static func own(_ context: Context) -> Sealer { context.platform.rootKey.sealer("sqs message") }

    /// - Parameter digest: the body's, to which the box is bound.
    func seal(_ body: [UInt8], digest: String, for queue: Queue, _ context: Context) async throws -> ([UInt8], MessageRecord.Seal)
    {
        if let name = queue.kmsKey {
            let slot = Slot(caller: context.caller.keyUser, key: Array("\(queue.id)|\(name)".utf8))
            let key = try await key(slot, queue, context) {
                try await .generate(under: Self.keyARN(name, queue), for: Self.binding(queue.arn), $0)
            }
            return (try key.seal(body, place: digest), .kms(wrapped: key.wrapped, arn: queue.arn))
        }
        return queue.isSealed ? (try Self.own(context).seal(body, place: digest), .managed) : (body, .none)
    }

    func open(_ body: [UInt8], _ record: MessageRecord, for queue: Queue, _ context: Context) async throws -> [UInt8] {
        switch record.seal {
        case .none: return body
        case .managed: return try Self.own(context).open(body, place: record.bodyMD5)
        case .kms(let wrapped, let arn):
            let key = try await key(Slot(caller: context.caller.keyUser, key: wrapped), queue, context) {
                try await .unwrap(wrapped, for: Self.binding(arn), $0)
            }
            return try key.open(body, place: record.bodyMD5)
        }
    }

    private func key(
        _ slot: Slot, _ queue: Queue, _ context: Context, _ ask: (DataKey.Asking) async throws -> DataKey
    ) async throws -> DataKey {
        if let known = kept.key(slot, at: context.now) { return known }
        let key = try await ask { try await self.kms($0, $1, queue, context) }
        kept.keep(key, as: slot, until: context.now + queue.keyReuse, at: context.now)
        return key
    }

    private static func keyARN(_ name: String, _ queue: Queue) -> String {
        if name.hasPrefix("arn:") { return name }
        let resource = name.hasPrefix("alias/") ? name : "key/\(name)"
        return ARN("kms", region: queue.name.region, account: queue.name.account, resource).description
    }

    private static func binding(_ arn: String) -> Document { ["aws:sqs:arn": .string(arn)] }

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
}

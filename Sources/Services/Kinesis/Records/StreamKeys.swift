import Documents
import Kernel
import Store

/// A data key of a stream, out of its wrapping.
struct StreamKey: Sendable {
    var number: UInt32
    var key: DataKey
}

/// A stream's data key as KMS wrapped it. Each record names the key that it is sealed with.
struct DataKeyRecord: Stored {
    static let tag: UInt8 = 1
    var number: UInt32
    var wrapped: [UInt8]
    var keyARN: String

    static func prefix(_ stream: String) -> Key { Key(.kinesisDataKey, .text(stream)) }
}

/// Data keys for each caller by itself: the KMS key's policy decides who may read and write.
typealias StreamKeys = KeyCache<StreamKeySlot, StreamKey>

struct StreamKeySlot: Hashable, Sendable {
    var caller: String
    var stream: String
    /// A key's number to read with; the KMS key to write under.
    var key: String
}

/// Server-side encryption (https://docs.aws.amazon.com/streams/latest/dev/what-is-sse.html).
extension KinesisService {
    struct EncryptionInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var EncryptionType: String
        var KeyId: String
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html
    func startEncryption(_ input: EncryptionInput, _ context: Context) async throws -> Nothing {
        guard input.EncryptionType == "KMS" else { throw KinesisFault.invalid("EncryptionType must be KMS.") }
        let live = try await stream(input.StreamName, input.StreamARN, context)
        try live.record.demandActive(context.now)
        // The key must be there, and the caller must be let to use it.
        _ = try await newKey(input.KeyId, live.record, context)
        try await change(live, context) { record, _ in
            try record.demandActive(context.now)
            record.keyID = input.KeyId
            record.begin(.updating, context.now)
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StopStreamEncryption.html
    func stopEncryption(_ input: EncryptionInput, _ context: Context) async throws -> Nothing {
        guard input.EncryptionType == "KMS" else { throw KinesisFault.invalid("EncryptionType must be KMS.") }
        let live = try await stream(input.StreamName, input.StreamARN, context)
        try await change(live, context) { record, _ in
            try record.demandActive(context.now)
            record.keyID = nil
            record.begin(.updating, context.now)
        }
        return Nothing()
    }

    /// The key to write with; nil while encryption is off.
    func streamKey(of record: StreamRecord, _ context: Context) async throws -> StreamKey? {
        guard let name = record.keyID else { return nil }
        let slot = StreamKeySlot(caller: context.caller.keyUser, stream: record.id, key: name)
        if let key = keys.key(slot, at: context.now) { return key }
        let key = try await newKey(name, record, context)
        keys.keep(key, as: slot, until: context.now + DataKey.lifetime, at: context.now)
        return key
    }

    /// The key to read with; nil for a record that is not sealed.
    func streamKey(numbered number: UInt32?, of record: StreamRecord, _ context: Context) async throws -> StreamKey? {
        guard let number else { return nil }
        let slot = StreamKeySlot(caller: context.caller.keyUser, stream: record.id, key: "\(number)")
        if let key = keys.key(slot, at: context.now) { return key }
        let place = DataKeyRecord.prefix(record.id).appending(.integer(Int64(number)))
        guard let kept = try await context.store.read({ try $0.record(DataKeyRecord.self, place) }) else {
            throw StoreError.corrupt("data key \(number) of \(record.arn)")
        }
        let opened = try await DataKey.unwrap(kept.wrapped, under: kept.keyARN, for: Self.binding(record)) {
            try await kms($0, $1, context)
        }
        let key = StreamKey(number: number, key: opened)
        keys.keep(key, as: slot, until: context.now + DataKey.lifetime, at: context.now)
        return key
    }

    private func newKey(_ name: String, _ record: StreamRecord, _ context: Context) async throws -> StreamKey {
        let key = try await DataKey.generate(under: name, for: Self.binding(record)) { try await kms($0, $1, context) }
        let number = try await context.store.write { transaction -> UInt32 in
            let prefix = DataKeyRecord.prefix(record.id)
            var last: UInt32 = 0
            try transaction.records(DataKeyRecord.self, prefix, reverse: true, limit: 1) { _, found in
                last = found.number
                return false
            }
            let kept = DataKeyRecord(number: last + 1, wrapped: key.wrapped, keyARN: key.keyARN)
            try transaction.put(prefix.appending(.integer(Int64(kept.number))), kept)
            return kept.number
        }
        return StreamKey(number: number, key: key)
    }

    private static func binding(_ record: StreamRecord) -> Document { ["aws:kinesis:arn": .string(record.arn)] }

    /// Asks KMS in the caller's name, and says its refusals as Kinesis does.
    private func kms(_ operation: String, _ input: Document, _ context: Context) async throws -> Document {
        do {
            return try await context.callAsCaller("kms", operation, input).output
        } catch let error as AWSError {
            let code =
                switch error.code {
                case "AccessDeniedException": "KMSAccessDeniedException"
                case "NotFoundException", "InvalidArnException": "KMSNotFoundException"
                case "DisabledException": "KMSDisabledException"
                case "KMSInvalidStateException", "KeyUnavailableException": "KMSInvalidStateException"
                default: throw error
                }
            throw KinesisFault.kms(code: code, message: error.message)
        }
    }
}

import Crypto
import Documents
import Kernel
import Store
import Synchronization

/// Data keys from KMS, asked for in the caller's name: the key's own policy decides who may read and write
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
///
/// A bucket key is asked for once per caller and then kept for some minutes
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html); all others are asked for each time.
final class DataKeys: Sendable {
    struct DataKey: Sendable {
        var plain: SymmetricKey
        var wrapped: [UInt8]
        /// The KMS key's ARN.
        var keyARN: String
    }
    /// For whom a bucket key is kept.
    private struct Slot: Hashable {
        var caller: String
        var bucket: String
        /// The key's name as given, or a wrapped data key.
        var key: [UInt8]
    }
    private struct Entry {
        var key: DataKey
        var until: Timestamp
    }
    private let kept = Mutex<[Slot: Entry]>([:])

    /// A new data key, or the bucket's present one.
    func generate(_ plan: EncryptionPlan.KMSPlan, in bucket: BucketRecord, context pairs: [String: String], _ context: Context)
        async throws -> DataKey
    {
        let name = plan.keyID ?? "alias/aws/s3"
        try Self.check(name, in: bucket)
        let slot = Slot(caller: Self.name(context.caller), bucket: bucket.name, key: Array(name.utf8))
        if plan.usesBucketKey, let key = find(slot, context) { return key }
        let answer = try await call(
            "GenerateDataKey", ["KeyId": .string(name), "KeySpec": "AES_256", "EncryptionContext": Self.document(pairs)],
            in: bucket, context)
        guard let plain = answer["Plaintext"]?.blob, plain.count == 32, let wrapped = answer["CiphertextBlob"]?.blob,
            let arn = answer["KeyId"]?.string
        else { throw StoreError.corrupt("the answer of kms:GenerateDataKey") }
        let key = DataKey(plain: SymmetricKey(data: plain), wrapped: wrapped, keyARN: arn)
        if plan.usesBucketKey {
            keep(key, slot, context)
            keep(key, Slot(caller: slot.caller, bucket: bucket.name, key: wrapped), context)
        }
        return key
    }

    /// The data key of an object.
    func unwrap(_ encryption: ObjectEncryption, in bucket: BucketRecord, _ context: Context) async throws -> SymmetricKey {
        guard let wrapped = encryption.wrappedKey, let arn = encryption.keyARN else {
            throw StoreError.corrupt("an object under KMS has no data key")
        }
        let slot = Slot(caller: Self.name(context.caller), bucket: bucket.name, key: wrapped)
        if encryption.usesBucketKey, let key = find(slot, context) { return key.plain }
        let answer = try await call(
            "Decrypt",
            [
                "CiphertextBlob": .blob(wrapped), "KeyId": .string(arn),
                "EncryptionContext": Self.document(encryption.context),
            ], in: bucket, context)
        guard let plain = answer["Plaintext"]?.blob, plain.count == 32 else {
            throw StoreError.corrupt("the answer of kms:Decrypt")
        }
        let key = DataKey(plain: SymmetricKey(data: plain), wrapped: wrapped, keyARN: arn)
        if encryption.usesBucketKey { keep(key, slot, context) }
        return key.plain
    }

    private func find(_ slot: Slot, _ context: Context) -> DataKey? {
        kept.withLock { kept in kept[slot].flatMap { context.now < $0.until ? $0.key : nil } }
    }

    private func keep(_ key: DataKey, _ slot: Slot, _ context: Context) {
        let until = Timestamp(seconds: context.now.seconds + Limit.bucketKeySeconds)
        kept.withLock { kept in
            if kept.count >= Limit.bucketKeys { kept = kept.filter { context.now < $0.value.until } }
            if kept.count >= Limit.bucketKeys { kept = [:] }
            kept[slot] = Entry(key: key, until: until)
        }
    }

    /// What a caller's permissions hang on: the role behind a session counts, and each session by itself.
    private static func name(_ caller: Caller) -> String { "\(caller.arn)|\(caller.accessKeyID ?? "")|\(caller.sourceARN ?? "")" }

    private static func document(_ pairs: [String: String]) -> Document {
        .map(Members(uniqueKeysWithValues: pairs.map { ($0.key, Document.string($0.value)) }))
    }

    /// The key must be in the bucket's Region.
    private static func check(_ name: String, in bucket: BucketRecord) throws {
        guard name.hasPrefix("arn:") else { return }
        guard let arn = ARN(name), arn.service == "kms", arn.region == bucket.region else {
            throw S3Fault.kms(code: "NotFoundException", message: "Invalid arn \(ARN(name)?.region ?? name)")
        }
    }

    private func call(_ operation: String, _ input: Document, in bucket: BucketRecord, _ context: Context) async throws
        -> Document
    {
        guard context.caller.kind != .anonymous, !RequestConditions.isOfVersion2(context.http) else {
            throw S3Fault.kmsNeedsSignature
        }
        // In the bucket's Region, wherever the request came in.
        var inside = context
        inside.region = bucket.region
        do {
            return try await inside.callAsCaller("kms", operation, input).output
        } catch let error as AWSError {
            switch error.code {
            case "AccessDeniedException": throw S3Fault.accessDenied
            case "NotFoundException", "DisabledException", "KMSInvalidStateException", "InvalidKeyUsageException",
                "KeyUnavailableException", "InvalidArnException", "InvalidCiphertextException", "IncorrectKeyException":
                throw S3Fault.kms(code: error.code, message: error.message)
            default: throw error
            }
        }
    }
}

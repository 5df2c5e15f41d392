import Crypto
import Documents
import Kernel
import Store

/// Data keys from KMS, asked for in the caller's name: the key's own policy decides who may read and write
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
///
/// A bucket key is asked for once per caller and then kept for some minutes
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html); all others are asked for each time.
final class DataKeys: Sendable {
    /// For whom a bucket key is kept.
    private struct Slot: Hashable {
        var caller: String
        var bucket: String
        /// The key's name as given, or a wrapped data key.
        var key: [UInt8]
    }
    private let kept = KeyCache<Slot, DataKey>(limit: Limit.bucketKeys)

    /// A new data key, or the bucket's present one.
    func generate(_ plan: EncryptionPlan.KMSPlan, in bucket: BucketRecord, context pairs: [String: String], _ context: Context)
        async throws -> DataKey
    {
        let name = plan.keyID ?? "alias/aws/s3"
        try Self.check(name, in: bucket)
        let slot = Slot(caller: context.caller.keyUser, bucket: bucket.name, key: Array(name.utf8))
        if plan.usesBucketKey, let key = kept.key(slot, at: context.now) { return key }
        let key = try await DataKey.generate(under: name, for: Self.document(pairs)) {
            try await call($0, $1, in: bucket, context)
        }
        if plan.usesBucketKey {
            keep(key, slot, context)
            keep(key, Slot(caller: slot.caller, bucket: bucket.name, key: key.wrapped), context)
        }
        return key
    }

    /// The data key of an object.
    func unwrap(_ encryption: ObjectEncryption, in bucket: BucketRecord, _ context: Context) async throws -> SymmetricKey {
        guard let wrapped = encryption.wrappedKey, let arn = encryption.keyARN else {
            throw StoreError.corrupt("an object under KMS has no data key")
        }
        let slot = Slot(caller: context.caller.keyUser, bucket: bucket.name, key: wrapped)
        if encryption.usesBucketKey, let key = kept.key(slot, at: context.now) { return key.plain }
        let key = try await DataKey.unwrap(wrapped, under: arn, for: Self.document(encryption.context)) {
            try await call($0, $1, in: bucket, context)
        }
        if encryption.usesBucketKey { keep(key, slot, context) }
        return key.plain
    }

    private func keep(_ key: DataKey, _ slot: Slot, _ context: Context) {
        kept.keep(key, as: slot, until: context.now + DataKey.lifetime, at: context.now)
    }

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

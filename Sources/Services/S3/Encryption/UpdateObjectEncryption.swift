import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
    /// The version stays what it is, with its time, ETag and checksum; only what its bytes are sealed with changes. They are
    /// sealed anew, part by part, for a key that was changed must not open what lies on disk.
    func updateObjectEncryption(_ input: UpdateObjectEncryptionInput, _ context: Context) async throws -> Nothing {
        let key = try Self.newKey(input, context)
        while true {
            let object = try await find(
                bucket: input.bucket, key: input.key, version: input.versionID, owner: input.expectedBucketOwner, for: context)
            let old = object.record
            try Self.checkChange(of: object, to: key, at: context.now)
            let source = try await cipher(of: old.encryption, in: object.bucket, given: nil, context)
            let plan = EncryptionPlan.KMSPlan(
                method: .kms, keyID: key.description, context: [:],
                usesBucketKey: input.objectEncryption?.sseKMS?.bucketKeyEnabled ?? false)
            let sealing = try await sealingKey(.kms(plan), in: object.bucket, key: input.key, context)
            let body = try await sealAnew(object, from: source, to: sealing.cipher, context.platform)
            let isDone: Bool
            do {
                isDone = try await context.store.write { [collector] transaction in
                    let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
                    var record = try ObjectTable.visible(bucket.name, input.key, version: input.versionID, in: transaction)
                    guard record.order == old.order, record.nonce == old.nonce, record.encryption == old.encryption else {
                        return false
                    }
                    guard !record.isProtected(at: context.now, bypasses: false) else { throw Self.lockedEncryption }
                    for id in body.blobs { try BlobCount.retain(id, in: transaction) }
                    record.encryption = sealing.encryption
                    try ObjectTable.reseal(record, body, bucket.name, input.key, transaction)
                    transaction.afterCommit { collector.wake() }
                    return true
                }
            } catch {
                await drop(body, context.platform)
                throw error
            }
            if isDone { return Nothing() }
            // Replaced meanwhile: what is there now?
            await drop(body, context.platform)
        }
    }

    /// The key that is asked for, as the full ARN that it must be.
    private static func newKey(_ input: UpdateObjectEncryptionInput, _ context: Context) throws -> ARN {
        guard !RequestConditions.isOfVersion2(context.http) else {
            throw S3Fault.invalidRequest(
                "Requests that modify an object encryption configuration require AWS Signature Version 4. Modify the request to "
                    + "use AWS Signature Version 4, and then try again.")
        }
        guard let asked = input.objectEncryption?.sseKMS else {
            throw S3Fault.invalidRequest(
                "Requests that modify an object encryption configuration require a valid new encryption type. Valid values are "
                    + "SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type, and then try again.")
        }
        guard let arn = ARN(asked.kmsKeyARN), arn.service == "kms", arn.account.utf8.count == 12, arn.resource.hasPrefix("key/")
        else {
            throw S3Fault.invalidRequest(
                "Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS key Amazon Resource Name "
                    + "(ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and then try again.")
        }
        return arn
    }

    private static func checkChange(of object: FoundObject, to key: ARN, at now: Timestamp) throws {
        switch object.record.encryption?.method {
        case .s3, .kms: break
        case nil:
            throw S3Fault.invalidRequest(
                "The UpdateObjectEncryption operation doesn't supported unencrypted source objects. Only source objects "
                    + "encrypted with SSE-S3 or SSE-KMS are supported.")
        case .dsse, .customer:
            throw S3Fault.invalidRequest(
                "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or "
                    + "SSE-C. Only source objects encrypted with SSE-S3 or SSE-KMS are supported.")
        }
        guard key.account == object.bucket.account else {
            throw S3Fault.deniedBecause(
                "The AWS KMS key in the request must be owned by the same account as the bucket. Modify the request to specify "
                    + "a KMS key from the same account, and then try again.")
        }
        guard !object.record.isProtected(at: now, bypasses: false) else { throw lockedEncryption }
    }

    private static let lockedEncryption = S3Fault.deniedBecause(
        "The encryption type for the specified object can\u{2019}t be updated because that object is protected by S3 Object Lock. "
            + "If the object has a governance-mode retention period or a legal hold, you must first remove the Object Lock "
            + "status on the object before you issue your UpdateObjectEncryption request. You can't use the "
            + "UpdateObjectEncryption operation with objects that have an Object Lock compliance mode retention period applied "
            + "to them.")

    /// The same bytes in the same parts under another key.
    private func sealAnew(
        _ object: FoundObject, from source: ObjectCipher?, to target: ObjectCipher, _ platform: Platform
    ) async throws -> ObjectBody {
        guard case .pinned(let blobs) = object.bytes else {
            guard case .inline(let sealed) = object.bytes, !sealed.isEmpty else { return .nothing }
            return .inline(try target.sealInline(source?.openInline(sealed) ?? sealed))
        }
        var made = BodyManifest(segments: [])
        var start: Int64 = 0
        for segment in blobs.manifest.segments {
            let end = start + segment.blob.size
            do {
                var writer = BodyWriter(try await platform.blobs.writer(), target)
                do {
                    for try await piece in try stream(object, start..<end, source, platform) { try await writer.write(piece) }
                    let blob = try await writer.finish()
                    made.segments.append(
                        .init(
                            blob: blob, partNumber: segment.partNumber, checksum: segment.checksum,
                            storedSum: UInt32(truncatingIfNeeded: writer.storedSum)))
                } catch {
                    await writer.discard()
                    throw error
                }
            } catch {
                await drop(.blobs(made), platform)
                throw error
            }
            start = end
        }
        return .blobs(made)
    }
}

struct UpdateObjectEncryptionInput: Codable, Sendable {
    var bucket: String
    var key: String
    var versionID: String?
    var expectedBucketOwner: String?
    var objectEncryption: Shape.NewEncryption?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case objectEncryption = "ObjectEncryption"
    }
}

extension Shape {
    /// `ObjectEncryption`, of which only one kind can be asked for.
    struct NewEncryption: Codable, Sendable {
        struct KMS: Codable, Sendable {
            var kmsKeyARN: String
            var bucketKeyEnabled: Bool?

            enum CodingKeys: String, CodingKey {
                case kmsKeyARN = "KMSKeyArn"
                case bucketKeyEnabled = "BucketKeyEnabled"
            }
        }
        var sseKMS: KMS?

        enum CodingKeys: String, CodingKey {
            case sseKMS = "SSEKMS"
        }
    }
}

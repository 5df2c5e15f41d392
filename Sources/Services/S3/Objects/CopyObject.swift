import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    /// Under SSE-S3 bytes in blobs are shared with the source, not copied; any other encryption, before or after, makes the
    /// copy anew.
    func copyObject(_ input: CopyObjectInput, _ context: Context) async throws -> CopyObjectOutput {
        try WriteRules.checkKey(input.key)
        let source = try CopySource(input.copySource)
        try Self.checkDirective(input.metadataDirective, "metadata")
        try Self.checkDirective(input.taggingDirective, "tagging")
        let conditions = try WriteConditions(ifMatch: input.ifMatch, ifNoneMatch: input.ifNoneMatch)
        while true {
            let object = try await findSource(source, owner: input.expectedSourceBucketOwner, context)
            try ReadConditions(
                ifMatch: input.copySourceIfMatch, ifNoneMatch: input.copySourceIfNoneMatch,
                ifModifiedSince: input.copySourceIfModifiedSince, ifUnmodifiedSince: input.copySourceIfUnmodifiedSince
            ).checkSource(object.record)
            guard let target = try await buckets.current(input.bucket, in: context.store) else {
                throw S3Fault.noSuchBucket(input.bucket)
            }
            try object.record.checkReadable(at: context.now)
            let (record, body, isShared) = try await copy(object, source, input, target, context)
            let write = ObjectWrite(
                bucket: input.bucket, owner: input.expectedBucketOwner, key: input.key, record: record, body: body,
                conditions: conditions, event: .copy)
            let stored: ObjectRecord?
            do {
                stored = try await context.store.write { transaction in
                    if isShared {
                        guard try retainShared(body, transaction) else { return nil }
                    } else {
                        for id in body.blobs { try BlobCount.retain(id, in: transaction) }
                    }
                    return try commit(write, context, transaction)
                }
            } catch {
                if !isShared { await drop(body, context.platform) }
                throw error
            }
            // nil: the source was replaced meanwhile and its bytes are on their way out; take what is there now.
            guard let stored else { continue }
            var result = Shape.CopyObjectResult(eTag: stored.quotedETag, lastModified: stored.lastModified)
            if let checksum = stored.checksum {
                result[checksum.algorithm] = checksum.value
                result.checksumType = checksum.type.name
            }
            var output = CopyObjectOutput(
                copyObjectResult: result, copySourceVersionID: object.bucket.versioning == nil ? nil : object.record.versionID,
                versionID: stored.nonce == nil ? nil : stored.versionID)
            output.fill(stored.encryption)
            output.expiration = target.expirationHeader(stored, input.key)
            if stored.encryption?.method.usesKMS == true { output.sseKMSEncryptionContext = input.sseKMSEncryptionContext }
            return output
        }
    }

    private static func checkDirective(_ word: String?, _ subject: String) throws {
        guard let word, word != "COPY", word != "REPLACE" else { return }
        throw S3Fault.invalidArgument(
            "Unknown \(subject) directive.", name: "x-amz-\(subject)-directive", value: word)
    }

    /// The source of a copy, whose delete marker is an error of its own.
    func findSource(_ source: CopySource, owner: String?, _ context: Context) async throws -> FoundObject {
        do { return try await find(source, owner: owner, context) } catch S3Fault.markerHasNoContent { throw S3Fault.copyMarker }
    }

    /// What a request reads beside the place that it is for, by a bucket's name or an access point's.
    func find(_ source: CopySource, owner: String?, _ context: Context) async throws -> FoundObject {
        let point = try await sourcePoint(source.bucket, context)
        return try await Passage.$current.withValue(point) {
            try await find(
                bucket: point?.bucket ?? source.bucket, key: source.key, version: source.versionID, owner: owner, for: context)
        }
    }

    /// Copies lead to a multi-Region access point, not from one.
    /// - Throws: ``AccessPointFault``
    func sourcePoint(_ bucket: String, _ context: Context) async throws -> AccessPointRecord? {
        if case .multiRegion? = try AccessPointReference(bucket) {
            throw AccessPointFault.notAllowed(operation: context.operation)
        }
        return try await accessPoint(bucket, context)
    }

    /// One more reference to blobs that exist already.
    /// - Returns: false if one is gone.
    func retainShared(_ body: ObjectBody, _ transaction: Transaction) throws -> Bool {
        for id in body.blobs where try BlobCount.read(id, in: transaction) == nil { return false }
        for id in body.blobs { try BlobCount.retain(id, in: transaction) }
        return true
    }

    private func copy(
        _ object: FoundObject, _ source: CopySource, _ input: CopyObjectInput, _ target: BucketRecord, _ context: Context
    ) async throws -> (ObjectRecord, ObjectBody, isShared: Bool) {
        let old = object.record
        guard old.size <= Limit.putSize else {
            throw S3Fault.invalidRequest(
                "The specified copy source is larger than the maximum allowable size for a copy source: \(Limit.putSize)")
        }
        var record = ObjectRecord()
        record.headers = old.headers
        // Class and redirect are never copied.
        (record.headers.storageClass, record.headers.websiteRedirectLocation) = (nil, nil)
        let given = try WriteRules.headers(input, fromHeaders: context.http != nil)
        if input.metadataDirective == "REPLACE" { record.headers = given }
        record.headers.storageClass = given.storageClass
        record.headers.websiteRedirectLocation = given.websiteRedirectLocation
        try record.lock(LockWish(input, now: context.now), in: target, now: context.now)
        record.tags = input.taggingDirective == "REPLACE" ? try TagRules.parse(input.tagging) : old.tags
        let isSelf = source.bucket == input.bucket && source.key == input.key && source.versionID == nil
        if isSelf, input.metadataDirective != "REPLACE", given.storageClass == old.headers.storageClass,
            given.websiteRedirectLocation == old.headers.websiteRedirectLocation, input.serverSideEncryption == nil,
            input.sseCustomerAlgorithm == nil
        {
            throw S3Fault.invalidRequest(
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
                    + "metadata, storage class, website redirect location or encryption attributes.")
        }
        let algorithm = try input.checksumAlgorithm.map(ChecksumAlgorithm.named)
        let wanted = algorithm ?? old.checksum?.algorithm ?? .crc64nvme
        (record.owner, record.grants) = try await access(AccessWish(input, isBucket: false), in: target, context)
        let sourceCipher = try await cipher(of: old.encryption, in: object.bucket, given: input.sourceKey(), context)
        let plan = try EncryptionPlan(input, in: target)
        guard case .s3 = plan, old.encryption?.method == .s3 else {
            let sealing = try await sealingKey(plan, in: target, key: input.key, context)
            let payload = RequestBody(try stream(object, 0..<old.size, sourceCipher, context.platform))
            let received = try await receive(
                payload, PayloadPromise(algorithm: wanted), sealedBy: sealing.cipher, context.platform)
            record.encryption = sealing.encryption
            (record.size, record.checksum) = (received.size, received.checksum)
            record.eTag = received.eTag(sealing.encryption)
            record.storedSum = received.body.inlineSum
            return (record, received.body, false)
        }
        (record.size, record.eTag, record.checksum, record.encryption) = (old.size, old.eTag, old.checksum, old.encryption)
        record.storedSum = old.storedSum
        if old.partsCount > 0 || old.checksum?.algorithm != wanted || old.checksum?.type != .fullObject {
            // A copy is one piece: its ETag and checksum are of the whole.
            var digest = PayloadDigest(wanted)
            for try await piece in try stream(object, 0..<old.size, sourceCipher, context.platform) { digest.update(piece) }
            let (md5, checksum) = digest.finish()
            (record.eTag, record.checksum) = (Hex.encode(md5), checksum)
        }
        switch object.bytes {
        case .inline(let bytes): return (record, bytes.isEmpty ? .nothing : .inline(bytes), true)
        case .pinned(let blobs): return (record, .blobs(blobs.manifest), true)
        }
    }
}

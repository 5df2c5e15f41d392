import Documents
import Kernel
import Store

extension S3Service {
    func registerMultipart(in operations: inout Operations) {
        operations.on("CreateMultipartUpload", createMultipartUpload)
        operations.stream("UploadPart", uploadPart)
        operations.on("UploadPartCopy", uploadPartCopy)
        operations.on("CompleteMultipartUpload", completeMultipartUpload)
        operations.on("AbortMultipartUpload", abortMultipartUpload)
        operations.on("ListParts", listParts)
        operations.on("ListMultipartUploads", listMultipartUploads)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
    func createMultipartUpload(_ input: CreateMultipartUploadInput, _ context: Context) async throws
        -> CreateMultipartUploadOutput
    {
        try WriteRules.checkKey(input.key)
        let headers = try WriteRules.headers(input, fromHeaders: context.http != nil)
        let tags = try TagRules.parse(input.tagging)
        let (algorithm, type) = try Self.checksumKind(input.checksumAlgorithm, input.checksumType)
        guard let bucket = try await buckets.current(input.bucket, in: context.store) else {
            throw S3Fault.noSuchBucket(input.bucket)
        }
        let (owner, grants) = try await access(AccessWish(input, isBucket: false), in: bucket, context)
        let sealing = try await sealingKey(try EncryptionPlan(input, in: bucket), in: bucket, key: input.key, context)
        let lock = try LockWish(input, now: context.now)
        if !lock.isEmpty, bucket.objectLock == nil {
            throw S3Fault.invalidRequest("Bucket is missing Object Lock Configuration")
        }
        let upload = UploadRecord(
            bucket: input.bucket, key: input.key, id: UploadTable.newID(context.now), initiated: context.now,
            initiatorARN: context.caller.arn, initiatorID: context.caller.principalID, headers: headers, tags: tags,
            algorithm: algorithm,
            type: type, isChosen: input.checksumAlgorithm != nil, encryption: sealing.encryption, owner: owner,
            grants: grants, lock: lock.isEmpty ? nil : lock)
        try await context.store.write { transaction in
            _ = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            try transaction.put(UploadTable.key(upload.bucket, upload.key, upload.id), upload)
        }
        var output = CreateMultipartUploadOutput(
            bucket: upload.bucket, key: upload.key, uploadID: upload.id,
            checksumAlgorithm: upload.isChosen ? algorithm.name : nil,
            checksumType: upload.isChosen ? type.name : nil)
        output.fill(sealing.encryption)
        if let setting = bucket.lifecycle,
            let end = LifecyclePlan(setting).abortion(of: upload.key, begun: upload.initiated)
        {
            (output.abortDate, output.abortRuleID) = (end.date, end.rule)
        }
        if sealing.encryption.method.usesKMS { output.sseKMSEncryptionContext = input.sseKMSEncryptionContext }
        return output
    }

    /// Which checksums an upload has; without a wish, CRC64NVME over the whole object.
    private static func checksumKind(_ name: String?, _ typeName: String?) throws -> (ChecksumAlgorithm, ChecksumType) {
        let type = try typeName.map { name in
            guard let known = ChecksumType(name: name) else {
                throw S3Fault.invalidRequest("Value for x-amz-checksum-type header is invalid.")
            }
            return known
        }
        guard let name else {
            guard typeName == nil else {
                throw S3Fault.invalidRequest(
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
            }
            return (.crc64nvme, .fullObject)
        }
        let algorithm = try ChecksumAlgorithm.named(name)
        let chosen = type ?? (algorithm == .crc64nvme ? .fullObject : .composite)
        let isPossible = chosen == .fullObject ? algorithm.combines : algorithm != .crc64nvme
        guard isPossible else {
            throw S3Fault.invalidRequest(
                "The \(chosen.name) checksum type cannot be used with the \(algorithm.name.lowercased()) checksum algorithm.")
        }
        return (algorithm, chosen)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
    func uploadPart(_ input: UploadPartInput, _ payload: RequestBody, _ context: Context) async throws -> Streamed<
        UploadPartOutput
    > {
        try Self.checkPartNumber(input.partNumber)
        let (bucket, upload) = try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            return (bucket, try UploadTable.upload(input.bucket, input.key, input.uploadID, in: snapshot))
        }
        let cipher = try await cipher(of: upload, in: bucket, given: input.customerKey(), context)
        var promise = try PayloadPromise(
            contentMD5: input.contentMD5, checksums: input, algorithm: input.checksumAlgorithm,
            isEmpty: payload.stream.length == 0, context: context, fallback: upload.algorithm)
        if promise.isChosen, promise.algorithm != upload.algorithm {
            guard !upload.isChosen else {
                throw S3Fault.invalidRequest(
                    "Checksum Type mismatch occurred, expected checksum Type: \(upload.algorithm.name.lowercased()), "
                        + "actual checksum Type: \(promise.algorithm.name.lowercased())")
            }
            // The object gets the checksum that an upload without a wish has, whatever vouches for its parts.
            promise.kept = upload.algorithm
        }
        // A composite checksum is made of what the client vouches for.
        guard promise.isChosen || !upload.isChosen || upload.type == .fullObject else {
            throw S3Fault.invalidRequest(
                "Checksum Type mismatch occurred, expected checksum Type: \(upload.algorithm.name.lowercased()), "
                    + "actual checksum Type: null")
        }
        let chosen = promise.algorithm
        promise.isChosen = true
        let received = try await receive(payload, promise, sealedBy: cipher, inlineUpTo: -1, context.platform)
        let part: PartRecord
        do {
            part = try await keep(received, as: input.partNumber, of: upload, context)
        } catch {
            await drop(received.body, context.platform)
            throw error
        }
        var output = UploadPartOutput()
        output.eTag = "\"\(part.eTag)\""
        output[chosen] = received.checksum.value
        output.fill(upload.encryption)
        return Streamed(output)
    }

    /// The cipher of an upload's parts: the key that its creation asked for, or a customer's, which must be the same again.
    func cipher(
        of upload: UploadRecord, in bucket: BucketRecord, given: CustomerKey?, _ context: Context
    ) async throws -> ObjectCipher? {
        if upload.encryption?.method == .customer {
            guard let given else {
                throw S3Fault.invalidRequest(
                    "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate "
                        + "encryption parameters.")
            }
            guard let encryption = upload.encryption, given.opens(encryption) else { throw S3Fault.encryptionMismatch }
        } else if given != nil {
            throw S3Fault.invalidRequest(
                "The multipart upload initiate did not request encryption. Please resend the request without sending encryption "
                    + "parameters.")
        }
        return try await cipher(of: upload.encryption, in: bucket, given: given, context)
    }

    static func checkPartNumber(_ number: Int) throws {
        guard (1...Limit.parts).contains(number) else {
            throw S3Fault.invalidArgument(
                "Part number must be an integer between 1 and 10000, inclusive", name: "partNumber", value: String(number))
        }
    }

    /// Records a part, in place of one with its number.
    func keep(_ received: ReceivedPayload, as number: Int, of upload: UploadRecord, _ context: Context) async throws -> PartRecord
    {
        guard case .blobs(let manifest) = received.body, let blob = manifest.segments.first?.blob else {
            throw StoreError.corrupt("a part is always a blob")
        }
        let sum = received.kept ?? received.checksum
        let checksum = sum.algorithm == upload.algorithm ? sum.value : ""
        let part = PartRecord(
            number: number, blob: blob, storedSum: manifest.segments.first?.storedSum, eTag: received.eTag(upload.encryption),
            checksum: checksum,
            lastModified: context.platform.clock.now())
        try await context.store.write { [collector] transaction in
            // The upload may have ended while the bytes came.
            _ = try UploadTable.upload(upload.bucket, upload.key, upload.id, in: transaction)
            let place = UploadTable.part(upload.bucket, upload.id, number)
            if let old = try transaction.record(PartRecord.self, place) {
                try BlobCount.release(old.blob.id, in: transaction)
                transaction.afterCommit { collector.wake() }
            }
            try BlobCount.retain(blob.id, in: transaction)
            try transaction.put(place, part)
        }
        return part
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
    func abortMultipartUpload(_ input: AbortMultipartUploadInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { [collector] transaction in
            _ = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            let upload = try UploadTable.upload(input.bucket, input.key, input.uploadID, in: transaction)
            if let moment = input.ifMatchInitiatedTime, moment.seconds != upload.initiated.seconds {
                throw S3Fault.preconditionFailed("x-amz-if-match-initiated-time")
            }
            try UploadTable.remove(upload, transaction)
            transaction.afterCommit { collector.wake() }
        }
        return Nothing()
    }
}

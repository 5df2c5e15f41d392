import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    func putObject(_ input: PutObjectInput, _ payload: RequestBody, _ context: Context) async throws -> Streamed<PutObjectOutput>
    {
        try WriteRules.checkKey(input.key)
        if input.writeOffsetBytes != nil { throw S3Fault.header(notImplemented: "x-amz-write-offset-bytes") }
        let conditions = try WriteConditions(ifMatch: input.ifMatch, ifNoneMatch: input.ifNoneMatch)
        var record = ObjectRecord()
        record.headers = try WriteRules.headers(input, fromHeaders: context.http?.method == "PUT")
        record.tags = try TagRules.parse(input.tagging)
        let lock = try LockWish(input, now: context.now)
        let wish = try AccessWish(input, isBucket: false)
        let promise = try PayloadPromise(
            contentMD5: input.contentMD5, checksums: input, algorithm: input.checksumAlgorithm,
            isEmpty: payload.stream.length == 0, context: context)
        if (payload.stream.length ?? .max) > Int64(Limit.inlineSize) {
            // Fail before the bytes travel, not after.
            try await context.store.read { snapshot in
                let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
                try conditions.check(ObjectTable.head(bucket.name, input.key, in: snapshot), key: input.key)
            }
        }
        guard let bucket = try await buckets.current(input.bucket, in: context.store) else {
            throw S3Fault.noSuchBucket(input.bucket)
        }
        (record.owner, record.grants) = try await access(wish, in: bucket, context)
        if !lock.isEmpty, input.contentMD5 == nil, !promise.isChosen {
            throw S3Fault.invalidRequest(
                "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters")
        }
        try record.lock(lock, in: bucket, now: context.now)
        let sealing = try await sealingKey(try EncryptionPlan(input, in: bucket), in: bucket, key: input.key, context)
        let received = try await receive(payload, promise, sealedBy: sealing.cipher, context.platform)
        record.size = received.size
        record.encryption = sealing.encryption
        record.eTag = received.eTag(sealing.encryption)
        record.checksum = received.checksum
        record.storedSum = received.body.inlineSum
        let write = ObjectWrite(
            bucket: input.bucket, owner: input.expectedBucketOwner, key: input.key, record: record, body: received.body,
            // A form's upload comes by POST.
            conditions: conditions, event: context.http?.method == "POST" ? .post : .put)
        let stored: ObjectRecord
        do {
            stored = try await store(write, context)
        } catch {
            await drop(received.body, context.platform)
            throw error
        }
        var output = PutObjectOutput()
        output.eTag = stored.quotedETag
        output[received.checksum.algorithm] = received.checksum.value
        output.checksumType = received.checksum.type.name
        output.versionID = stored.nonce == nil ? nil : stored.versionID
        output.fill(stored.encryption)
        output.expiration = bucket.expirationHeader(stored, input.key)
        if stored.encryption?.method.usesKMS == true { output.sseKMSEncryptionContext = input.sseKMSEncryptionContext }
        return Streamed(output)
    }
}

/// A new current version, ready to be committed.
struct ObjectWrite: Sendable {
    var bucket: String
    /// The expected bucket owner.
    var owner: String?
    var key: String
    var record: ObjectRecord
    var body: ObjectBody
    var conditions: WriteConditions
    var event: ObjectEvent.Kind
}

extension S3Service {
    /// Commits a new object with its events in one transaction.
    /// - Returns: the record as stored.
    func store(_ write: ObjectWrite, _ context: Context) async throws -> ObjectRecord {
        try await context.store.write { transaction in
            for id in write.body.blobs { try BlobCount.retain(id, in: transaction) }
            return try commit(write, context, transaction)
        }
    }

    /// The same inside a transaction that has more to do. The body's blobs are counted already.
    func commit(_ write: ObjectWrite, _ context: Context, _ transaction: Transaction) throws -> ObjectRecord {
        let bucket = try requiredBucket(write.bucket, owner: write.owner, in: transaction)
        let head = try ObjectTable.head(bucket.name, write.key, in: transaction)
        try write.conditions.check(head, key: write.key)
        var record = write.record
        let rules = bucket.replicationRules(for: record, write.key)
        if !rules.isEmpty { record.replication = ReplicationState(waiting: rules.map(\.destinationName)) }
        let stored = try ObjectTable.put(
            record, write.body, replacing: head, in: bucket, write.key, now: context.platform.clock.now(), transaction)
        try announce(ObjectEvent(write.event, write.key, stored), in: bucket, context, transaction)
        try sendReplicas(of: stored, write.key, by: rules, in: bucket, context, transaction)
        transaction.afterCommit { [collector] in if head?.storage == .blobs { collector.wake() } }
        return stored
    }
}

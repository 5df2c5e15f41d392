import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    func deleteObject(_ input: DeleteObjectInput, _ context: Context) async throws -> DeleteObjectOutput {
        try WriteRules.checkKey(input.key)
        return try await context.store.write { transaction in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            let head = try ObjectTable.head(bucket.name, input.key, in: transaction)
            transaction.afterCommit { [collector] in collector.wake() }
            if let id = input.versionID { return try remove(version: id, input, bucket, context, transaction) }
            try check(input, head)
            guard bucket.versioning != nil else {
                if let head {
                    try ObjectTable.remove(head, bucket.name, input.key, transaction)
                    let gone = ObjectEvent(.delete, input.key, head, order: max(context.now.microseconds, head.order + 1))
                    try announce(gone, in: bucket, context, transaction)
                }
                return DeleteObjectOutput()
            }
            var marker = ObjectRecord()
            marker.isDeleteMarker = true
            let rules = bucket.replicationRules(for: marker, input.key)
            if !rules.isEmpty { marker.replication = ReplicationState(waiting: rules.map(\.destinationName)) }
            let placed = try ObjectTable.put(
                marker, .nothing, replacing: head, in: bucket, input.key, now: context.platform.clock.now(), transaction)
            try announce(ObjectEvent(.deleteMarkerCreated, input.key, placed), in: bucket, context, transaction)
            try sendReplicas(of: placed, input.key, by: rules, in: bucket, context, transaction)
            return DeleteObjectOutput(deleteMarker: true, versionID: placed.versionID)
        }
    }

    /// Removes one version for good; a version that is not there counts as removed.
    private func remove(
        version id: String, _ input: DeleteObjectInput, _ bucket: BucketRecord, _ context: Context, _ transaction: Transaction
    ) throws -> DeleteObjectOutput {
        let record = try ObjectTable.version(bucket.name, input.key, id, in: transaction)
        try check(input, record)
        if let record {
            let bypasses = input.bypassGovernanceRetention == true
            guard !record.isProtected(at: context.now, bypasses: bypasses) else { throw S3Fault.lockedObject }
            if bucket.needsMFAToDelete == true { try SecondFactor.check(input.mfa, bucket, context, transaction) }
            try ObjectTable.remove(record, bucket.name, input.key, transaction)
            try announce(ObjectEvent(.delete, input.key, record), in: bucket, context, transaction)
        }
        return DeleteObjectOutput(deleteMarker: record?.isDeleteMarker == true ? true : nil, versionID: id)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    private func check(_ input: DeleteObjectInput, _ record: ObjectRecord?) throws {
        if let ifMatch = input.ifMatch {
            guard let record, !record.isDeleteMarker else {
                // `*` asks for an object to be there; an ETag of none names one that is gone.
                throw ifMatch == "*" ? S3Fault.preconditionFailed("If-Match") : S3Fault.noSuchKey(input.key)
            }
            guard ReadConditions.matches(ifMatch, record.eTag) else { throw S3Fault.preconditionFailed("If-Match") }
        }
        if let size = input.ifMatchSize, let record, record.size != size {
            throw S3Fault.preconditionFailed("x-amz-if-match-size")
        }
        if let moment = input.ifMatchLastModifiedTime, let record, record.lastModified.seconds != moment.seconds {
            throw S3Fault.preconditionFailed("x-amz-if-match-last-modified-time")
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    /// Each key is a DeleteObject of its own by the same caller: permission, condition and error are the key's.
    func deleteObjects(_ input: DeleteObjectsInput, _ context: Context) async throws -> DeleteObjectsOutput {
        let objects = input.delete.objects
        guard !objects.isEmpty, objects.count <= Limit.deleteKeys, objects.allSatisfy({ !$0.key.isEmpty }) else {
            throw S3Fault.malformedXML
        }
        _ = try await context.store.read { try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: $0) }
        try Self.demandChecksum(context)
        var outcomes = [Result<Document, AWSError>?](repeating: nil, count: objects.count)
        try await withThrowingTaskGroup(of: (Int, Result<Document, AWSError>).self) { group in
            var started = 0
            func start() {
                guard started < objects.count else { return }
                let (index, object) = (started, objects[started])
                started += 1
                group.addTask { (index, await self.delete(object, input, context)) }
            }
            for _ in 0..<Limit.deleteWidth { start() }
            for try await (index, outcome) in group {
                outcomes[index] = outcome
                start()
            }
        }
        return summary(objects, outcomes, isQuiet: input.delete.quiet ?? false)
    }

    /// A list of deletions that nothing vouches for is not taken. Calls from inside have no body to vouch for.
    private static func demandChecksum(_ context: Context) throws {
        guard let headers = context.http?.headers else { return }
        guard
            headers["content-md5"] != nil || ChecksumAlgorithm.allCases.contains(where: { headers[$0.headerName] != nil })
                || ChecksumAlgorithm.trailing(headers) != nil
        else {
            throw S3Fault.invalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
        }
    }

    private func delete(_ object: Shape.ObjectIdentifier, _ input: DeleteObjectsInput, _ context: Context) async -> Result<
        Document, AWSError
    > {
        var single: Members = [
            "Bucket": .string(Passage.current?.arn ?? input.bucket), "Key": .string(object.key),
        ]
        if let bypass = input.bypassGovernanceRetention { single["BypassGovernanceRetention"] = .bool(bypass) }
        if let mfa = input.mfa { single["MFA"] = .string(mfa) }
        if let version = object.versionID { single["VersionId"] = .string(version) }
        if let eTag = object.eTag { single["IfMatch"] = .string(eTag) }
        if let size = object.size { single["IfMatchSize"] = .integer(size) }
        if let moment = object.lastModifiedTime { single["IfMatchLastModifiedTime"] = .timestamp(moment) }
        do {
            let call = Call(
                Self.id, "DeleteObject", .map(single), caller: context.caller, region: context.region,
                requestID: context.requestID,
                http: context.http)
            return .success(try await context.platform.call(call).output)
        } catch let error as AWSError {
            return .failure(error)
        } catch {
            return .failure(.internalFailure)
        }
    }

    private func summary(
        _ objects: [Shape.ObjectIdentifier], _ outcomes: [Result<Document, AWSError>?], isQuiet: Bool
    ) -> DeleteObjectsOutput {
        var output = DeleteObjectsOutput()
        for (object, outcome) in zip(objects, outcomes) {
            switch outcome {
            case .success(let done):
                guard !isQuiet else { continue }
                let isMarker = done["DeleteMarker"]?.bool
                let marker = isMarker == true ? done["VersionId"]?.string : nil
                output.deleted =
                    (output.deleted ?? []) + [
                        Shape.DeletedObject(
                            key: object.key, versionID: object.versionID, deleteMarker: isMarker, deleteMarkerVersionID: marker)
                    ]
            case .failure(let error):
                output.errors =
                    (output.errors ?? []) + [
                        Shape.DeleteError(key: object.key, versionID: object.versionID, code: error.code, message: error.message)
                    ]
            case nil: continue
            }
        }
        return output
    }
}

import Documents
import Kernel
import Store

extension S3Service {
    func registerLocks(in operations: inout Operations) {
        operations.on("PutObjectLockConfiguration", putObjectLockConfiguration)
        operations.on("GetObjectLockConfiguration", getObjectLockConfiguration)
        operations.on("PutObjectRetention", putObjectRetention)
        operations.on("GetObjectRetention", getObjectRetention)
        operations.on("PutObjectLegalHold", putObjectLegalHold)
        operations.on("GetObjectLegalHold", getObjectLegalHold)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
    func putObjectLockConfiguration(_ input: PutObjectLockConfigurationInput, _ context: Context) async throws -> Nothing {
        guard let shape = input.objectLockConfiguration else { throw S3Fault.malformedXML }
        let setting = try ObjectLockSetting(shape)
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { bucket in
            guard bucket.versioning == .enabled else {
                throw S3Fault.invalidBucketState(
                    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
            }
            bucket.objectLock = setting
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
    func getObjectLockConfiguration(
        _ input: BucketSettingInput, _ context: Context
    ) async throws -> GetObjectLockConfigurationOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard let setting = bucket.objectLock else { throw S3Fault.noObjectLock(bucket.name) }
        return GetObjectLockConfigurationOutput(objectLockConfiguration: setting.shape)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
    /// Longer is always possible; shorter, weaker or none only under governance, by who may bypass it.
    func putObjectRetention(_ input: PutObjectRetentionInput, _ context: Context) async throws -> Nothing {
        guard let shape = input.retention else { throw S3Fault.malformedXML }
        var wanted: Retention?
        if shape.mode != nil || shape.retainUntilDate != nil {
            guard let mode = shape.mode.flatMap(Retention.Mode.init(rawValue:)), let until = shape.retainUntilDate else {
                throw S3Fault.malformedXML
            }
            wanted = Retention(
                mode: mode, until: try LockWish.future(until, now: context.now, name: "RetainUntilDate"))
        }
        let (new, bypasses) = (wanted, input.bypassGovernanceRetention == true)
        try await changeLock(input.bucket, input.expectedBucketOwner, input.key, input.versionID, context) { record in
            if let old = record.retention, old.until > context.now {
                let isWeaker = new.map { $0.until < old.until || $0.mode == .governance && old.mode == .compliance } ?? true
                let isRefused = old.mode == .compliance ? isWeaker : (isWeaker || new?.mode != old.mode) && !bypasses
                guard !isRefused else { throw S3Fault.lockedObject }
            }
            record.retention = new
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
    func getObjectRetention(_ input: ObjectLockInput, _ context: Context) async throws -> GetObjectRetentionOutput {
        let record = try await locked(input, context)
        guard let retention = record.retention else { throw S3Fault.noObjectLockOnObject }
        return GetObjectRetentionOutput(
            retention: Shape.ObjectLockRetention(mode: retention.mode.rawValue, retainUntilDate: retention.until))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html
    func putObjectLegalHold(_ input: PutObjectLegalHoldInput, _ context: Context) async throws -> Nothing {
        guard let status = input.legalHold?.status, status == "ON" || status == "OFF" else { throw S3Fault.malformedXML }
        try await changeLock(input.bucket, input.expectedBucketOwner, input.key, input.versionID, context) {
            $0.legalHold = status == "ON"
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html
    func getObjectLegalHold(_ input: ObjectLockInput, _ context: Context) async throws -> GetObjectLegalHoldOutput {
        let record = try await locked(input, context)
        guard record.legalHold != nil || record.retention != nil else { throw S3Fault.noObjectLockOnObject }
        return GetObjectLegalHoldOutput(legalHold: Shape.ObjectLockLegalHold(status: record.isLegalHeld ? "ON" : "OFF"))
    }

    private func locked(_ input: ObjectLockInput, _ context: Context) async throws -> ObjectRecord {
        try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            guard bucket.objectLock != nil else {
                throw S3Fault.invalidRequest("Bucket is missing Object Lock Configuration")
            }
            return try ObjectTable.visible(bucket.name, input.key, version: input.versionID, in: snapshot)
        }
    }

    private func changeLock(
        _ name: String, _ owner: String?, _ key: String, _ version: String?, _ context: Context,
        _ body: @escaping @Sendable (inout ObjectRecord) throws -> Void
    ) async throws {
        try await context.store.write { transaction in
            let bucket = try requiredBucket(name, owner: owner, in: transaction)
            guard bucket.objectLock != nil else {
                throw S3Fault.invalidRequest("Bucket is missing Object Lock Configuration")
            }
            var record = try ObjectTable.visible(bucket.name, key, version: version, in: transaction)
            try body(&record)
            try followChange(&record, key, in: bucket, context, transaction)
            try ObjectTable.update(record, bucket.name, key, transaction)
        }
    }
}

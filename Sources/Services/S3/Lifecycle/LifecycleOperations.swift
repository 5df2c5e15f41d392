import Documents
import Kernel
import Store

extension S3Service {
    func registerLifecycle(in operations: inout Operations) {
        operations.on("PutBucketLifecycleConfiguration", putBucketLifecycleConfiguration)
        operations.on("GetBucketLifecycleConfiguration", getBucketLifecycleConfiguration)
        operations.on("DeleteBucketLifecycle", deleteBucketLifecycle)
        operations.timer("lifecycle", runLifecycle)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
    func putBucketLifecycleConfiguration(
        _ input: PutBucketLifecycleConfigurationInput, _ context: Context
    ) async throws -> PutBucketLifecycleConfigurationOutput {
        let rules = try LifecycleRules.check(input.lifecycleConfiguration?.rules ?? [])
        let minimum = input.transitionDefaultMinimumObjectSize ?? LifecycleRules.uniform
        guard minimum == LifecycleRules.uniform || minimum == LifecycleRules.variesByClass else {
            throw S3Fault.invalidRequest("Invalid TransitionDefaultMinimumObjectSize found: \(minimum)")
        }
        let setting = LifecycleSetting(rules: rules, minimumSize: minimum)
        try await context.store.write { transaction in
            var bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            if bucket.needsMFAToDelete == true {
                throw S3Fault.invalidBucketState("Lifecycle configuration on MFA-enabled buckets is not supported.")
            }
            bucket.lifecycle = setting
            try transaction.put(BucketRecord.key(bucket.name), bucket)
            buckets.changes(bucket.name, in: transaction)
            // A run that is under way goes on with the new rules.
            guard try transaction.timerDue(Self.id, id: LifecycleRun.timerID(bucket.name)) == nil else { return }
            try transaction.schedule(LifecycleRun.next(bucket.name, after: context.now), on: context.platform)
        }
        return PutBucketLifecycleConfigurationOutput(transitionDefaultMinimumObjectSize: minimum)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
    func getBucketLifecycleConfiguration(
        _ input: BucketSettingInput, _ context: Context
    ) async throws -> GetBucketLifecycleConfigurationOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard let setting = bucket.lifecycle else { throw S3Fault.noLifecycle(bucket.name) }
        return GetBucketLifecycleConfigurationOutput(
            rules: setting.rules, transitionDefaultMinimumObjectSize: setting.minimumSize)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html
    func deleteBucketLifecycle(_ input: BucketSettingInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            bucket.lifecycle = nil
            try transaction.put(BucketRecord.key(bucket.name), bucket)
            buckets.changes(bucket.name, in: transaction)
            try transaction.cancelTimer(Self.id, id: LifecycleRun.timerID(bucket.name))
        }
        return Nothing()
    }
}

extension BucketRecord {
    /// `x-amz-expiration` of a key's current version; nil where no rule ends it.
    func expirationHeader(_ record: ObjectRecord, _ key: String) -> String? {
        lifecycle.flatMap { LifecyclePlan($0).expirationHeader(record, key) }
    }
}

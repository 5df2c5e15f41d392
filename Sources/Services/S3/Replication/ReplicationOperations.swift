import Documents
import Kernel
import Store

extension S3Service {
    func registerReplication(in operations: inout Operations) {
        operations.on("PutBucketReplication", putBucketReplication)
        operations.on("GetBucketReplication", getBucketReplication)
        operations.on("DeleteBucketReplication", deleteBucketReplication)
        operations.delivery("replicate", replicate)
        operations.timer("replication-late", replicationLate)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
    func putBucketReplication(_ input: PutBucketReplicationInput, _ context: Context) async throws -> Nothing {
        let configuration = try ReplicationRules.check(input.replicationConfiguration)
        try await context.store.write { transaction in
            var bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            guard bucket.versioning == .enabled else {
                throw S3Fault.invalidRequest(
                    "Versioning must be 'Enabled' on the bucket to apply a replication configuration")
            }
            for rule in configuration.rules {
                guard rule.destinationName != bucket.name else {
                    throw S3Fault.invalidRequest("Destination bucket cannot be the same as the source bucket.")
                }
                guard let target = try buckets.record(rule.destinationName, in: transaction) else {
                    throw S3Fault.invalidRequest("Destination bucket must exist.")
                }
                guard target.versioning == .enabled else {
                    throw S3Fault.invalidRequest("Destination bucket must have versioning enabled.")
                }
                if bucket.objectLock != nil, target.objectLock == nil {
                    throw S3Fault.invalidRequest("Destination bucket must have Object Lock enabled.")
                }
            }
            bucket.replication = configuration
            try transaction.put(BucketRecord.key(bucket.name), bucket)
            buckets.changes(bucket.name, in: transaction)
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
    func getBucketReplication(_ input: BucketSettingInput, _ context: Context) async throws -> GetBucketReplicationOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard let configuration = bucket.replication else { throw S3Fault.noReplication(bucket.name) }
        return GetBucketReplicationOutput(replicationConfiguration: configuration)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html
    func deleteBucketReplication(_ input: BucketSettingInput, _ context: Context) async throws -> Nothing {
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.replication = nil }
        return Nothing()
    }
}

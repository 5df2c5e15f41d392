import Documents
import Kernel
import Store

extension S3Service {
    func registerBucketSettings(in operations: inout Operations) {
        operations.stream("PutBucketTagging") { (input: PutBucketTaggingInput, _, context) in
            Streamed(try await putBucketTagging(input, context), status: 204)
        }
        operations.on("GetBucketTagging", getBucketTagging)
        operations.on("DeleteBucketTagging", deleteBucketTagging)
        operations.on("PutBucketVersioning", putBucketVersioning)
        operations.on("GetBucketVersioning", getBucketVersioning)
        operations.stream("PutBucketPolicy") { (input: PutBucketPolicyInput, _, context) in
            Streamed(try await putBucketPolicy(input, context), status: 204)
        }
        operations.on("GetBucketPolicy", getBucketPolicy)
        operations.on("DeleteBucketPolicy", deleteBucketPolicy)
        operations.on("PutPublicAccessBlock", putPublicAccessBlock)
        operations.on("GetPublicAccessBlock", getPublicAccessBlock)
        operations.on("DeletePublicAccessBlock", deletePublicAccessBlock)
    }

    /// Changes a bucket's record in one transaction.
    func change(
        _ name: String, owner: String?, _ context: Context, _ body: @escaping @Sendable (inout BucketRecord) throws -> Void
    )
        async throws
    {
        try await context.store.write { transaction in
            var record = try requiredBucket(name, owner: owner, in: transaction)
            try body(&record)
            try transaction.put(BucketRecord.key(name), record)
            buckets.changes(name, in: transaction)
        }
    }

    func settings(_ name: String, owner: String?, _ context: Context) async throws -> BucketRecord {
        try await context.store.read { try requiredBucket(name, owner: owner, in: $0) }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
    func putBucketTagging(_ input: PutBucketTaggingInput, _ context: Context) async throws -> Nothing {
        let tags = try TagRules.check(input.tagging.tagSet, limit: Limit.bucketTags)
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { bucket in
            try bucket.checkTagsMayBeReplaced()
            bucket.tags = tags
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html
    func getBucketTagging(_ input: GetBucketTaggingInput, _ context: Context) async throws -> GetBucketTaggingOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard let tags = bucket.tags, !tags.isEmpty else { throw S3Fault.noSuchTagSet(bucket.name) }
        return GetBucketTaggingOutput(tagSet: tags.map(Shape.Tag.init))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html
    func deleteBucketTagging(_ input: DeleteBucketTaggingInput, _ context: Context) async throws -> Nothing {
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { bucket in
            try bucket.checkTagsMayBeReplaced()
            bucket.tags = nil
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
    func putBucketVersioning(_ input: PutBucketVersioningInput, _ context: Context) async throws -> Nothing {
        guard let status = input.versioningConfiguration.status else { throw S3Fault.illegalVersioning }
        guard let versioning = BucketRecord.Versioning(rawValue: status) else { throw S3Fault.malformedXML }
        let wantsMFA = try input.versioningConfiguration.mfaDelete.map { word in
            guard word == "Enabled" || word == "Disabled" else { throw S3Fault.malformedXML }
            return word == "Enabled"
        }
        // Only the account's root user may ask for a second factor, or give it up.
        if wantsMFA != nil, context.caller.kind != .root { throw S3Fault.accessDenied }
        try await context.store.write { transaction in
            var bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            if versioning == .suspended, bucket.objectLock != nil {
                throw S3Fault.invalidBucketState(
                    "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
            }
            if versioning == .suspended, bucket.replication != nil {
                throw S3Fault.invalidBucketState(
                    "A replication configuration is present on this bucket, so you cannot change the versioning state. To change "
                        + "the versioning state, first delete the replication configuration.")
            }
            if wantsMFA == true, bucket.lifecycle != nil {
                throw S3Fault.invalidBucketState("MFA delete cannot be enabled on a bucket with a lifecycle configuration.")
            }
            if bucket.needsMFAToDelete == true || wantsMFA == true {
                try SecondFactor.check(input.mfa, bucket, context, transaction)
            }
            bucket.versioning = versioning
            if let wantsMFA { bucket.needsMFAToDelete = wantsMFA ? true : nil }
            try transaction.put(BucketRecord.key(bucket.name), bucket)
            buckets.changes(bucket.name, in: transaction)
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
    func getBucketVersioning(_ input: GetBucketVersioningInput, _ context: Context) async throws -> GetBucketVersioningOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        return GetBucketVersioningOutput(
            status: bucket.versioning?.rawValue, mfaDelete: bucket.needsMFAToDelete.map { $0 ? "Enabled" : "Disabled" })
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    func putBucketPolicy(_ input: PutBucketPolicyInput, _ context: Context) async throws -> Nothing {
        guard input.policy.utf8.count <= Limit.policySize else {
            throw S3Fault.invalidArgument("Policy exceeds the maximum allowed document size.", name: "policy", value: "")
        }
        try BucketPolicyRules.check(input.policy, bucket: input.bucket)
        let policy = try await context.store.write { try BucketPolicyRules.bound(input.policy, in: $0) }
        let isPublic = PublicPolicy.isPublic(input.policy)
        if isPublic {
            // What the caller may do is not in question: the bucket takes no public policy.
            let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
            if try await block(on: bucket, in: context.store).blockPublicPolicy { throw S3Fault.accessDenied }
        }
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { bucket in
            if isPublic, bucket.publicAccessBlock?.blockPublicPolicy == true { throw S3Fault.accessDenied }
            (bucket.policy, bucket.isPolicyPublic) = (policy, isPublic)
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
    func getBucketPolicy(_ input: GetBucketPolicyInput, _ context: Context) async throws -> GetBucketPolicyOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard let policy = bucket.policy else { throw S3Fault.noSuchBucketPolicy(bucket.name) }
        return GetBucketPolicyOutput(policy: try await context.store.shown(policy: policy))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
    func deleteBucketPolicy(_ input: DeleteBucketPolicyInput, _ context: Context) async throws -> Nothing {
        try await change(input.bucket, owner: input.expectedBucketOwner, context) {
            ($0.policy, $0.isPolicyPublic) = (nil, nil)
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
    func putPublicAccessBlock(_ input: PutPublicAccessBlockInput, _ context: Context) async throws -> Nothing {
        let block = PublicAccessBlock(input.publicAccessBlockConfiguration)
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.publicAccessBlock = block }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
    func getPublicAccessBlock(_ input: GetPublicAccessBlockInput, _ context: Context) async throws -> GetPublicAccessBlockOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard let block = bucket.publicAccessBlock else { throw S3Fault.noSuchPublicAccessBlock(bucket.name) }
        return GetPublicAccessBlockOutput(publicAccessBlockConfiguration: block.shape)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html
    func deletePublicAccessBlock(_ input: DeletePublicAccessBlockInput, _ context: Context) async throws -> Nothing {
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.publicAccessBlock = nil }
        return Nothing()
    }
}

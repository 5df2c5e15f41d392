import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
    func putObjectTagging(_ input: PutObjectTaggingInput, _ context: Context) async throws -> PutObjectTaggingOutput {
        let tags = try TagRules.check(input.tagging.tagSet, limit: Limit.objectTags)
        let version = try await setTags(
            tags, input.bucket, owner: input.expectedBucketOwner, input.key, version: input.versionID, .taggingPut, context)
        return PutObjectTaggingOutput(versionID: version)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
    func getObjectTagging(_ input: GetObjectTaggingInput, _ context: Context) async throws -> GetObjectTaggingOutput {
        try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            let record = try ObjectTable.visible(bucket.name, input.key, version: input.versionID, in: snapshot)
            return GetObjectTaggingOutput(
                versionID: bucket.versioning == nil ? nil : record.versionID,
                tagSet: record.tags.map(Shape.Tag.init))
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html
    func deleteObjectTagging(_ input: DeleteObjectTaggingInput, _ context: Context) async throws -> DeleteObjectTaggingOutput {
        let version = try await setTags(
            [], input.bucket, owner: input.expectedBucketOwner, input.key, version: input.versionID, .taggingDelete, context)
        return DeleteObjectTaggingOutput(versionID: version)
    }

    /// - Returns: the version id, where the bucket has versions.
    private func setTags(
        _ tags: [Tag], _ name: String, owner: String?, _ key: String, version: String?, _ event: ObjectEvent.Kind,
        _ context: Context
    ) async throws -> String? {
        try await context.store.write { transaction in
            let bucket = try requiredBucket(name, owner: owner, in: transaction)
            var record = try ObjectTable.visible(bucket.name, key, version: version, in: transaction)
            record.tags = tags
            try followChange(&record, key, in: bucket, context, transaction)
            try ObjectTable.update(record, bucket.name, key, transaction)
            try announce(ObjectEvent(event, key, record), in: bucket, context, transaction)
            return bucket.versioning == nil ? nil : record.versionID
        }
    }
}

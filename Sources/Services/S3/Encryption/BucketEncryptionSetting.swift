import Documents
import Kernel
import Store

extension S3Service {
    func registerEncryption(in operations: inout Operations) {
        operations.on("PutBucketEncryption", putBucketEncryption)
        operations.on("UpdateObjectEncryption", updateObjectEncryption)
        operations.on("GetBucketEncryption", getBucketEncryption)
        operations.on("DeleteBucketEncryption", deleteBucketEncryption)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
    func putBucketEncryption(_ input: PutBucketEncryptionInput, _ context: Context) async throws -> Nothing {
        let rules = input.serverSideEncryptionConfiguration.rules
        guard rules.count == 1 else { throw S3Fault.malformedXML }
        let rule = rules[0]
        guard rule.applyServerSideEncryptionByDefault != nil || rule.blockedEncryptionTypes != nil else {
            throw S3Fault.malformedXML
        }
        let asked = rule.applyServerSideEncryptionByDefault
        guard let method = ObjectEncryption.Method(header: asked?.sseAlgorithm ?? "AES256") else { throw S3Fault.malformedXML }
        if asked?.kmsMasterKeyID != nil, !method.usesKMS {
            throw S3Fault.invalidArgument(
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
                name: "KMSMasterKeyID", value: asked?.kmsMasterKeyID ?? "")
        }
        let blocked = rule.blockedEncryptionTypes?.encryptionType
        guard blocked?.allSatisfy({ $0 == "SSE-C" || $0 == "NONE" }) ?? true else { throw S3Fault.malformedXML }
        let setting = BucketEncryption(
            method: method, keyID: asked?.kmsMasterKeyID, usesBucketKey: rule.bucketKeyEnabled,
            blocksCustomerKeys: blocked.map { $0.contains("SSE-C") })
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.encryption = setting }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html: every bucket has a default.
    func getBucketEncryption(_ input: GetBucketEncryptionInput, _ context: Context) async throws -> GetBucketEncryptionOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        let setting = bucket.encryption ?? BucketEncryption(method: .s3)
        let rule = Shape.ServerSideEncryptionRule(
            applyServerSideEncryptionByDefault: Shape.ServerSideEncryptionByDefault(
                sseAlgorithm: setting.method.header ?? "AES256", kmsMasterKeyID: setting.keyID),
            bucketKeyEnabled: setting.usesBucketKey ?? false,
            blockedEncryptionTypes: setting.blocksCustomerKeys.map {
                Shape.BlockedEncryptionTypes(encryptionType: [$0 ? "SSE-C" : "NONE"])
            })
        return GetBucketEncryptionOutput(
            serverSideEncryptionConfiguration: Shape.ServerSideEncryptionConfiguration(rules: [rule]))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html: the default is SSE-S3 again.
    func deleteBucketEncryption(_ input: DeleteBucketEncryptionInput, _ context: Context) async throws -> Nothing {
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.encryption = nil }
        return Nothing()
    }
}

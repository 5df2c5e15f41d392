import Documents
import Kernel
import Store

/// Who owns objects that other accounts write, and whether lists count
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html).
enum Ownership: String, Codable, Sendable {
    /// The bucket's owner owns everything; lists are off.
    case enforced = "BucketOwnerEnforced"
    /// The bucket's owner, where the writer gives it full control by name.
    case preferred = "BucketOwnerPreferred"
    case writer = "ObjectWriter"
    /// The setting was deleted: as ``writer``.
    case unset = ""
}

extension BucketRecord {
    /// Buckets from before the setting have lists off, as new ones do.
    var objectOwnership: Ownership { ownership ?? .enforced }
    var usesACLs: Bool { objectOwnership != .enforced }

    /// The account that owns an object written by `caller`; nil for the bucket's own.
    func owner(writtenBy caller: Caller, _ wish: AccessWish) -> String? {
        guard usesACLs, caller.account != account, caller.account.utf8.count == 12 else { return nil }
        if objectOwnership == .preferred, case .canned(.bucketOwnerFullControl) = wish { return nil }
        return caller.account
    }
}

extension S3Service {
    func registerOwnership(in operations: inout Operations) {
        operations.on("PutBucketOwnershipControls", putBucketOwnershipControls)
        operations.on("GetBucketOwnershipControls", getBucketOwnershipControls)
        operations.on("DeleteBucketOwnershipControls", deleteBucketOwnershipControls)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
    func putBucketOwnershipControls(_ input: PutBucketOwnershipControlsInput, _ context: Context) async throws -> Nothing {
        let rules = input.ownershipControls.rules
        guard rules.count == 1, let ownership = Ownership(rawValue: rules[0].objectOwnership), ownership != .unset else {
            throw S3Fault.malformedXML
        }
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { bucket in
            let own = CanonicalUser.id(bucket.account)
            if ownership == .enforced, bucket.grants?.contains(where: { $0.grantee != own }) == true {
                throw S3Fault.bucketACLWithOwnership
            }
            bucket.ownership = ownership
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html
    func getBucketOwnershipControls(
        _ input: GetBucketOwnershipControlsInput, _ context: Context
    ) async throws -> GetBucketOwnershipControlsOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard bucket.objectOwnership != .unset else { throw S3Fault.noOwnershipControls(bucket.name) }
        return GetBucketOwnershipControlsOutput(
            ownershipControls: Shape.OwnershipControls(rules: [
                Shape.OwnershipControlsRule(objectOwnership: bucket.objectOwnership.rawValue)
            ]))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html
    func deleteBucketOwnershipControls(_ input: DeleteBucketOwnershipControlsInput, _ context: Context) async throws -> Nothing {
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.ownership = .unset }
        return Nothing()
    }
}

import Documents
import Kernel
import Store

extension S3Service {
    func registerAccessLists(in operations: inout Operations) {
        operations.on("PutBucketAcl", putBucketACL)
        operations.on("GetBucketAcl", getBucketACL)
        operations.on("PutObjectAcl", putObjectACL)
        operations.on("GetObjectAcl", getObjectACL)
        operations.on("GetBucketPolicyStatus", getBucketPolicyStatus)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
    func putBucketACL(_ input: PutBucketAclInput, _ context: Context) async throws -> Nothing {
        let wish = try AccessWish(input, isBucket: true)
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard bucket.usesACLs else { throw S3Fault.aclNotSupported }
        let grants = try Self.grants(wish, input.accessControlPolicy, owner: bucket.account, bucketOwner: nil)
        try await refusePublic(grants, in: bucket, context)
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { bucket in
            guard bucket.usesACLs else { throw S3Fault.aclNotSupported }
            bucket.grants = grants
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
    func getBucketACL(_ input: GetBucketAclInput, _ context: Context) async throws -> GetBucketAclOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        let grants = bucket.usesACLs ? bucket.grants : nil
        return GetBucketAclOutput(
            owner: CanonicalUser.owner(bucket.account), grants: Self.shapes(grants, owner: bucket.account))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
    func putObjectACL(_ input: PutObjectAclInput, _ context: Context) async throws -> PutObjectAclOutput {
        let wish = try AccessWish(input, isBucket: false)
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        if !bucket.usesACLs { try Self.checkSaysNothing(wish, input.accessControlPolicy, in: bucket) }
        let found = try await find(
            bucket: input.bucket, key: input.key, version: input.versionID, owner: input.expectedBucketOwner, withBody: false,
            for: context)
        guard bucket.usesACLs else { return PutObjectAclOutput() }
        let owner = found.record.owner ?? bucket.account
        let grants = try Self.grants(wish, input.accessControlPolicy, owner: owner, bucketOwner: bucket.account)
        try await refusePublic(grants, in: bucket, context)
        try await context.store.write { transaction in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            var record = try ObjectTable.visible(bucket.name, input.key, version: input.versionID, in: transaction)
            record.grants = grants
            try followChange(&record, input.key, in: bucket, context, transaction)
            try ObjectTable.update(record, bucket.name, input.key, transaction)
            try announce(ObjectEvent(.aclPut, input.key, record), in: bucket, context, transaction)
        }
        return PutObjectAclOutput()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
    func getObjectACL(_ input: GetObjectAclInput, _ context: Context) async throws -> GetObjectAclOutput {
        let found = try await find(
            bucket: input.bucket, key: input.key, version: input.versionID, owner: input.expectedBucketOwner, withBody: false,
            for: context)
        let owner = found.bucket.usesACLs ? found.record.owner ?? found.bucket.account : found.bucket.account
        let grants = found.bucket.usesACLs ? found.record.grants : nil
        return GetObjectAclOutput(owner: CanonicalUser.owner(owner), grants: Self.shapes(grants, owner: owner))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
    func getBucketPolicyStatus(_ input: GetBucketPolicyStatusInput, _ context: Context) async throws
        -> GetBucketPolicyStatusOutput
    {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard bucket.policy != nil else { throw S3Fault.noSuchBucketPolicy(bucket.name) }
        return GetBucketPolicyStatusOutput(policyStatus: Shape.PolicyStatus(isPublic: bucket.hasPublicPolicy))
    }

    /// Where lists are switched off, one is taken that says what holds anyway: all to the bucket's owner
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html).
    private static func checkSaysNothing(
        _ wish: AccessWish, _ policy: Shape.AccessControlPolicy?, in bucket: BucketRecord
    ) throws {
        let grants: [Grant]
        switch wish {
        case .canned(.bucketOwnerFullControl): return
        case .explicit(let given): grants = given
        case .nothing where policy != nil: grants = try AccessWish.grants(policy?.grants)
        default: throw S3Fault.aclNotSupported
        }
        let all = Grant(grantee: CanonicalUser.id(bucket.account), right: .fullControl)
        guard !grants.isEmpty, grants.allSatisfy({ $0.grantee == all.grantee && $0.right == all.right }) else {
            throw S3Fault.aclNotSupported
        }
    }

    /// The list that a request for one makes, which must be given in exactly one way.
    private static func grants(
        _ wish: AccessWish, _ policy: Shape.AccessControlPolicy?, owner: String, bucketOwner: String?
    ) throws -> [Grant]? {
        guard let policy else {
            if case .nothing = wish { throw S3Fault.missingSecurityHeader }
            return wish.grants(owner: owner, bucketOwner: bucketOwner)
        }
        guard case .nothing = wish else { throw S3Fault.unexpectedContent }
        guard let named = policy.owner?.id else { throw S3Fault.malformedACL }
        guard named == CanonicalUser.id(owner) else { throw S3Fault.accessDenied }
        return try AccessWish.grants(policy.grants)
    }

    /// Who will own a new object, and its list.
    func access(
        _ wish: AccessWish, in bucket: BucketRecord, _ context: Context
    ) async throws -> (owner: String?, grants: [Grant]?) {
        guard bucket.usesACLs else {
            // What says no more than the bucket does is taken.
            switch wish {
            case .nothing, .canned(.owner), .canned(.bucketOwnerFullControl): return (nil, nil)
            case .explicit(let grants)
            where grants.allSatisfy({ $0.grantee == CanonicalUser.id(bucket.account) && $0.right == .fullControl }):
                return (nil, nil)
            default: throw S3Fault.aclNotSupported
            }
        }
        let owner = bucket.owner(writtenBy: context.caller, wish)
        let grants = wish.grants(owner: owner ?? bucket.account, bucketOwner: bucket.account)
        try await refusePublic(grants, in: bucket, context)
        return (owner, grants)
    }

    /// A list that opens something to everybody is refused where public lists are blocked.
    func refusePublic(_ grants: [Grant]?, in bucket: BucketRecord, _ context: Context) async throws {
        guard let grants, grants.contains(where: \.isPublic) else { return }
        if try await block(on: bucket, in: context.store).blockPublicAcls { throw S3Fault.accessDenied }
    }

    private static func shapes(_ grants: [Grant]?, owner: String) -> [Shape.Grant] {
        (grants ?? CannedACL.owner.grants(owner: owner, bucketOwner: nil)).map { grant in
            var grantee = Shape.Grantee(type: grant.isGroup ? "Group" : "CanonicalUser")
            if grant.isGroup { grantee.uri = grant.grantee } else { grantee.id = grant.grantee }
            return Shape.Grant(grantee: grantee, permission: grant.right.rawValue)
        }
    }
}

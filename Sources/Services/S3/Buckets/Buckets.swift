import Documents
import Kernel
import Store

extension S3Service {
    func registerBuckets(in operations: inout Operations) {
        operations.on("CreateBucket", createBucket)
        operations.on("HeadBucket", headBucket)
        operations.on("DeleteBucket", deleteBucket)
        operations.on("ListBuckets", listBuckets)
        operations.on("GetBucketLocation", getBucketLocation)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    func createBucket(_ input: CreateBucketInput, _ context: Context) async throws -> CreateBucketOutput {
        guard BucketName.isValid(input.bucket) else { throw S3Fault.invalidBucketName(input.bucket) }
        try RegionRules.checkName(context, expecting: input.createBucketConfiguration?.locationConstraint ?? "us-east-1")
        let region = try bucketRegion(input.createBucketConfiguration?.locationConstraint, context)
        try BucketName.check(input.bucket, namespace: input.bucketNamespace, account: context.account, region: region)
        let wish = try AccessWish(input, isBucket: true)
        let grants = wish.grants(owner: context.account, bucketOwner: nil)
        let ownership =
            try input.objectOwnership.map { word in
                guard let known = Ownership(rawValue: word) else {
                    throw S3Fault.invalidArgument(
                        "Invalid x-amz-object-ownership header: \(word)", name: "x-amz-object-ownership", value: word)
                }
                return known
            } ?? .enforced
        guard grants == nil || ownership != .enforced else { throw S3Fault.bucketACLWithOwnership }
        // A new bucket blocks public lists; a request for one is refused, not half obeyed.
        if grants?.contains(where: \.isPublic) == true { throw S3Fault.publicBucketACL }
        var record = BucketRecord(name: input.bucket, account: context.account, region: region, created: context.now)
        record.publicAccessBlock = .all
        (record.ownership, record.grants) = (ownership, grants)
        if input.objectLockEnabledForBucket == true {
            (record.versioning, record.objectLock) = (.enabled, ObjectLockSetting())
        }
        if let tags = input.createBucketConfiguration?.tags, !tags.isEmpty {
            record.tags = try TagRules.check(tags, limit: Limit.bucketTags)
        }
        let bucket = record
        try await context.store.write { transaction in
            if let existing = try buckets.record(bucket.name, in: transaction) {
                guard existing.account == bucket.account else { throw S3Fault.bucketAlreadyExists(bucket.name) }
                // In us-east-1 the owner may create it again, for compatibility; nothing changes.
                guard existing.region == "us-east-1", region == "us-east-1" else {
                    throw S3Fault.bucketAlreadyOwnedByYou(bucket.name)
                }
                return
            }
            var owned = 0
            try transaction.scan(Key(.s3BucketByOwner, .text(bucket.account)), limit: Limit.bucketsPerAccount) { _, _ in
                owned += 1
                return true
            }
            guard owned < Limit.bucketsPerAccount else { throw S3Fault.tooManyBuckets }
            try transaction.put(BucketRecord.key(bucket.name), bucket)
            buckets.changes(bucket.name, in: transaction)
            try transaction.put(BucketRecord.ownerKey(bucket.account, bucket.name), [1])
        }
        let location =
            context.region == "us-east-1" && region == "us-east-1" ? "/\(bucket.name)" : "http://\(bucket.name).s3.amazonaws.com/"
        return CreateBucketOutput(location: location, bucketARN: bucket.arn)
    }

    /// Which Region the location constraint asks for; the rules differ between us-east-1's endpoint and the others.
    private func bucketRegion(_ constraint: String?, _ context: Context) throws -> String {
        guard let constraint, !constraint.isEmpty else {
            guard context.region == "us-east-1" else { throw S3Fault.incompatibleLocationConstraint("unspecified") }
            return "us-east-1"
        }
        let region = constraint == "EU" ? "eu-west-1" : constraint
        let parts = region.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].utf8.count == 2, Int(parts[parts.count - 1]) != nil,
            region.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }), region != "us-east-1"
        else { throw S3Fault.invalidLocationConstraint(constraint) }
        guard context.region == "us-east-1" || region == context.region else {
            throw S3Fault.incompatibleLocationConstraint(constraint)
        }
        return region
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    func headBucket(_ input: HeadBucketInput, _ context: Context) async throws -> HeadBucketOutput {
        let bucket = try await context.store.read { try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: $0) }
        return HeadBucketOutput(bucketARN: bucket.arn, bucketRegion: bucket.region, accessPointAlias: Passage.current != nil)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
    /// Unfinished uploads don't keep a bucket from going; they go with it.
    func deleteBucket(_ input: DeleteBucketInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { [collector] transaction in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            var isEmpty = true
            try transaction.scan(Key(.s3Object, .text(bucket.name)), limit: 1) { _, _ in
                isEmpty = false
                return false
            }
            guard isEmpty else { throw S3Fault.bucketNotEmpty(bucket.name) }
            try transaction.scan(AccessPointRecord.ofBucket(bucket.name), limit: 1) { _, _ in
                throw AccessPointFault.attached(bucket: bucket.name)
            }
            try UploadTable.removeAll(of: bucket.name, transaction)
            try removeConfigurations(of: bucket.name, transaction)
            try transaction.cancelTimer(Self.id, id: LifecycleRun.timerID(bucket.name))
            try transaction.delete(BucketRecord.key(bucket.name))
            if bucket.logging != nil {
                try transaction.delete(LoggingRule.key(bucket.name))
                transaction.afterCommit { [accessLogs] in accessLogs.set(bucket.name, isLogged: false) }
            }
            buckets.changes(bucket.name, in: transaction)
            try transaction.delete(BucketRecord.ownerKey(bucket.account, bucket.name))
            transaction.afterCommit { collector.wake() }
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    func listBuckets(_ input: ListBucketsInput, _ context: Context) async throws -> ListBucketsOutput {
        let limit = input.maxBuckets ?? Limit.bucketsPerAccount
        guard (1...Limit.bucketsPerAccount).contains(limit) else {
            throw S3Fault.invalidArgument(
                "Argument max-buckets must be an integer between 1 and 10000", name: "max-buckets", value: String(limit))
        }
        if let region = input.bucketRegion, region != context.region { throw S3Fault.foreignBucketRegion }
        let after = try input.continuationToken.map { try ListingToken.decode($0) }
        let account = context.account
        let (found, isTruncated) = try await context.store.read { snapshot in
            var found: [BucketRecord] = []
            var isTruncated = false
            try snapshot.scan(
                Key(.s3BucketByOwner, .text(account)), after: after.map { BucketRecord.ownerKey(account, $0) }
            ) { key, _ in
                guard case .text(let name)? = try key.elements().last else { throw StoreError.corrupt("bucket owner key") }
                guard input.prefix.map(name.hasPrefix) ?? true, let bucket = try buckets.record(name, in: snapshot),
                    input.bucketRegion.map({ $0 == bucket.region }) ?? true
                else { return true }
                isTruncated = found.count == limit
                if !isTruncated { found.append(bucket) }
                return !isTruncated
            }
            return (found, isTruncated)
        }
        return ListBucketsOutput(
            buckets: found.map {
                Shape.Bucket(name: $0.name, creationDate: $0.created.wholeSeconds, bucketRegion: $0.region, bucketARN: $0.arn)
            },
            owner: CanonicalUser.owner(account),
            continuationToken: isTruncated ? found.last.map { ListingToken.encode($0.name) } : nil, prefix: input.prefix)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html: us-east-1 is no constraint at all.
    func getBucketLocation(_ input: GetBucketLocationInput, _ context: Context) async throws -> GetBucketLocationOutput {
        let bucket = try await context.store.read { try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: $0) }
        return GetBucketLocationOutput(locationConstraint: bucket.region == "us-east-1" ? nil : bucket.region)
    }
}

import Documents
import Kernel
import Store

extension S3Service {
    func registerListings(in operations: inout Operations) {
        operations.on("ListObjects", listObjects)
        operations.on("ListObjectsV2", listObjectsV2)
        operations.direct("ListObjectVersions", as: ListObjectVersionsInput.self, ListObjectVersionsOutput.self) {
            input, context in
            let typed = try DocumentDecoder().decode(ListObjectVersionsInput.self, from: input)
            return try await listObjectVersions(typed, context)
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
    func listObjects(_ input: ListObjectsInput, _ context: Context) async throws -> ListObjectsOutput {
        if let query = context.http?.query { try ListingRules.checkFirstVersion(query) }
        let limit = try ListingRules.limit(input.maxKeys, name: "max-keys")
        let name = try ListingRules.encoder(input.encodingType)
        let shown = try RestoreStatusWish(input.optionalObjectAttributes, now: context.now)
        let walk = KeyWalk(space: .s3Object, bucket: input.bucket, prefix: input.prefix, delimiter: input.delimiter)
        let (bucket, page) = try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            return (bucket, try ListingPage.read(walk, from: walk.start(after: input.marker), limit: limit, in: snapshot))
        }
        let owners = ListedOwners(bucket)
        var output = ListObjectsOutput()
        output.isTruncated = page.next != nil
        output.marker = name(input.marker ?? "")
        // Without a delimiter clients go on from the last key they saw.
        output.nextMarker = walk.delimiter == nil ? nil : page.next.map(name)
        output.contents = page.objects.map { entry in
            var shape = Shape.Object(name(entry.key), entry.record, owner: owners[entry.record])
            shape.restoreStatus = shown?.status(of: entry.record)
            return shape
        }
        output.name = bucket.name
        output.prefix = name(input.prefix ?? "")
        output.delimiter = walk.delimiter.map(name)
        output.maxKeys = limit
        output.commonPrefixes = page.commonPrefixes.map { Shape.CommonPrefix(prefix: name($0)) }
        output.encodingType = input.encodingType
        return output
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    func listObjectsV2(_ input: ListObjectsV2Input, _ context: Context) async throws -> ListObjectsV2Output {
        let limit = try ListingRules.limit(input.maxKeys, name: "max-keys")
        let name = try ListingRules.encoder(input.encodingType)
        let shown = try RestoreStatusWish(input.optionalObjectAttributes, now: context.now)
        let walk = KeyWalk(space: .s3Object, bucket: input.bucket, prefix: input.prefix, delimiter: input.delimiter)
        let marker = try input.continuationToken.map { try ListingToken.decode($0) } ?? input.startAfter
        let (bucket, page) = try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            return (bucket, try ListingPage.read(walk, from: walk.start(after: marker), limit: limit, in: snapshot))
        }
        let owners = input.fetchOwner == true ? ListedOwners(bucket) : nil
        var output = ListObjectsV2Output()
        output.isTruncated = page.next != nil
        output.contents = page.objects.map { entry in
            var shape = Shape.Object(name(entry.key), entry.record, owner: owners?[entry.record])
            shape.restoreStatus = shown?.status(of: entry.record)
            return shape
        }
        output.name = bucket.name
        output.prefix = name(input.prefix ?? "")
        output.delimiter = walk.delimiter.map(name)
        output.maxKeys = limit
        output.commonPrefixes = page.commonPrefixes.map { Shape.CommonPrefix(prefix: name($0)) }
        output.encodingType = input.encodingType
        output.keyCount = page.count
        output.continuationToken = input.continuationToken
        output.nextContinuationToken = page.next.map(ListingToken.encode)
        output.startAfter = input.startAfter.map(name)
        return output
    }
}

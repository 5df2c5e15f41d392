import Documents
import Kernel
import Store

/// What multi-Region access points take.
enum MultiRegionRules {
    /// Where the access points are managed, and where their routes are.
    static let home = "us-west-2"
    static let routeRegions: Set<String> = ["ap-southeast-2", "ap-northeast-1", "us-east-1", "us-west-2", "eu-west-1"]

    /// What works through them: less than through other access points, and copies only to them
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/MrapOperations.html).
    static let operations: Set<String> = [
        "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject",
        "DeleteObjects", "DeleteObjectTagging", "GetObject", "GetObjectAcl", "GetObjectLegalHold", "GetObjectRetention",
        "GetObjectTagging", "HeadObject", "ListMultipartUploads", "ListObjectsV2", "ListParts", "PutObject", "PutObjectAcl",
        "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging", "RestoreObject", "UploadPart", "UploadPartCopy",
    ]

    /// Requests from outside must be signed for more than the one Region that they can't know.
    /// - Parameter region: where this one leads.
    /// - Throws: ``AccessPointFault``
    static func checkSignature(_ context: Context, region: String) throws {
        guard let http = context.http, context.caller.kind != .anonymous else { return }
        guard let set = http.regionSet else { throw AccessPointFault.needsSignature4A }
        guard set.covers(region) else { throw AccessPointFault.outsideSignedRegions(region) }
    }

    /// Only clients have a Region to be wrong about.
    /// - Throws: ``MultiRegionFault/wrongEndpoint(region:)``
    static func checkHome(_ context: Context, or others: Set<String> = []) throws {
        guard context.http != nil, context.region != home, !others.contains(context.region) else { return }
        throw MultiRegionFault.wrongEndpoint(region: home)
    }
}

extension S3Service {
    /// A multi-Region access point as it leads to its first active Region.
    /// - Throws: ``MultiRegionFault``, ``AccessPointFault``
    func multiRegionPoint(_ alias: String, account: String?, _ context: Context) async throws -> (
        point: AccessPointRecord, region: String
    ) {
        let found = try await context.store.read { snapshot in
            guard let place = try snapshot.record(AccessPointPlace.self, MultiRegionRecord.aliasKey(alias)),
                account == nil || account == place.account
            else { throw MultiRegionFault.noSuchPoint(alias) }
            return try snapshot.record(MultiRegionRecord.self, MultiRegionRecord.key(place.name, account: place.account))
        }
        guard let record = found else { throw MultiRegionFault.noSuchPoint(alias) }
        guard record.status == .ready, let route = record.routes.first(where: { $0.dial > 0 }) else {
            throw MultiRegionFault.unroutable(alias)
        }
        // The name may be another's by now.
        if let bucket = try await buckets.current(route.bucket, in: context.store), bucket.account != route.bucketAccount {
            throw S3Fault.accessDenied
        }
        return (record.point(route), route.region)
    }
}

import Documents
import Kernel
import Store

/// Amazon Simple Storage Service (https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html).
public struct S3Service: Service {
    public static let id = "s3"

    let buckets = BucketCache()
    let pins: BlobPins
    let collector: BlobCollector
    let installationKey = InstallationKey()
    let dataKeys = DataKeys()

    public init() {
        pins = BlobPins()
        collector = BlobCollector(pins: pins)
    }

    public func register(in operations: inout Operations) {
        registerBuckets(in: &operations)
        registerBucketSettings(in: &operations)
        registerObjects(in: &operations)
        registerListings(in: &operations)
        registerMultipart(in: &operations)
        registerNotifications(in: &operations)
        registerEncryption(in: &operations)
    }

    public var actions: ActionMap { S3Actions.map }

    /// Buckets and objects belong to the bucket's owner (bucket owner enforced) and are under the bucket's policy.
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let name = Self.bucketName(arn) else { return nil }
        let found = try await buckets.current(name, in: platform.store)
        return found.map { ResourceFacts(account: $0.account, policy: $0.policy) }
    }

    /// The bucket in `arn:PARTITION:s3:::BUCKET` or `arn:PARTITION:s3:::BUCKET/KEY`.
    private static func bucketName(_ arn: String) -> String? {
        let bytes = arn.utf8
        guard bytes.starts(with: "arn:".utf8), let end = bytes.dropFirst(4).firstIndex(of: UInt8(ascii: ":")),
            bytes[end...].starts(with: ":s3:::".utf8)
        else { return nil }
        return String(Substring(bytes[end...].dropFirst(6).prefix { $0 != UInt8(ascii: "/") }))
    }

    public func denied(_ message: String) -> AWSError { AWSError("AccessDenied", 403, message) }

    public func start(_ platform: Platform) async throws {
        try await installationKey.open(platform)
        try await collector.start(platform)
    }
    public func stop() async { await collector.stop() }

    /// The bucket of a request.
    /// - Parameter owner: the `x-amz-expected-bucket-owner`, if given.
    /// - Throws: ``S3Fault/noSuchBucket(_:)``, ``S3Fault/accessDenied`` for another owner than expected.
    func requiredBucket(_ name: String, owner: String?, in snapshot: Snapshot) throws -> BucketRecord {
        guard let record = try buckets.record(name, in: snapshot) else { throw S3Fault.noSuchBucket(name) }
        if let owner, owner != record.account { throw S3Fault.accessDenied }
        return record
    }
}

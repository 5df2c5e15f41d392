import Documents
import Kernel
import SQLEngine
import Store

/// Amazon Simple Storage Service (https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html).
public struct S3Service: Service {
    public static let id = "s3"

    let buckets = BucketCache()
    let pins: BlobPins
    let collector: BlobCollector
    let installationKey = InstallationKey()
    let dataKeys = DataKeys()
    let accounts = AccountCache()
    let accessLogs = AccessLogs()
    let replicationRoles = ReplicationRoles()
    let jobs = JobRunner()
    var transformations = Transformations()

    /// Runs S3 Select, and makes the Parquet and ORC of inventories; nil where there is no SQL worker.
    let engine: (any SelectRunning & TableWriting)?

    /// - Parameter engine: without it SelectObjectContent is not implemented.
    public init(engine: (any SelectRunning & TableWriting)? = nil) {
        self.engine = engine
        pins = BlobPins()
        collector = BlobCollector(pins: pins)
    }

    public func register(in operations: inout Operations) {
        registerBuckets(in: &operations)
        registerBucketSettings(in: &operations)
        registerAttributeControl(in: &operations)
        registerObjects(in: &operations)
        registerListings(in: &operations)
        registerMultipart(in: &operations)
        registerNotifications(in: &operations)
        registerEncryption(in: &operations)
        registerOwnership(in: &operations)
        registerAccessLists(in: &operations)
        registerLocks(in: &operations)
        registerRestore(in: &operations)
        registerWeb(in: &operations)
        registerAccessLogs(in: &operations)
        registerLifecycle(in: &operations)
        registerReplication(in: &operations)
        registerInventory(in: &operations)
        registerConfigurations(in: &operations)
        tellWhoPays(in: &operations)
        operations.stream("SelectObjectContent", selectObjectContent)
        registerWriteGetObjectResponse(in: &operations)
        refuseUnbuilt(in: &operations)
        operations = throughAccessPoints(operations)
    }

    public var actions: ActionMap { throughAccessPoints(S3Actions(service: self).map) }

    /// Buckets, and objects as far as their bucket speaks for them.
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let name = Self.bucketName(arn) else { return nil }
        let found = try await buckets.current(name, in: platform.store)
        guard let found else { return nil }
        return try await facts(of: found, for: nil, in: platform.store)
    }

    /// The bucket in `arn:PARTITION:s3:::BUCKET` or `arn:PARTITION:s3:::BUCKET/KEY`.
    private static func bucketName(_ arn: String) -> String? {
        let bytes = arn.utf8
        guard bytes.starts(with: "arn:".utf8), let end = bytes.dropFirst(4).firstIndex(of: UInt8(ascii: ":")),
            bytes[end...].starts(with: ":s3:::".utf8)
        else { return nil }
        return String(Substring(bytes[end...].dropFirst(6).prefix { $0 != UInt8(ascii: "/") }))
    }

    /// S3's two words, whoever asks: they are what the published walkthroughs print. The decision itself is for
    /// `tarn why`, and ``Denial/quotedMessage`` has S3's longer text.
    public func denied(_ message: String) -> AWSError { S3Fault.accessDenied.wire }

    /// Where a bucket is, everybody may know who knows its name
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html).
    public func denied(_ denial: Denial) -> AWSError {
        var error = denied(denial.message)
        if denial.action == "s3:ListBucket", let bucket = Self.bucketName(denial.resource).flatMap(buckets.known) {
            error.headers["x-amz-bucket-region"] = bucket.region
        }
        return error
    }

    public func start(_ platform: Platform) async throws {
        try await installationKey.open(platform)
        try await collector.start(platform)
        try await accessLogs.start(self, platform)
        jobs.start(self, platform)
        SelectFiles.sweep(platform)
    }
    public func stop() async {
        await jobs.stop()
        await accessLogs.stop()
        await collector.stop()
    }

    /// The bucket of a request.
    /// - Parameter owner: the `x-amz-expected-bucket-owner`, if given.
    /// - Throws: ``S3Fault/noSuchBucket(_:)``, ``S3Fault/accessDenied`` for another owner than expected.
    func requiredBucket(_ name: String, owner: String?, in snapshot: Snapshot) throws -> BucketRecord {
        guard let record = try buckets.record(name, in: snapshot) else { throw S3Fault.noSuchBucket(name) }
        if let owner, owner != record.account {
            guard owner.utf8.count == 12, owner.utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw S3Fault.invalidBucketOwner
            }
            throw S3Fault.accessDenied
        }
        return record
    }
}

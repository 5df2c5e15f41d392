import CloudTrail
import CloudWatchLogs
import Documents
import DynamoDB
import IAM
import Kernel
import S3
import STS
import TestSupport

enum Fixture {
    static let account = "000000000000"
    static let bucket = "trails"
    static let arn = "arn:aws:cloudtrail:us-east-1:000000000000:trail/main"

    static var services: [any Service] {
        [
            CloudTrailService(), S3Service(), DynamoDBService(), IAMService(),
            STSService(tokens: SessionTokens(key: [UInt8](repeating: 7, count: 32))), CloudWatchLogsService(),
        ]
    }

    static func with(_ body: @Sendable (TestPlatform) async throws -> Void) async throws {
        try await TestPlatform.with(services, body)
    }

    /// What AWS's guide tells to put on the bucket of the trail ``arn``.
    static let policy = """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},\
        "Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::trails","Condition":{"StringEquals":{"aws:SourceArn":"\(arn)"}}},\
        {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject",\
        "Resource":"arn:aws:s3:::trails/*","Condition":{"StringEquals":{"aws:SourceArn":"\(arn)",\
        "s3:x-amz-acl":"bucket-owner-full-control"}}}]}
        """

    static func openBucket(_ tarn: TestPlatform) async throws {
        try await tarn.call("s3", "PutBucketPolicy", ["Bucket": .string(bucket), "Policy": .string(policy)])
    }
}

extension TestPlatform {
    /// Events of LookupEvents, as CloudTrail's documents.
    func events(
        _ key: String? = nil, _ value: String = "", as caller: Caller = .root(of: "000000000000"), region: String = "us-east-1"
    ) async throws -> [Document] {
        var input: Members = [:]
        if let key { input["LookupAttributes"] = [["AttributeKey": .string(key), "AttributeValue": .string(value)]] }
        let answer = try await call("cloudtrail", "LookupEvents", .map(input), as: caller, region: region)
        return try (answer["Events"]?.list ?? []).map { try JSON.parse($0["CloudTrailEvent"]?.string ?? "") }
    }

    func code(_ service: String, _ operation: String, _ input: Document, as caller: Caller = .root(of: "000000000000")) async
        -> String?
    {
        do {
            try await call(service, operation, input, as: caller)
            return nil
        } catch {
            return (error as? AWSError)?.code ?? "\(error)"
        }
    }

    func keys(_ prefix: String) async throws -> [String] {
        let answer = try await call("s3", "ListObjectsV2", ["Bucket": "trails", "Prefix": .string(prefix)])
        return (answer["Contents"]?.list ?? []).compactMap { $0["Key"]?.string }.filter { $0.hasSuffix(".gz") }
    }

    func bytes(_ key: String) async throws -> [UInt8] {
        try await reply("s3", "GetObject", ["Bucket": "trails", "Key": .string(key)]).body?.collect(limit: 1 << 20) ?? []
    }

    /// The events of all files that the trail has delivered.
    func delivered(_ region: String = "us-east-1") async throws -> [Document] {
        var records: [Document] = []
        for key in try await keys("AWSLogs/000000000000/CloudTrail/\(region)/") {
            records += try JSON.parse(try Gunzip.bytes(try await bytes(key)))["Records"]?.list ?? []
        }
        return records
    }
}

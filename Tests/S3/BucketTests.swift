import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

@Suite struct BucketTests {
    @Test(arguments: [
        ("abc", true), ("ab", false), ("my.bucket-1", true), ("My-bucket", false), ("a..b", false), ("192.168.0.1", false),
        ("-abc", false), ("xn--abc", false), ("name-s3alias", false), ("under_score", false),
        (String(repeating: "a", count: 64), false),
    ]) func names(name: String, isValid: Bool) { #expect(BucketName.isValid(name) == isValid) }

    @Test func creationAndOwnership() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let west: Document = ["Bucket": "west", "CreateBucketConfiguration": ["LocationConstraint": "eu-west-1"]]
            _ = try await tarn.s3("CreateBucket", west)
            #expect(await tarn.code { _ = try await tarn.s3("CreateBucket", west) } == "BucketAlreadyOwnedByYou")
            #expect(try await tarn.s3("GetBucketLocation", ["Bucket": "west"])["LocationConstraint"]?.string == "eu-west-1")
            #expect(
                await tarn.code { _ = try await tarn.call("s3", "CreateBucket", ["Bucket": "new"], region: "eu-west-1") }
                    == "IllegalLocationConstraintException")
            #expect(await tarn.code { _ = try await tarn.s3("CreateBucket", ["Bucket": "Bad"]) } == "InvalidBucketName")
            #expect(
                await tarn.code {
                    _ = try await tarn.s3("HeadBucket", ["Bucket": "lake", "ExpectedBucketOwner": "999999999999"])
                } == "AccessDenied")
            let names = try await tarn.s3("ListBuckets", [:])["Buckets"]?.list?.compactMap { $0["Name"]?.string }
            #expect(names == ["lake", "west"])
        }
    }
}

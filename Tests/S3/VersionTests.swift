import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

@Suite struct VersionTests {
    @Test func versionsNullVersionsAndMarkers() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let at: Document = ["Bucket": "lake", "Key": "k"]
            _ = try await tarn.s3("PutObject", at, body: [0])
            _ = try await tarn.s3("PutBucketVersioning", ["Bucket": "lake", "VersioningConfiguration": ["Status": "Enabled"]])
            let one = try #require(try await tarn.s3("PutObject", at, body: [1])["VersionId"])
            let two = try #require(try await tarn.s3("PutObject", at, body: [2])["VersionId"])
            #expect((two.string ?? "") < (one.string ?? ""))
            let marker = try await tarn.s3("DeleteObject", at)
            #expect(marker["DeleteMarker"]?.bool == true)
            #expect(await tarn.code { _ = try await tarn.get(at) } == "NoSuchKey")
            #expect(try await tarn.get(["Bucket": "lake", "Key": "k", "VersionId": one]).1 == [1])
            #expect(try await tarn.get(["Bucket": "lake", "Key": "k", "VersionId": "null"]).1 == [0])
            let listed = try await tarn.s3("ListObjectVersions", ["Bucket": "lake"])
            #expect(listed["Versions"]?.list?.compactMap { $0["VersionId"] } == [two, one, "null"])
            #expect(listed["DeleteMarkers"]?.list?.count == 1)
            // A marker that is removed brings the object back.
            _ = try await tarn.s3("DeleteObject", ["Bucket": "lake", "Key": "k", "VersionId": marker["VersionId"] ?? .null])
            #expect(try await tarn.get(at).1 == [2])
            // Suspended: a new null version takes the old one's place.
            _ = try await tarn.s3("PutBucketVersioning", ["Bucket": "lake", "VersioningConfiguration": ["Status": "Suspended"]])
            _ = try await tarn.s3("PutObject", at, body: [9])
            #expect(try await tarn.get(["Bucket": "lake", "Key": "k", "VersionId": "null"]).1 == [9])
            let again = try await tarn.s3("ListObjectVersions", ["Bucket": "lake"])
            #expect(again["Versions"]?.list?.compactMap { $0["VersionId"] } == ["null", two, one])
            #expect(await tarn.code { _ = try await tarn.s3("DeleteBucket", ["Bucket": "lake"]) } == "BucketNotEmpty")
            for id in [two, one, "null"] {
                _ = try await tarn.s3("DeleteObject", ["Bucket": "lake", "Key": "k", "VersionId": id])
            }
            _ = try await tarn.s3("DeleteBucket", ["Bucket": "lake"])
        }
    }
}

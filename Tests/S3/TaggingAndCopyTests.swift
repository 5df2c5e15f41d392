import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

@Suite struct TaggingAndCopyTests {
    @Test func tagsOfObjects() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let at: Document = ["Bucket": "lake", "Key": "k"]
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k", "Tagging": "a=1&b=%20x"], body: [1])
            #expect(
                try await tarn.s3("GetObjectTagging", at)["TagSet"]
                    == [["Key": "a", "Value": "1"], ["Key": "b", "Value": " x"]])
            #expect(try await tarn.get(at).0.output["TagCount"]?.integer == 2)
            _ = try await tarn.s3(
                "PutObjectTagging", ["Bucket": "lake", "Key": "k", "Tagging": ["TagSet": [["Key": "c", "Value": ""]]]])
            #expect(try await tarn.s3("GetObjectTagging", at)["TagSet"] == [["Key": "c", "Value": ""]])
            let twice: Document = [["Key": "c", "Value": "1"], ["Key": "c", "Value": "2"]]
            let code = await tarn.code {
                _ = try await tarn.s3("PutObjectTagging", ["Bucket": "lake", "Key": "k", "Tagging": ["TagSet": twice]])
            }
            #expect(code == "InvalidTag")
            _ = try await tarn.s3("DeleteObjectTagging", at)
            #expect(try await tarn.s3("GetObjectTagging", at)["TagSet"]?.list?.isEmpty == true)
            #expect(try await tarn.get(at).1 == [1])
        }
    }

    @Test func partsAreCopiedFromRanges() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let size = 6 << 20
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "source"], body: bytes)
            let upload = try #require(
                try await tarn.s3("CreateMultipartUpload", ["Bucket": "lake", "Key": "target"])["UploadId"])
            let half = 5 << 20
            var parts: [Document] = []
            for (number, range) in [(1, "bytes=0-\(half - 1)"), (2, "bytes=\(half)-\(size - 1)")] {
                let copied = try await tarn.s3(
                    "UploadPartCopy",
                    [
                        "Bucket": "lake", "Key": "target", "UploadId": upload, "PartNumber": .integer(Int64(number)),
                        "CopySource": "lake/source", "CopySourceRange": .string(range),
                    ])
                let eTag = try #require(copied["CopyPartResult"]?["ETag"])
                parts.append(["PartNumber": .integer(Int64(number)), "ETag": eTag])
            }
            let beyond: Document = [
                "Bucket": "lake", "Key": "target", "UploadId": upload, "PartNumber": 3, "CopySource": "lake/source",
                "CopySourceRange": .string("bytes=0-\(size)"),
            ]
            #expect(await tarn.code { _ = try await tarn.s3("UploadPartCopy", beyond) } == "InvalidArgument")
            _ = try await tarn.s3(
                "CompleteMultipartUpload",
                ["Bucket": "lake", "Key": "target", "UploadId": upload, "MultipartUpload": ["Parts": .list(parts)]])
            _ = try await tarn.s3("DeleteObject", ["Bucket": "lake", "Key": "source"])
            #expect(try await tarn.get(["Bucket": "lake", "Key": "target"]).1 == bytes)
        }
    }

    @Test func manyObjectsAreDeletedAtOnce() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let keys = (0..<30).map { "k\($0)" }
            for key in keys { _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": .string(key)], body: [1]) }
            let wanted: [Document] = (keys.dropLast() + ["never"]).map { ["Key": .string($0)] }
            let answer = try await tarn.s3("DeleteObjects", ["Bucket": "lake", "Delete": ["Objects": .list(wanted)]])
            #expect(answer["Deleted"]?.list?.compactMap { $0["Key"]?.string } == Array(keys.dropLast()) + ["never"])
            #expect(answer["Errors"] == nil)
            let quiet = try await tarn.s3(
                "DeleteObjects", ["Bucket": "lake", "Delete": ["Objects": [["Key": "k29"]], "Quiet": true]])
            #expect(quiet["Deleted"] == nil)
            #expect(try await tarn.s3("ListObjectsV2", ["Bucket": "lake"])["KeyCount"]?.integer == 0)
            let tooMany = (0...1000).map { Document.map(["Key": .string("\($0)")]) }
            let code = await tarn.code {
                _ = try await tarn.s3("DeleteObjects", ["Bucket": "lake", "Delete": ["Objects": .list(tooMany)]])
            }
            #expect(code == "MalformedXML")
        }
    }

    @Test func oldListingsGoOnFromMarkers() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            for key in ["a", "b/1", "b/2", "c", "d"] {
                _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": .string(key)], body: [1])
            }
            var seen: [String] = []
            var marker: Document = ""
            while true {
                let page = try await tarn.s3(
                    "ListObjects", ["Bucket": "lake", "Delimiter": "/", "MaxKeys": 1, "Marker": marker])
                seen += (page["Contents"]?.list ?? []).compactMap { $0["Key"]?.string }
                seen += (page["CommonPrefixes"]?.list ?? []).compactMap { $0["Prefix"]?.string }
                guard page["IsTruncated"]?.bool == true else { break }
                marker = page["NextMarker"] ?? ""
            }
            #expect(seen == ["a", "b/", "c", "d"])
        }
    }

    @Test func versionListingsGoOnFromMarkers() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            _ = try await tarn.s3("PutBucketVersioning", ["Bucket": "lake", "VersioningConfiguration": ["Status": "Enabled"]])
            var expected: [String] = []
            for key in ["a", "b"] {
                var versions: [String] = []
                for number in 0..<3 {
                    let put = try await tarn.s3(
                        "PutObject", ["Bucket": "lake", "Key": .string(key)], body: [UInt8(number)])
                    versions.insert(try #require(put["VersionId"]?.string), at: 0)
                }
                let marker = try await tarn.s3("DeleteObject", ["Bucket": "lake", "Key": .string(key)])
                versions.insert(try #require(marker["VersionId"]?.string), at: 0)
                expected += versions
            }
            for size in 1...8 {
                var seen: [String] = []
                var input: Members = ["Bucket": "lake", "MaxKeys": .integer(Int64(size))]
                while true {
                    let page = try await tarn.s3("ListObjectVersions", .map(input))
                    let entries = (page["Versions"]?.list ?? []) + (page["DeleteMarkers"]?.list ?? [])
                    #expect(entries.count <= size)
                    let ids = Set(entries.compactMap { $0["VersionId"]?.string })
                    seen += expected.filter(ids.contains)
                    guard page["IsTruncated"]?.bool == true else { break }
                    input["KeyMarker"] = page["NextKeyMarker"]
                    input["VersionIdMarker"] = page["NextVersionIdMarker"]
                }
                #expect(seen == expected, "pages of \(size)")
            }
        }
    }
}

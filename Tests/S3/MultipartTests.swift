import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

@Suite struct MultipartTests {
    @Test func partsBecomeAnObject() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let at: Members = ["Bucket": "lake", "Key": "big"]
            let id = try #require(try await tarn.s3("CreateMultipartUpload", .map(at))["UploadId"])
            var upload = at
            upload["UploadId"] = id
            let bodies = [[UInt8](repeating: 1, count: 5 << 20), [UInt8](repeating: 2, count: 10)]
            var parts: [Document] = []
            for (index, body) in bodies.enumerated() {
                var input = upload
                input["PartNumber"] = .integer(Int64(index + 1))
                let eTag = try await tarn.s3("UploadPart", .map(input), body: body)["ETag"] ?? .null
                parts.append(["PartNumber": .integer(Int64(index + 1)), "ETag": eTag])
            }
            #expect(await tarn.code { _ = try await tarn.get(.map(at)) } == "NoSuchKey")
            var wrong = upload
            wrong["MultipartUpload"] = ["Parts": .list(parts.reversed())]
            let reversed = wrong
            #expect(await tarn.code { _ = try await tarn.s3("CompleteMultipartUpload", .map(reversed)) } == "InvalidPartOrder")
            upload["MultipartUpload"] = ["Parts": .list(parts)]
            let done = try await tarn.s3("CompleteMultipartUpload", .map(upload))
            #expect(done["ETag"]?.string?.hasSuffix("-2\"") == true)
            #expect(done["ChecksumCRC64NVME"]?.string == Base64.string(ChecksumAlgorithm.crc64nvme.digest(bodies[0] + bodies[1])))
            #expect(try await tarn.get(.map(at)).1 == bodies[0] + bodies[1])
            var second = at
            second["PartNumber"] = 2
            let (reply, bytes) = try await tarn.get(.map(second))
            #expect(bytes == bodies[1])
            #expect(reply.output["PartsCount"]?.integer == 2)
            let copy = try await tarn.s3("CopyObject", ["Bucket": "lake", "Key": "copy", "CopySource": "lake/big"])
            #expect(copy["CopyObjectResult"]?["ETag"]?.string?.contains("-") == false)
            _ = try await tarn.s3("DeleteObject", .map(at))
            #expect(try await tarn.get(["Bucket": "lake", "Key": "copy"]).1.count == (5 << 20) + 10)
        }
    }

    @Test func smallPartsAndUnknownUploadsAreRefused() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let id = try #require(try await tarn.s3("CreateMultipartUpload", ["Bucket": "lake", "Key": "k"])["UploadId"])
            var tag = Document.null
            for number: Int64 in [1, 2] {
                let part: Document = ["Bucket": "lake", "Key": "k", "UploadId": id, "PartNumber": .integer(number)]
                tag = try #require(try await tarn.s3("UploadPart", part, body: [1])["ETag"])
            }
            let complete: Document = [
                "Bucket": "lake", "Key": "k", "UploadId": id,
                "MultipartUpload": ["Parts": [["PartNumber": 1, "ETag": tag], ["PartNumber": 2, "ETag": tag]]],
            ]
            #expect(await tarn.code { _ = try await tarn.s3("CompleteMultipartUpload", complete) } == "EntityTooSmall")
            _ = try await tarn.s3("AbortMultipartUpload", ["Bucket": "lake", "Key": "k", "UploadId": id])
            #expect(await tarn.code { _ = try await tarn.s3("CompleteMultipartUpload", complete) } == "NoSuchUpload")
        }
    }
}

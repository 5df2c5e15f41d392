import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

extension TestPlatform {
    func s3(_ operation: String, _ input: Document, body: [UInt8] = []) async throws -> Document {
        try await call("s3", operation, input, body: body)
    }

    func get(_ input: Document) async throws -> (Reply, [UInt8]) {
        let reply = try await reply("s3", "GetObject", input)
        return (reply, try await reply.body?.collect(limit: 64 << 20) ?? [])
    }

    /// The code of the error that `body` must throw.
    func code(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "none"
        } catch let error as AWSError {
            return error.code
        } catch {
            return "\(error)"
        }
    }
}

@Suite struct ObjectTests {
    @Test func bytesComeBackInlineAndFromBlobs() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            for size in [0, 1, 1_000, 65_536, 65_537, 700_001] {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
                let put = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k"], body: bytes)
                let (reply, back) = try await tarn.get(["Bucket": "lake", "Key": "k", "ChecksumMode": "ENABLED"])
                #expect(back == bytes)
                #expect(reply.output["ETag"] == put["ETag"])
                #expect(reply.output["ChecksumCRC64NVME"] != nil)
                #expect(reply.output["ContentType"]?.string == "binary/octet-stream")
            }
        }
    }

    @Test func knownDigests() {
        let digits = Array("123456789".utf8)
        #expect(Hex.encode(ChecksumAlgorithm.crc32.digest(digits)) == "cbf43926")
        #expect(Hex.encode(ChecksumAlgorithm.crc32c.digest(digits)) == "e3069283")
        #expect(Hex.encode(ChecksumAlgorithm.crc64nvme.digest(digits)) == "ae8b14860a799888")
        #expect(Hex.encode(ChecksumAlgorithm.sha1.digest(digits)) == "f7c3bc1d808e04732adf679965ccc34ca7ae3441")
    }

    @Test func checksumsOfPartsMakeThatOfTheWhole() {
        let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ 7) }
        for algorithm in ChecksumAlgorithm.allCases where algorithm.combines {
            for cut in [0, 1, 8, 999, 4_096, 5_000] {
                let (head, tail) = (Array(bytes[..<cut]), Array(bytes[cut...]))
                let combined = algorithm.combine([
                    (algorithm.digest(head), Int64(head.count)), (algorithm.digest(tail), Int64(tail.count)),
                ])
                #expect(combined == algorithm.digest(bytes))
            }
        }
    }

    @Test func brokenPromisesChangeNothing() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k"], body: [1])
            #expect(
                await tarn.code {
                    _ = try await tarn.s3(
                        "PutObject", ["Bucket": "lake", "Key": "k", "ContentMD5": "1B2M2Y8AsgTpgAmY7PhCfg=="], body: [2])
                } == "BadDigest")
            #expect(
                await tarn.code {
                    _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k", "ContentMD5": "nonsense"], body: [2])
                } == "InvalidDigest")
            #expect(
                await tarn.code {
                    _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k", "ChecksumCRC32": "AAAAAA=="], body: [2])
                } == "BadDigest")
            #expect(
                await tarn.code { _ = try await tarn.s3("PutObject", ["Bucket": "none", "Key": "k"], body: [2]) }
                    == "NoSuchBucket")
            let (_, back) = try await tarn.get(["Bucket": "lake", "Key": "k"])
            #expect(back == [1])
        }
    }

    @Test func abortedUploadChangesNothing() async throws {
        struct Broken: Error {}
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let stream = ByteStream(length: 200_000) { throw Broken() }
            let call = Call(
                "s3", "PutObject", ["Bucket": "lake", "Key": "k"], body: RequestBody(stream), caller: .root(of: "000000000000"),
                region: "us-east-1")
            await #expect(throws: (any Error).self) { _ = try await tarn.platform.call(call) }
            #expect(await tarn.code { _ = try await tarn.get(["Bucket": "lake", "Key": "k"]) } == "NoSuchKey")
        }
    }

    @Test(arguments: [
        ("bytes=0-0", "1"), ("bytes=2-4", "345"), ("bytes=7-", "89"), ("bytes=-3", "789"), ("bytes=-100", "123456789"),
        ("bytes=5-100", "6789"), ("bytes=0-1,3-4", "123456789"), ("lines=1-2", "123456789"), ("bytes=4-2", "123456789"),
    ]) func ranges(header: String, expected: String) async throws {
        let range = try ByteRange.parse(header, size: 9) ?? 0..<9
        #expect(String(Array("123456789")[Int(range.lowerBound)..<Int(range.upperBound)]) == expected)
    }

    @Test func rangesOutsideAreRefused() {
        #expect(throws: S3Fault.self) { try ByteRange.parse("bytes=9-", size: 9) }
        #expect(throws: S3Fault.self) { try ByteRange.parse("bytes=-0", size: 9) }
        #expect(throws: S3Fault.self) { try ByteRange.parse("bytes=0-", size: 0) }
    }

    @Test func rangeOfABlobCrossesNothing() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k"], body: bytes)
            let (reply, back) = try await tarn.get(["Bucket": "lake", "Key": "k", "Range": "bytes=262100-262199"])
            #expect(reply.status == 206)
            #expect(reply.output["ContentRange"]?.string == "bytes 262100-262199/600000")
            #expect(back == Array(bytes[262_100...262_199]))
        }
    }

    @Test func readConditionsHaveAmazonsPrecedence() {
        let (then, before, after) = (Timestamp(seconds: 100), Timestamp(seconds: 50), Timestamp(seconds: 150))
        func outcome(_ match: String?, _ none: String?, _ modified: Timestamp?, _ unmodified: Timestamp?)
            -> ReadConditions.Outcome
        {
            ReadConditions(ifMatch: match, ifNoneMatch: none, ifModifiedSince: modified, ifUnmodifiedSince: unmodified)
                .outcome(eTag: "e", lastModified: then)
        }
        #expect(outcome("\"e\"", nil, nil, before) == .proceed)
        #expect(outcome("\"x\"", nil, nil, after) == .failed("If-Match"))
        #expect(outcome(nil, nil, nil, before) == .failed("If-Unmodified-Since"))
        #expect(outcome(nil, "\"e\"", before, nil) == .notModified)
        #expect(outcome(nil, "\"x\"", after, nil) == .proceed)
        #expect(outcome(nil, nil, then, nil) == .notModified)
        #expect(outcome(nil, nil, before, nil) == .proceed)
        #expect(outcome("*", nil, nil, nil) == .proceed)
    }

    @Test func writeConditionsAreHeld() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let first = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k", "IfNoneMatch": "*"], body: [1])
            #expect(
                await tarn.code {
                    _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k", "IfNoneMatch": "*"], body: [2])
                } == "PreconditionFailed")
            #expect(
                await tarn.code {
                    _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k", "IfMatch": "\"00\""], body: [2])
                } == "PreconditionFailed")
            #expect(
                await tarn.code {
                    _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "new", "IfMatch": "\"00\""], body: [2])
                } == "NoSuchKey")
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k", "IfMatch": first["ETag"] ?? .null], body: [3])
            #expect(
                await tarn.code {
                    _ = try await tarn.s3("DeleteObject", ["Bucket": "lake", "Key": "k", "IfMatch": first["ETag"] ?? .null])
                } == "PreconditionFailed")
        }
    }
}

import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

@Suite struct BucketSettingTests {
    private func policy(_ principal: String) -> Document {
        .string(
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":\#(principal),"Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/*"}]}"#
        )
    }

    @Test func publicPoliciesAreBlockedUntilTheBlockIsGone() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            let lake: Document = ["Bucket": "lake"]
            _ = try await tarn.s3("CreateBucket", lake)
            let open: Document = ["Bucket": "lake", "Policy": policy(#""*""#)]
            #expect(await tarn.code { _ = try await tarn.s3("PutBucketPolicy", open) } == "AccessDenied")
            #expect(await tarn.code { _ = try await tarn.s3("GetBucketPolicy", lake) } == "NoSuchBucketPolicy")
            _ = try await tarn.s3(
                "PutBucketPolicy", ["Bucket": "lake", "Policy": policy(#"{"AWS":"111111111111"}"#)])
            let block = try await tarn.s3("GetPublicAccessBlock", lake)["PublicAccessBlockConfiguration"]
            #expect(block?["BlockPublicPolicy"]?.bool == true)
            _ = try await tarn.s3(
                "PutPublicAccessBlock",
                ["Bucket": "lake", "PublicAccessBlockConfiguration": ["BlockPublicAcls": true]])
            _ = try await tarn.s3("PutBucketPolicy", open)
            #expect(try await tarn.s3("GetBucketPolicy", lake)["Policy"] == open["Policy"])
            _ = try await tarn.s3("DeletePublicAccessBlock", lake)
            #expect(
                await tarn.code { _ = try await tarn.s3("GetPublicAccessBlock", lake) }
                    == "NoSuchPublicAccessBlockConfiguration")
            _ = try await tarn.s3("DeleteBucketPolicy", lake)
            #expect(await tarn.code { _ = try await tarn.s3("GetBucketPolicy", lake) } == "NoSuchBucketPolicy")
        }
    }

    @Test(arguments: [
        "", "{}", #"{"Version":"2012-10-17","Statement":[]}"#,
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"}]}"#,
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/*"}]}"#,
    ]) func malformedPoliciesAreRefused(text: String) async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let code = await tarn.code {
                _ = try await tarn.s3("PutBucketPolicy", ["Bucket": "lake", "Policy": .string(text)])
            }
            #expect(code == "MalformedPolicy")
        }
    }

    @Test func tagsOfBuckets() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            let lake: Document = ["Bucket": "lake"]
            _ = try await tarn.s3("CreateBucket", lake)
            #expect(await tarn.code { _ = try await tarn.s3("GetBucketTagging", lake) } == "NoSuchTagSet")
            let tags: Document = [["Key": "team", "Value": "data"]]
            _ = try await tarn.s3("PutBucketTagging", ["Bucket": "lake", "Tagging": ["TagSet": tags]])
            #expect(try await tarn.s3("GetBucketTagging", lake)["TagSet"] == tags)
            _ = try await tarn.s3("DeleteBucketTagging", lake)
            #expect(await tarn.code { _ = try await tarn.s3("GetBucketTagging", lake) } == "NoSuchTagSet")
        }
    }
}

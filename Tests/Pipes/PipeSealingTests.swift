import Documents
import IAM
import KMS
import Kernel
import SQS
import STS
import Store
import TestSupport
import Testing

@testable import Pipes

/// What of a pipe rests under a customer's key.
@Suite struct PipeSealingTests {
    private static var services: [any Service] {
        [
            PipesService(destinations: { _, _, _, _, _ in [] }), KMSService(), SQSService(), IAMService(),
            STSService(tokens: SessionTokens(key: [UInt8](repeating: 7, count: 32))),
        ]
    }

    private func role(_ tarn: TestPlatform) async throws -> Document {
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pipes.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
        let made = try await tarn.call("iam", "CreateRole", ["RoleName": "r", "AssumeRolePolicyDocument": .string(trust)])
        let policy = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:*","sqs:*"],"Resource":"*"}]}"#
        try await tarn.call(
            "iam", "PutRolePolicy", ["RoleName": "r", "PolicyName": "own", "PolicyDocument": .string(policy)])
        return try #require(made["Role"]?["Arn"])
    }

    @Test func patternsAndTemplatesDoNotRestInTheClear() async throws {
        try await TestPlatform.with(Self.services) { tarn in
            for name in ["source", "target"] { try await tarn.call("sqs", "CreateQueue", ["QueueName": .string(name)]) }
            let key = try #require(try await tarn.call("kms", "CreateKey")["KeyMetadata"]?["Arn"])
            let source: Document = ["FilterCriteria": ["Filters": [["Pattern": #"{"body":["hidden"]}"#]]]]
            let target: Document = ["SqsQueueParameters": ["MessageGroupId": "g"], "InputTemplate": "hidden <$.body>"]
            let role = try await role(tarn)
            try await tarn.call(
                "pipes", "CreatePipe",
                [
                    "Name": "p", "RoleArn": role, "Source": "arn:aws:sqs:us-east-1:000000000000:source",
                    "Target": "arn:aws:sqs:us-east-1:000000000000:target", "SourceParameters": source,
                    "EnrichmentParameters": ["InputTemplate": "hidden too"], "TargetParameters": target, "KmsKeyIdentifier": key,
                ])
            let place = PipeRecord.key("000000000000", "us-east-1", "p")
            let bytes = try #require(try await tarn.platform.store.read { try $0.value(place) })
            #expect(String(decoding: bytes, as: UTF8.self).contains("SqsQueueParameters"))
            #expect(!String(decoding: bytes, as: UTF8.self).contains("hidden"))
            let shown = try await tarn.call("pipes", "DescribePipe", ["Name": "p"])
            #expect(shown["SourceParameters"]?["FilterCriteria"] == source["FilterCriteria"])
            #expect(shown["EnrichmentParameters"] == ["InputTemplate": "hidden too"])
            #expect(shown["TargetParameters"] == target)
        }
    }
}

import Documents
import KMS
import Kernel
import Store
import TestSupport
import Testing

@testable import SNS

@Suite struct PlatformEventTests {
    private static let root =
        #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"kms:*","Resource":"*"}"#
    private static let sns =
        #"{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}"#

    private func key(_ tarn: TestPlatform, _ statements: [String]) async throws -> Document {
        let policy = #"{"Version":"2012-10-17","Statement":["# + statements.joined(separator: ",") + "]}"
        let made = try await tarn.call("kms", "CreateKey", ["Policy": .string(policy)])
        return ["KmsMasterKeyId": try #require(made["KeyMetadata"]?["Arn"])]
    }

    /// Makes an application with an endpoint, and a topic that is to be told of it.
    /// - Returns: the bodies that the topic's queue got once nothing is left to be delivered.
    private func told(_ tarn: TestPlatform, _ sqs: FakeSQS, topic: String, _ attributes: Document) async throws -> [Document] {
        let made = try await tarn.call("sns", "CreateTopic", ["Name": .string(topic), "Attributes": attributes])["TopicArn"]
        let arn = try #require(made)
        let queue: Document = .string("arn:aws:sqs:us-east-1:000000000000:q" + (topic.hasSuffix(".fifo") ? ".fifo" : ""))
        try await tarn.call(
            "sns", "Subscribe",
            ["TopicArn": arn, "Protocol": "sqs", "Endpoint": queue, "Attributes": ["RawMessageDelivery": "true"]])
        let application = try await tarn.call(
            "sns", "CreatePlatformApplication",
            ["Name": "app", "Platform": "ADM", "Attributes": ["EventEndpointCreated": arn]])["PlatformApplicationArn"]
        try await tarn.call(
            "sns", "CreatePlatformEndpoint", ["PlatformApplicationArn": try #require(application), "Token": "device"])
        try await tarn.untilDelivered()
        return try sqs.taken.withLock { $0 }.map { try JSON.parse($0.body) }
    }

    @Test func aTopicWithAKeyIsTold() async throws {
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs, KMSService()]) { tarn in
            let told = try await told(tarn, sqs, topic: "t", try await key(tarn, [Self.root, Self.sns]))
            #expect(told.count == 1 && told.first?["EventType"] == "EndpointCreated")
        }
    }

    /// A key that SNS may not use.
    @Test func aKeyThatIsNotOpenToSNS() async throws {
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs, KMSService()]) { tarn in
            let told = try await told(tarn, sqs, topic: "t", try await key(tarn, [Self.root]))
            #expect(told.isEmpty)
        }
    }

    /// Nothing names a group.
    @Test func aFIFOTopicIsNotTold() async throws {
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs, KMSService()]) { tarn in
            let told = try await told(tarn, sqs, topic: "t.fifo", ["FifoTopic": "true"])
            #expect(told.isEmpty)
        }
    }
}

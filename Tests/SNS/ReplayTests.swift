import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import SNS

/// The archive of a FIFO topic, and what a subscription gets of it again.
@Suite struct ReplayTests {
    private static let start = "1970-01-01T00:00:00.000Z"

    private static func topic(_ tarn: TestPlatform, days: Int = 30) async throws -> String {
        let attributes: Document = [
            "FifoTopic": "true", "ContentBasedDeduplication": "true",
            "ArchivePolicy": .string(#"{"MessageRetentionPeriod":"\#(days)"}"#),
        ]
        let made = try await tarn.call("sns", "CreateTopic", ["Name": "t.fifo", "Attributes": attributes])
        return try #require(made["TopicArn"]?.string)
    }

    private static func subscribe(_ tarn: TestPlatform, _ topic: String, _ attributes: Members = [:]) async throws -> String {
        let all = attributes.merging(["RawMessageDelivery": "true"]) { $1 }
        let made = try await tarn.call(
            "sns", "Subscribe",
            [
                "TopicArn": .string(topic), "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:000000000000:q.fifo",
                "Attributes": .map(all),
            ])
        return try #require(made["SubscriptionArn"]?.string)
    }

    private static func publish(_ tarn: TestPlatform, _ topic: String, _ texts: [String]) async throws {
        for text in texts {
            try await tarn.call(
                "sns", "Publish",
                [
                    "TopicArn": .string(topic), "Message": .string(text), "MessageGroupId": "g",
                    "MessageAttributes": ["kind": ["DataType": "String", "StringValue": .string(String(text.prefix(1)))]],
                ])
        }
    }

    private static func set(_ tarn: TestPlatform, _ subscription: String, _ policy: String) async throws {
        try await tarn.call(
            "sns", "SetSubscriptionAttributes",
            [
                "SubscriptionArn": .string(subscription), "AttributeName": "ReplayPolicy", "AttributeValue": .string(policy),
            ])
    }

    private static func status(_ tarn: TestPlatform, _ subscription: String) async throws -> String? {
        let input: Document = ["SubscriptionArn": .string(subscription)]
        return try await tarn.call("sns", "GetSubscriptionAttributes", input)["Attributes"]?["ReplayStatus"]?.string
    }

    private static func completes(_ tarn: TestPlatform, _ subscription: String) async throws {
        try await eventually("completed") { try await status(tarn, subscription) == "Completed" }
    }

    @Test func aNewSubscriptionGetsWhatItWantsOfTheArchiveInOrder() async throws {
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs]) { tarn in
            let topic = try await Self.topic(tarn)
            let texts = (0..<150).map { "\($0 % 2 == 0 ? "a" : "b")\($0)" }
            try await Self.publish(tarn, topic, texts)
            let subscription = try await Self.subscribe(
                tarn, topic,
                [
                    "ReplayPolicy": .string(#"{"PointType":"Timestamp","StartingPoint":"\#(Self.start)"}"#),
                    "FilterPolicy": #"{"kind":["a"]}"#,
                ])
            try await Self.completes(tarn, subscription)
            try await Self.publish(tarn, topic, ["anew"])
            let wanted = texts.filter { $0.hasPrefix("a") } + ["anew"]
            #expect(try await sqs.wait(for: wanted.count).map(\.body) == wanted)
        }
    }

    @Test func aReplayKeepsToItsEndAndToTheRetention() async throws {
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs]) { tarn in
            let topic = try await Self.topic(tarn, days: 2)
            try await Self.publish(tarn, topic, ["old"])
            try await tarn.advance(.seconds(86_400))
            try await Self.publish(tarn, topic, ["middle"])
            let end = tarn.platform.clock.now().iso8601(milliseconds: true)
            try await tarn.advance(.seconds(86_401))
            try await Self.publish(tarn, topic, ["late"])
            let subscription = try await Self.subscribe(tarn, topic)
            #expect(try await Self.status(tarn, subscription) == nil)
            let policy = #"{"PointType":"Timestamp","StartingPoint":"\#(Self.start)","EndingPoint":"\#(end)"}"#
            try await Self.set(tarn, subscription, policy)
            try await Self.completes(tarn, subscription)
            #expect(try await sqs.wait(for: 1).map(\.body) == ["middle"])
            // Once more, and no replay afterwards.
            try await Self.set(tarn, subscription, policy)
            try await Self.completes(tarn, subscription)
            #expect(try await sqs.wait(for: 2).map(\.body) == ["middle", "middle"])
            try await Self.set(tarn, subscription, "{}")
            #expect(try await Self.status(tarn, subscription) == nil)
        }
    }

    @Test func aTopicWithAnArchiveStays() async throws {
        try await TestPlatform.with([SNSService(), FakeSQS()]) { tarn in
            let topic = try await Self.topic(tarn)
            let input: Document = ["TopicArn": .string(topic)]
            let shown = try await tarn.call("sns", "GetTopicAttributes", input)["Attributes"]
            #expect(shown?["ArchivePolicy"]?.string == #"{"MessageRetentionPeriod":"30"}"#)
            #expect(shown?["BeginningArchiveTime"]?.string == tarn.platform.clock.now().iso8601(milliseconds: true))
            let refused = await #expect(throws: AWSError.self) { try await tarn.call("sns", "DeleteTopic", input) }
            #expect(refused?.code == "InvalidState")
            #expect(refused?.message == "Invalid state: Cannot delete a topic with an ArchivePolicy")
            try await tarn.call(
                "sns", "SetTopicAttributes",
                ["TopicArn": .string(topic), "AttributeName": "ArchivePolicy", "AttributeValue": "{}"])
            let after = try await tarn.call("sns", "GetTopicAttributes", input)["Attributes"]
            #expect(after?["ArchivePolicy"] == nil && after?["BeginningArchiveTime"] == nil)
            try await tarn.call("sns", "DeleteTopic", input)
        }
    }

    @Test func anEndedArchiveLosesItsMessagesAndItsTopicMayGo() async throws {
        @Sendable func kept(_ tarn: TestPlatform) async throws -> Int {
            try await tarn.platform.store.read { try $0.all(ArchivedMessage.self, Key(.snsArchive)).count }
        }
        @Sendable func set(_ policy: String, _ topic: String, _ tarn: TestPlatform) async throws {
            let input: Document = [
                "TopicArn": .string(topic), "AttributeName": "ArchivePolicy", "AttributeValue": .string(policy),
            ]
            try await tarn.call("sns", "SetTopicAttributes", input)
        }
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs]) { tarn in
            let topic = try await Self.topic(tarn)
            let count = StoreLimit.deletedAtOnce + 1
            try await Self.publish(tarn, topic, (0..<count).map { "a\($0)" })
            #expect(try await kept(tarn) == count)
            try await set("{}", topic, tarn)
            // A new archive has nothing of the old one, in the same instant, and loses nothing with it.
            try await set(#"{"MessageRetentionPeriod":3}"#, topic, tarn)
            try await Self.publish(tarn, topic, ["b"])
            try await eventually("one message is kept") { try await kept(tarn) == 1 }
            let policy = #"{"PointType":"Timestamp","StartingPoint":"\#(Self.start)"}"#
            let subscription = try await Self.subscribe(tarn, topic, ["ReplayPolicy": .string(policy)])
            try await Self.completes(tarn, subscription)
            #expect(try await sqs.wait(for: 1).map(\.body) == ["b"])
            try await set("{}", topic, tarn)
            try await tarn.call("sns", "DeleteTopic", ["TopicArn": .string(topic)])
            try await eventually("no message is kept") { try await kept(tarn) == 0 }
        }
    }

    @Test(arguments: [
        "", "x", #"{"MessageRetentionPeriod":0}"#, #"{"MessageRetentionPeriod":366}"#, #"{"Days":3}"#,
        #"{"MessageRetentionPeriod":3,"More":1}"#,
    ])
    func refusesAnArchivePolicy(text: String) { #expect(throws: SNSFault.self) { try ArchivePolicy.read(text) } }

    @Test(arguments: [
        "x", #"{"PointType":"Timestamp"}"#, #"{"PointType":"Sequence","StartingPoint":"2026-01-01T00:00:00Z"}"#,
        #"{"PointType":"Timestamp","StartingPoint":"now"}"#,
        #"{"PointType":"Timestamp","StartingPoint":"2026-01-02T00:00:00Z","EndingPoint":"2026-01-01T00:00:00Z"}"#,
        #"{"PointType":"Timestamp","StartingPoint":"2026-01-02T00:00:00Z","More":1}"#,
    ])
    func refusesAReplayPolicy(text: String) async throws {
        try await TestPlatform.with([SNSService(), FakeSQS()]) { tarn in
            let topic = try await Self.topic(tarn)
            let subscription = try await Self.subscribe(tarn, topic)
            let refused = await #expect(throws: AWSError.self) { try await Self.set(tarn, subscription, text) }
            #expect(refused?.code == "InvalidParameter")
        }
    }
}

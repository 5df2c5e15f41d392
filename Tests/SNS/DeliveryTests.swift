import Documents
import Kernel
import TestSupport
import Testing

@testable import SNS

private let busy = AWSError("InternalFailure", 500, "busy")
private let gone = AWSError("QueueDoesNotExist", 400, "gone")

@Suite struct DeliveryTests {
    private func subscribed(
        _ tarn: TestPlatform, topic: String, attributes: Document = [:], subscription: Document = ["RawMessageDelivery": "true"]
    ) async throws -> (topic: String, subscription: String) {
        let arn = try await tarn.call("sns", "CreateTopic", ["Name": .string(topic), "Attributes": attributes])["TopicArn"]
        let queue = topic.hasSuffix(".fifo") ? "q.fifo" : "q"
        let answer = try await tarn.call(
            "sns", "Subscribe",
            [
                "TopicArn": try #require(arn), "Protocol": "sqs",
                "Endpoint": .string("arn:aws:sqs:us-east-1:000000000000:\(queue)"), "Attributes": subscription,
            ])
        return (try #require(arn?.string), try #require(answer["SubscriptionArn"]?.string))
    }

    @Test func aBusyQueueGetsTheMessageLater() async throws {
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs]) { tarn in
            let topic = try await subscribed(tarn, topic: "t").topic
            // Three retries at once, then after a second.
            sqs.answers.withLock { $0 = [busy, busy, busy, busy] }
            try await tarn.call("sns", "Publish", ["TopicArn": .string(topic), "Message": "hello"])
            try await eventually("four tries") { sqs.answers.withLock { $0.isEmpty } }
            #expect(sqs.taken.withLock { $0.isEmpty })
            try await eventually("a message") {
                try await tarn.advance(.seconds(1))
                return sqs.taken.withLock { !$0.isEmpty }
            }
            #expect(sqs.taken.withLock { $0.map(\.body) } == ["hello"])
        }
    }

    @Test func aRefusedMessageGoesToTheDeadLetterQueue() async throws {
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs]) { tarn in
            let policy = #"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead"}"#
            let topic = try await subscribed(
                tarn, topic: "t", subscription: ["RawMessageDelivery": "true", "RedrivePolicy": .string(policy)]
            ).topic
            sqs.answers.withLock { $0 = [gone] }
            try await tarn.call("sns", "Publish", ["TopicArn": .string(topic), "Message": "hello"])
            #expect(try await sqs.wait(for: 1) == [FakeSQS.Taken(queue: "dead", body: "hello")])
        }
    }

    @Test func aGroupKeepsItsOrderThroughFailures() async throws {
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs]) { tarn in
            let topic = try await subscribed(
                tarn, topic: "t.fifo", attributes: ["FifoTopic": "true", "ContentBasedDeduplication": "true"]
            ).topic
            sqs.answers.withLock { $0 = [nil, busy, nil, busy, busy, nil] }
            for number in 0..<40 {
                try await tarn.call(
                    "sns", "Publish",
                    ["TopicArn": .string(topic), "Message": .string("m\(number)"), "MessageGroupId": "g"])
            }
            #expect(try await sqs.wait(for: 40).map(\.body) == (0..<40).map { "m\($0)" })
        }
    }

    @Test func aTwinIsTakenOnceWithinFiveMinutes() async throws {
        let sqs = FakeSQS()
        try await TestPlatform.with([SNSService(), sqs]) { tarn in
            let topic = try await subscribed(tarn, topic: "t.fifo", attributes: ["FifoTopic": "true"]).topic
            let input: Document = [
                "TopicArn": .string(topic), "Message": "m", "MessageGroupId": "g", "MessageDeduplicationId": "d",
            ]
            let first = try await tarn.call("sns", "Publish", input)["MessageId"]
            #expect(try await tarn.call("sns", "Publish", input)["MessageId"] == first)
            try await tarn.advance(.seconds(299))
            #expect(try await tarn.call("sns", "Publish", input)["MessageId"] == first)
            try await tarn.advance(.seconds(1))
            #expect(try await tarn.call("sns", "Publish", input)["MessageId"] != first)
            #expect(try await sqs.wait(for: 2).count == 2)
        }
    }

    @Test func whatNobodyConfirmsIsForgotten() async throws {
        try await TestPlatform.with([SNSService(), FakeSQS()]) { tarn in
            let topic = try await subscribed(tarn, topic: "t").topic
            try await tarn.call(
                "sns", "Subscribe", ["TopicArn": .string(topic), "Protocol": "email", "Endpoint": "ann@example.com"])
            let before = try await tarn.call("sns", "ListSubscriptionsByTopic", ["TopicArn": .string(topic)])
            #expect(before["Subscriptions"]?.list?.count == 2)
            try await tarn.advance(.seconds(2 * 86_400))
            let after = try await tarn.call("sns", "ListSubscriptionsByTopic", ["TopicArn": .string(topic)])
            #expect(after["Subscriptions"]?.list?.count == 1)
        }
    }

    @Test func listsComeInPages() async throws {
        try await TestPlatform.with([SNSService()]) { tarn in
            for number in 0..<101 { try await tarn.call("sns", "CreateTopic", ["Name": .string("t\(number)")]) }
            let first = try await tarn.call("sns", "ListTopics")
            #expect(first["Topics"]?.list?.count == 100)
            let token = try #require(first["NextToken"])
            let second = try await tarn.call("sns", "ListTopics", ["NextToken": token])
            #expect(second["Topics"]?.list?.count == 1 && second["NextToken"] == nil)
        }
    }
}

@Suite struct RetryTests {
    @Test func managedEndpointsHaveFourPhases() {
        #expect((0..<5).map { DeliveryPolicy.managedDelay($0) } == [0, 0, 0, 1, 1])
        #expect(DeliveryPolicy.managedDelay(5) == 1)
        #expect(abs((DeliveryPolicy.managedDelay(14) ?? 0) - 20) < 0.01)
        #expect(DeliveryPolicy.managedDelay(100_014) == 20 && DeliveryPolicy.managedDelay(100_015) == nil)
    }

    @Test func webServersHaveTheirPolicy() {
        let standard = DeliveryPolicy(topic: nil)
        #expect((0..<4).map { standard.delay($0) } == [20, 20, 20, nil])
        let own = DeliveryPolicy(
            topic: nil,
            subscription:
                #"{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":5,"numRetries":8,"numNoDelayRetries":1,"numMinDelayRetries":1,"numMaxDelayRetries":1}}"#
        )
        #expect((0..<9).map { own.delay($0) } == [0, 1, 1, 2, 3, 4, 5, 5, nil])
    }

    @Test func aTopicMayForbidOverrides() {
        let policy = DeliveryPolicy(
            topic: #"{"http":{"disableSubscriptionOverrides":true,"defaultHealthyRetryPolicy":{"numRetries":1}}}"#,
            subscription: #"{"healthyRetryPolicy":{"numRetries":9}}"#)
        #expect(policy.retries == 1)
    }
}

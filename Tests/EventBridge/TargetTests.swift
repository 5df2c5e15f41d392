import Documents
import IAM
import Kernel
import TestSupport
import Testing

@testable import EventBridge

private let queue = "arn:aws:sqs:us-east-1:000000000000:q"
private let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
private let busy = AWSError("ServiceUnavailable", 503, "busy")
private let gone = AWSError("ResourceNotFoundException", 400, "gone")

@Suite struct TargetTests {
    @Test func aStreamIsWrittenAsTheTargetsRole() async throws {
        let streams = FakeStreams()
        try await TestPlatform.with([EventBridgeService(), IAMService(), sts, streams]) { tarn in
            let role = try await tarn.role("writer", for: "events.amazonaws.com", allowing: "kinesis:PutRecord", on: stream)
            try await tarn.rule(
                "r",
                [
                    "Id": "s", "Arn": .string(stream), "RoleArn": .string(role), "InputPath": "$.detail",
                    "KinesisParameters": ["PartitionKeyPath": "$.detail.customer"],
                ])
            try await tarn.put(#"{"customer":"c1","n":1}"#)
            let taken = try #require(try await streams.recorder.wait(for: 1).first)
            #expect(taken.input["PartitionKey"]?.string == "c1")
            #expect(taken.input["Data"]?.blob.map { String(decoding: $0, as: UTF8.self) } == #"{"customer":"c1","n":1}"#)
            #expect(taken.caller.roleARN == role)
        }
    }

    @Test func aRoleThatMayNotGoesToTheDeadLetterQueue() async throws {
        let (streams, queues) = (FakeStreams(), FakeQueues())
        try await TestPlatform.with([EventBridgeService(), IAMService(), sts, streams, queues]) { tarn in
            let role = try await tarn.role("idler", for: "events.amazonaws.com", allowing: "kinesis:ListStreams")
            try await tarn.rule(
                "r",
                [
                    "Id": "s", "Arn": .string(stream), "RoleArn": .string(role), "DeadLetterConfig": ["Arn": .string(queue)],
                    "KinesisParameters": ["PartitionKeyPath": "$.id"],
                ])
            try await tarn.put("{}")
            let letter = try #require(try await queues.recorder.wait(for: 1).first)
            let attributes = letter.input["MessageAttributes"]
            #expect(attributes?["ERROR_CODE"]?["StringValue"] == "NO_PERMISSIONS")
            #expect(attributes?["RETRY_ATTEMPTS"]?["StringValue"] == "0")
            #expect(attributes?["TARGET_ARN"]?["StringValue"] == .string(stream))
            #expect(streams.recorder.taken.withLock { $0.isEmpty })
        }
    }

    @Test func aFIFOQueueGetsItsGroupAndOneCopy() async throws {
        let queues = FakeQueues()
        try await TestPlatform.with([EventBridgeService(), queues]) { tarn in
            try await tarn.rule(
                "r", ["Id": "q", "Arn": .string(queue + ".fifo"), "SqsParameters": ["MessageGroupId": "orders"]])
            try await tarn.put("{}")
            let taken = try #require(try await queues.recorder.wait(for: 1).first)
            #expect(taken.input["MessageGroupId"] == "orders")
            // The event's id, so that a repeated delivery is the same message.
            let event = try JSON.parse(try #require(taken.input["MessageBody"]?.string))
            #expect(taken.input["MessageDeduplicationId"] == event["id"])
            #expect(taken.caller.serviceName == "events.amazonaws.com")
            #expect(taken.caller.sourceARN == "arn:aws:events:us-east-1:000000000000:rule/r")
        }
    }

    @Test func aBusyTargetIsTriedAgainUntilTheEventIsTooOld() async throws {
        let (streams, queues) = (FakeStreams(), FakeQueues())
        try await TestPlatform.with([EventBridgeService(), IAMService(), sts, streams, queues]) { tarn in
            let role = try await tarn.role("writer", for: "events.amazonaws.com", allowing: "kinesis:PutRecord")
            try await tarn.rule(
                "r",
                [
                    "Id": "s", "Arn": .string(stream), "RoleArn": .string(role), "DeadLetterConfig": ["Arn": .string(queue)],
                    "RetryPolicy": ["MaximumEventAgeInSeconds": 60], "KinesisParameters": ["PartitionKeyPath": "$.id"],
                ])
            streams.recorder.answers.withLock { $0 = Array(repeating: busy, count: 100) }
            try await tarn.put("{}")
            try await eventually("a letter") {
                try await tarn.advance(.seconds(1))
                return queues.recorder.taken.withLock { !$0.isEmpty }
            }
            let letter = try #require(queues.recorder.taken.withLock { $0 }.first)
            #expect(
                letter.input["MessageAttributes"]?["EXHAUSTED_RETRY_CONDITION"]?["StringValue"] == "MaximumEventAgeInSeconds")
            // A pause doubles from a second and is spread over its second half: at most eight fit into a minute.
            let tries = streams.recorder.taken.withLock { $0.count }
            #expect((5...9).contains(tries))
            #expect(letter.input["MessageAttributes"]?["RETRY_ATTEMPTS"]?["StringValue"] == .string("\(tries - 1)"))
        }
    }

    @Test func whatIsGoneIsNotTriedAgain() async throws {
        let queues = FakeQueues()
        try await TestPlatform.with([EventBridgeService(), queues]) { tarn in
            try await tarn.rule(
                "r", ["Id": "q", "Arn": .string(queue), "DeadLetterConfig": ["Arn": .string(queue + "-dead")]])
            queues.recorder.answers.withLock { $0 = [gone] }
            try await tarn.put("{}")
            let taken = try await queues.recorder.wait(for: 2)
            #expect(taken.last?.input["MessageAttributes"]?["ERROR_CODE"]?["StringValue"] == "NO_RESOURCE")
        }
    }

    @Test func anotherAccountsBusTakesWhatItsPolicyAllows() async throws {
        let queues = FakeQueues()
        try await TestPlatform.with([EventBridgeService(), queues]) { tarn in
            let owner = Caller.root(of: "111111111111")
            let bus = "arn:aws:events:eu-west-1:111111111111:event-bus/shared"
            try await tarn.call("events", "CreateEventBus", ["Name": "shared"], as: owner, region: "eu-west-1")
            let target = "arn:aws:sqs:eu-west-1:111111111111:theirs"
            try await tarn.rule(
                "theirs", bus: "shared", ["Id": "q", "Arn": .string(target)], as: owner, region: "eu-west-1")
            try await tarn.rule(
                "mine", ["Id": "b", "Arn": .string(bus), "DeadLetterConfig": ["Arn": .string(queue)]])
            // Without a policy the event goes to the sender's own queue for dead letters.
            try await tarn.put(#"{"n":1}"#)
            let letter = try #require(try await queues.recorder.wait(for: 1).first)
            #expect(letter.input["MessageAttributes"]?["ERROR_CODE"]?["StringValue"] == "NO_PERMISSIONS")

            try await tarn.call(
                "events", "PutPermission",
                [
                    "EventBusName": "shared", "Action": "events:PutEvents", "Principal": "000000000000", "StatementId": "s",
                ], as: owner, region: "eu-west-1")
            try await tarn.put(#"{"n":2}"#)
            let taken = try #require(try await queues.recorder.wait(for: 2).last)
            #expect(taken.region == "eu-west-1")
            let event = try JSON.parse(try #require(taken.input["MessageBody"]?.string))
            // It says where it came from.
            #expect(event["account"] == "000000000000")
            #expect(event["region"] == "us-east-1")
            #expect(event["detail"]?["n"] == 2)
        }
    }

    @Test func anEventDoesNotGoOnFromAThirdAccount() async throws {
        let queues = FakeQueues()
        try await TestPlatform.with([EventBridgeService(), queues]) { tarn in
            let second = Caller.root(of: "111111111111")
            try await tarn.call(
                "events", "PutPermission",
                ["Action": "events:PutEvents", "Principal": "*", "StatementId": "s"], as: second)
            try await tarn.rule("first", ["Id": "b", "Arn": "arn:aws:events:us-east-1:111111111111:event-bus/default"])
            try await tarn.rule(
                "back", ["Id": "b", "Arn": "arn:aws:events:us-east-1:000000000000:event-bus/default"], as: second)
            try await tarn.rule("seen", ["Id": "q", "Arn": "arn:aws:sqs:us-east-1:111111111111:q"], as: second)
            try await tarn.call(
                "events", "PutPermission", ["Action": "events:PutEvents", "Principal": "*", "StatementId": "s"])
            try await tarn.put("{}")
            #expect(try await queues.recorder.wait(for: 1).count == 1)
            try await RealTime.wait(.milliseconds(100))
            #expect(queues.recorder.taken.withLock { $0.count } == 1)
        }
    }
}

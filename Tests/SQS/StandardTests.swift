import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import SQS

@Suite struct StandardTests {
    private func with(_ body: @Sendable (TestPlatform) async throws -> Void) async throws {
        try await TestPlatform.with([SQSService()], body)
    }

    @Test func whatIsSentIsReceivedOnceAndDeleted() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q")
            let sent = try await queue.send("hello", ["MessageAttributes": ["n": ["DataType": "Number", "StringValue": "1"]]])
            #expect(sent["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592")
            let got = try await queue.receive(10, ["MessageAttributeNames": ["All"]])
            #expect(got.map { $0["Body"] } == ["hello"])
            #expect(got[0]["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"])
            #expect(got[0]["Attributes"]?["ApproximateReceiveCount"] == "1")
            #expect(try await queue.receive().isEmpty)
            #expect(try await queue.counts() == ["0", "1", "0"])
            try await queue.delete(got[0])
            #expect(try await queue.counts() == ["0", "0", "0"])
            try await tarn.advance(.seconds(31))
            #expect(try await queue.receive().isEmpty)
        }
    }

    @Test func visibilityEndsOnTheClock() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q", ["VisibilityTimeout": "10"])
            try await queue.send("a")
            let first = try await queue.receive()
            try await tarn.advance(.seconds(9))
            #expect(try await queue.receive().isEmpty)
            try await tarn.advance(.seconds(1))
            let second = try await queue.receive()
            #expect(second.map { $0["Attributes"]?["ApproximateReceiveCount"] } == ["2"])
            // The older handle no longer rules the message's visibility; the newer does.
            let old = first[0]["ReceiptHandle"] ?? .null
            #expect(
                await refusal {
                    try await queue.call("ChangeMessageVisibility", ["ReceiptHandle": old, "VisibilityTimeout": 0])
                } == "InvalidParameterValueException")
            let new = second[0]["ReceiptHandle"] ?? .null
            try await queue.call("ChangeMessageVisibility", ["ReceiptHandle": new, "VisibilityTimeout": 0])
            #expect(try await queue.bodies() == ["a"])
        }
    }

    @Test func visibilityHasATotalLimit() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q")
            try await queue.send("a")
            let handle = try await queue.receive()[0]["ReceiptHandle"] ?? .null
            try await queue.call("ChangeMessageVisibility", ["ReceiptHandle": handle, "VisibilityTimeout": 43_200])
            try await tarn.advance(.seconds(10))
            #expect(
                await refusal {
                    try await queue.call("ChangeMessageVisibility", ["ReceiptHandle": handle, "VisibilityTimeout": 43_200])
                } == "InvalidParameterValueException")
            try await tarn.advance(.seconds(43_190))
            #expect(
                await refusal {
                    try await queue.call("ChangeMessageVisibility", ["ReceiptHandle": handle, "VisibilityTimeout": 1])
                } == "MessageNotInflight")
        }
    }

    @Test func delaysHold() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q", ["DelaySeconds": "20"])
            try await queue.send("queue's")
            try await queue.send("own", ["DelaySeconds": 5])
            #expect(try await queue.counts() == ["0", "0", "2"])
            try await tarn.advance(.seconds(5))
            #expect(try await queue.bodies() == ["own"])
            try await tarn.advance(.seconds(15))
            #expect(try await queue.bodies() == ["queue's"])
        }
    }

    @Test func retentionTakesMessagesAway() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q", ["MessageRetentionPeriod": "60"])
            for number in 0..<30 { try await queue.send("\(number)") }
            try await tarn.advance(.seconds(59))
            #expect(try await queue.receive(1).count == 1)
            try await tarn.advance(.seconds(1))
            #expect(try await queue.counts() == ["0", "0", "0"])
            #expect(try await queue.receive().isEmpty)
        }
    }

    @Test func tooManyReceivesMakeADeadLetterThatKeepsItsAge() async throws {
        try await with { tarn in
            let dead = try await TestQueue.make(tarn, "dead", ["MessageRetentionPeriod": "100"])
            let arn = try await dead.arn()
            let policy = #"{"deadLetterTargetArn":"\#(arn)","maxReceiveCount":2}"#
            let queue = try await TestQueue.make(tarn, "q", ["VisibilityTimeout": "1", "RedrivePolicy": .string(policy)])
            let sent = try await queue.send("poison")
            for _ in 0..<2 {
                #expect(try await queue.bodies() == ["poison"])
                try await tarn.advance(.seconds(2))
            }
            #expect(try await queue.receive().isEmpty)
            let letters = try await dead.receive()
            #expect(letters.map { $0["MessageId"] } == [sent["MessageId"]])
            #expect(letters[0]["Attributes"]?["DeadLetterQueueSourceArn"]?.string == (try await queue.arn()))
            #expect(letters[0]["Attributes"]?["SentTimestamp"]?.string == String(TestPlatform.epoch.milliseconds))
            try await tarn.advance(.seconds(96))
            #expect(try await dead.counts() == ["0", "0", "0"])
            let sources = try await dead.call("ListDeadLetterSourceQueues")
            #expect(sources["queueUrls"]?.list == [.string(queue.url)])
        }
    }

    @Test func deadLettersMoveBack() async throws {
        try await with { tarn in
            let dead = try await TestQueue.make(tarn, "dead")
            let arn = try await dead.arn()
            let policy = #"{"deadLetterTargetArn":"\#(arn)","maxReceiveCount":1}"#
            let queue = try await TestQueue.make(tarn, "q", ["VisibilityTimeout": "0", "RedrivePolicy": .string(policy)])
            for number in 0..<7 { try await queue.send("\(number)") }
            _ = try await queue.receive()
            #expect(try await queue.receive().isEmpty)
            #expect(try await dead.counts() == ["7", "0", "0"])
            let task = try await tarn.call("sqs", "StartMessageMoveTask", ["SourceArn": .string(arn)])
            #expect(task["TaskHandle"] != nil)
            try await eventually("the queue is empty") { try await dead.counts() == ["0", "0", "0"] }
            #expect(try await queue.bodies().sorted() == (0..<7).map(String.init))
            try await eventually("the task is completed") {
                let tasks = try await tarn.call("sqs", "ListMessageMoveTasks", ["SourceArn": .string(arn)])
                return tasks["Results"]?.list?.first?["Status"] == "COMPLETED"
            }
        }
    }

    @Test func purgeEmptiesAtOnceAndRests() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q")
            for number in 0..<5 { try await queue.send("\(number)") }
            let got = try await queue.receive(1)
            try await queue.call("PurgeQueue")
            #expect(try await queue.counts() == ["0", "0", "0"])
            #expect(await refusal { try await queue.call("PurgeQueue") } == "PurgeQueueInProgress")
            try await queue.delete(got[0])
            try await queue.send("after")
            #expect(try await queue.bodies() == ["after"])
            try await tarn.advance(.seconds(60))
            try await queue.call("PurgeQueue")
        }
    }

    @Test func aDeletedNameRestsForAMinute() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q")
            try await queue.send("old")
            try await queue.call("DeleteQueue")
            #expect(await refusal { try await queue.send("x") } == "QueueDoesNotExist")
            #expect(await refusal { _ = try await TestQueue.make(tarn, "q") } == "QueueDeletedRecently")
            try await tarn.advance(.seconds(60))
            let again = try await TestQueue.make(tarn, "q")
            #expect(try await again.receive().isEmpty)
        }
    }

    /// A long backlog of one group does not hold up another (fair queues).
    @Test func groupsOfAStandardQueueTakeTurns() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q")
            for number in 0..<50 {
                try await queue.send("loud \(number)", ["MessageGroupId": "loud"])
                try await tarn.advance(.milliseconds(1))
            }
            try await queue.send("quiet", ["MessageGroupId": "quiet"])
            #expect(try await queue.bodies().contains("quiet"))
        }
    }

    @Test func largeBodiesRestApartAndSealed() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q")
            let body = String(repeating: "x", count: SQSLimit.messageBytes)
            try await queue.send(body)
            let got = try await queue.receive()
            #expect(got[0]["Body"]?.string == body)
            try await queue.delete(got[0])
            #expect(await refusal { try await queue.send(body + "x") } == "InvalidParameterValueException")
            let rows = try await tarn.platform.store.read { snapshot in
                var rows = 0
                try snapshot.scan(Key(.sqsBody)) { _, _ in
                    rows += 1
                    return true
                }
                return rows
            }
            #expect(rows == 0)
        }
    }

    @Test func aLongPollWakesOnSendOnVisibilityAndOnDelay() async throws {
        try await with { tarn in
            let queue = try await TestQueue.make(tarn, "q", ["ReceiveMessageWaitTimeSeconds": "20"])
            async let sent = queue.bodies()
            try await queue.send("sent", ["DelaySeconds": 0])
            #expect(try await sent == ["sent"])
            try await tarn.advance(.seconds(30))
            #expect(try await queue.bodies(10, ["VisibilityTimeout": 5]) == ["sent"])
            async let back = queue.bodies()
            for _ in 0..<100 { await Task.yield() }
            try await tarn.advance(.seconds(5))
            #expect(try await back == ["sent"])
            try await queue.send("delayed", ["DelaySeconds": 7])
            async let delayed = queue.bodies()
            for _ in 0..<100 { await Task.yield() }
            try await tarn.advance(.seconds(7))
            #expect(try await delayed == ["delayed"])
            async let nothing = queue.bodies(10, ["WaitTimeSeconds": 3])
            for _ in 0..<100 { await Task.yield() }
            try await tarn.advance(.seconds(4))
            #expect(try await nothing == [])
        }
    }
}

import Documents
import Kernel
import TestSupport
import Testing

@testable import SQS

@Suite struct FifoTests {
    private func with(_ body: @Sendable (TestPlatform) async throws -> Void) async throws {
        try await TestPlatform.with([SQSService()], body)
    }

    private func group(_ name: String, _ id: String) -> Members {
        ["MessageGroupId": .string(name), "MessageDeduplicationId": .string(id)]
    }

    @Test func aMessageInFlightBlocksItsGroup() async throws {
        try await with { tarn in
            let queue = try await TestQueue.fifo(tarn, "q.fifo")
            for number in 1...3 { try await queue.send("a\(number)", group("a", "a\(number)")) }
            try await queue.send("b1", group("b", "b1"))
            let first = try await queue.receive(1)
            #expect(first.map { $0["Body"] } == ["a1"])
            #expect(try await queue.bodies() == ["b1"])
            #expect(try await queue.receive().isEmpty)
            try await queue.delete(first[0])
            #expect(try await queue.bodies() == ["a2", "a3"])
            #expect(try await queue.counts() == ["0", "3", "0"])
            try await tarn.advance(.seconds(30))
            #expect(try await queue.bodies() == ["a2", "a3", "b1"])
        }
    }

    @Test func deduplicationHoldsForFiveMinutes() async throws {
        try await with { tarn in
            let queue = try await TestQueue.fifo(tarn, "q.fifo", ["ContentBasedDeduplication": "true"])
            let first = try await queue.send("same", ["MessageGroupId": "g"])
            let again = try await queue.send("same", ["MessageGroupId": "other"])
            #expect(first["MessageId"] == again["MessageId"])
            #expect(first["SequenceNumber"] == again["SequenceNumber"])
            let got = try await queue.receive()
            try await queue.delete(got[0])
            // A deleted message is remembered all the same.
            _ = try await queue.send("same", ["MessageGroupId": "g"])
            #expect(try await queue.counts() == ["0", "0", "0"])
            try await tarn.advance(.seconds(300))
            let later = try await queue.send("same", ["MessageGroupId": "g"])
            #expect(later["MessageId"] != first["MessageId"])
            #expect((later["SequenceNumber"]?.string ?? "") > (first["SequenceNumber"]?.string ?? ""))
        }
    }

    @Test func deduplicationByGroup() async throws {
        try await with { tarn in
            let queue = try await TestQueue.fifo(
                tarn, "q.fifo", ["DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"])
            try await queue.send("1", group("a", "x"))
            try await queue.send("2", group("b", "x"))
            try await queue.send("3", group("a", "x"))
            #expect(try await queue.counts() == ["2", "0", "0"])
        }
    }

    @Test func anAttemptIsRepeated() async throws {
        try await with { tarn in
            let queue = try await TestQueue.fifo(tarn, "q.fifo")
            for number in 1...3 { try await queue.send("\(number)", group("g", "\(number)")) }
            let first = try await queue.receive(2, ["ReceiveRequestAttemptId": "try"])
            let again = try await queue.receive(2, ["ReceiveRequestAttemptId": "try"])
            #expect(first.map { $0["ReceiptHandle"] } == again.map { $0["ReceiptHandle"] })
            try await queue.delete(first[0])
            #expect(try await queue.receive(2, ["ReceiveRequestAttemptId": "try"]).isEmpty)
        }
    }

    @Test func handlesExpireWithTheirVisibility() async throws {
        try await with { tarn in
            let queue = try await TestQueue.fifo(tarn, "q.fifo", ["VisibilityTimeout": "5"])
            try await queue.send("1", group("g", "1"))
            let got = try await queue.receive()
            try await tarn.advance(.seconds(5))
            #expect(await refusal { try await queue.delete(got[0]) } == "InvalidParameterValueException")
            let next = try await queue.receive()
            try await queue.delete(next[0])
            #expect(try await queue.counts() == ["0", "0", "0"])
        }
    }

    @Test func whatAFifoQueueRefuses() async throws {
        try await with { tarn in
            let queue = try await TestQueue.fifo(tarn, "q.fifo")
            #expect(await refusal { try await queue.send("x") } == "MissingRequiredParameterException")
            #expect(await refusal { try await queue.send("x", ["MessageGroupId": "g"]) } == "InvalidParameterValueException")
            let delayed = group("g", "d").merging(["DelaySeconds": 1]) { $1 }
            #expect(await refusal { try await queue.send("x", delayed) } == "InvalidParameterValueException")
            #expect(await refusal { _ = try await TestQueue.fifo(tarn, "q") } == "InvalidParameterValueException")
            #expect(await refusal { _ = try await TestQueue.make(tarn, "q.fifo") } == "InvalidParameterValueException")
        }
    }

    @Test func deadLettersOfAFifoQueueKeepTheirGroup() async throws {
        try await with { tarn in
            let dead = try await TestQueue.fifo(tarn, "dead.fifo")
            let policy = #"{"deadLetterTargetArn":"\#(try await dead.arn())","maxReceiveCount":"1"}"#
            let queue = try await TestQueue.fifo(
                tarn, "q.fifo", ["VisibilityTimeout": "1", "RedrivePolicy": .string(policy)])
            for number in 1...3 { try await queue.send("\(number)", group("g", "\(number)")) }
            #expect(try await queue.bodies(2) == ["1", "2"])
            try await tarn.advance(.seconds(2))
            #expect(try await queue.bodies() == ["3"])
            let letters = try await dead.receive()
            #expect(letters.map { $0["Body"] } == ["1", "2"])
            #expect(letters.map { $0["Attributes"]?["MessageGroupId"] } == ["g", "g"])
        }
    }
}

import Documents
import Kernel
import TestSupport
import Testing

@testable import SQS

/// A queue in a test platform.
struct TestQueue: Sendable {
    let tarn: TestPlatform
    let url: String

    static func make(_ tarn: TestPlatform, _ name: String, _ attributes: Members = [:]) async throws -> TestQueue {
        let made = try await tarn.call(
            "sqs", "CreateQueue", ["QueueName": .string(name), "Attributes": .map(attributes)])
        return TestQueue(tarn: tarn, url: try #require(made["QueueUrl"]?.string))
    }

    static func fifo(_ tarn: TestPlatform, _ name: String, _ attributes: Members = [:]) async throws -> TestQueue {
        try await make(tarn, name, attributes.merging(["FifoQueue": "true"]) { $1 })
    }

    @discardableResult
    func call(_ operation: String, _ input: Members = [:]) async throws -> Document {
        try await tarn.call("sqs", operation, .map(input.merging(["QueueUrl": .string(url)]) { $1 }))
    }

    @discardableResult
    func send(_ body: String, _ more: Members = [:]) async throws -> Document {
        try await call("SendMessage", more.merging(["MessageBody": .string(body)]) { $1 })
    }

    func receive(_ max: Int64 = 10, _ more: Members = [:]) async throws -> [Document] {
        let input: Members = ["MaxNumberOfMessages": .integer(max), "MessageSystemAttributeNames": ["All"]]
        return try await call("ReceiveMessage", input.merging(more) { $1 })["Messages"]?.list ?? []
    }

    func bodies(_ max: Int64 = 10, _ more: Members = [:]) async throws -> [String] {
        try await receive(max, more).compactMap { $0["Body"]?.string }
    }

    func delete(_ message: Document) async throws {
        try await call("DeleteMessage", ["ReceiptHandle": message["ReceiptHandle"] ?? .null])
    }

    func counts() async throws -> [String] {
        let all = try await call("GetQueueAttributes", ["AttributeNames": ["All"]])["Attributes"]
        return ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
            .map { all?[$0]?.string ?? "-" }
    }

    func arn() async throws -> String {
        let all = try await call("GetQueueAttributes", ["AttributeNames": ["QueueArn"]])["Attributes"]
        return try #require(all?["QueueArn"]?.string)
    }
}

/// The code of the refusal.
func refusal(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return "none"
    } catch let error as AWSError {
        return error.code
    } catch {
        return "\(error)"
    }
}

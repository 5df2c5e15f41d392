import Documents
import IAM
import Kernel
import STS
import Synchronization
import TestSupport
import Testing

/// What a target was called with.
struct Taken: Sendable {
    var input: Document
    var caller: Caller
    var region: String
}

/// A service of one operation that takes everything down, and refuses as it is told.
final class Recorder: Sendable {
    let taken = Mutex<[Taken]>([])
    /// The answers of the next calls, nil for a success.
    let answers = Mutex<[AWSError?]>([])

    func take(_ input: some Encodable, _ context: Context) throws -> Nothing {
        let answer = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        let document = try DocumentEncoder().encode(input)
        taken.withLock { $0.append(Taken(input: document, caller: context.caller, region: context.region)) }
        if let answer { throw answer }
        return Nothing()
    }

    /// Waits until so many calls have come.
    func wait(for count: Int) async throws -> [Taken] {
        try await eventually("\(count) calls") { taken.withLock { $0.count } >= count }
        return taken.withLock { $0 }
    }
}

struct FakeQueues: Service {
    static let id = "sqs"
    struct Input: Codable, Sendable {
        struct Attribute: Codable, Sendable {
            var DataType: String?
            var StringValue: String?
        }
        var QueueUrl: String
        var MessageBody: String
        var MessageGroupId: String?
        var MessageDeduplicationId: String?
        var MessageAttributes: [String: Attribute]?
    }
    struct Batch: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var Id: String
            var MessageBody: String
            var MessageGroupId: String?
            var MessageDeduplicationId: String?
        }
        var QueueUrl: String
        var Entries: [Entry]
    }
    struct BatchOutput: Codable, Sendable {
        struct Failure: Codable, Sendable {
            var Id: String
            var Code: String
            var SenderFault: Bool
        }
        var Failed: [Failure]
    }
    let recorder = Recorder()

    func register(in operations: inout Operations) {
        operations.on("SendMessage") { (input: Input, context) in try recorder.take(input, context) }
        // Each message counts for itself.
        operations.on("SendMessageBatch") { (input: Batch, context) in
            var failed: [BatchOutput.Failure] = []
            for entry in input.Entries {
                do {
                    _ = try recorder.take(
                        Input(
                            QueueUrl: input.QueueUrl, MessageBody: entry.MessageBody, MessageGroupId: entry.MessageGroupId,
                            MessageDeduplicationId: entry.MessageDeduplicationId), context)
                } catch let error as AWSError {
                    failed.append(.init(Id: entry.Id, Code: error.code, SenderFault: error.status < 500))
                }
            }
            return BatchOutput(Failed: failed)
        }
    }
    /// As a queue whose policy lets EventBridge and roles in.
    var actions: ActionMap { ["SendMessage": { _, _ in [] }, "SendMessageBatch": { _, _ in [] }] }
}

struct FakeStreams: Service {
    static let id = "kinesis"
    struct Input: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var Data: [UInt8]
        var PartitionKey: String
    }
    let recorder = Recorder()

    func register(in operations: inout Operations) {
        operations.on("PutRecord") { (input: Input, context) in try recorder.take(input, context) }
    }
    var actions: ActionMap {
        ["PutRecord": { input, _ in [Permission("kinesis:PutRecord", on: input["StreamARN"]?.string ?? "*")] }]
    }
}

let sts = STSService(tokens: SessionTokens(key: [UInt8](repeating: 7, count: 32)))

extension TestPlatform {
    /// A role that a service may take on, with one permission. Its ARN.
    func role(_ name: String, for service: String, allowing action: String, on resource: String = "*") async throws -> String {
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"\#(service)"},"Action":"sts:AssumeRole"}]}"#
        let policy =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"\#(action)","Resource":"\#(resource)"}]}"#
        try await call("iam", "CreateRole", ["RoleName": .string(name), "AssumeRolePolicyDocument": .string(trust)])
        try await call(
            "iam", "PutRolePolicy",
            ["RoleName": .string(name), "PolicyName": "p", "PolicyDocument": .string(policy)])
        return "arn:aws:iam::000000000000:role/\(name)"
    }

    /// A rule for events from `shop` with one target.
    func rule(
        _ name: String, bus: String = "default", _ target: Document, as caller: Caller = .root(of: "000000000000"),
        region: String = "us-east-1"
    ) async throws {
        try await call(
            "events", "PutRule",
            ["Name": .string(name), "EventBusName": .string(bus), "EventPattern": #"{"source":["shop"]}"#], as: caller,
            region: region)
        try await call(
            "events", "PutTargets", ["Rule": .string(name), "EventBusName": .string(bus), "Targets": [target]], as: caller,
            region: region)
    }

    func put(_ detail: String, bus: String = "default", as caller: Caller = .root(of: "000000000000")) async throws {
        let entry: Document = [
            "Source": "shop", "DetailType": "order", "Detail": .string(detail), "EventBusName": .string(bus),
        ]
        let output = try await call("events", "PutEvents", ["Entries": [entry]], as: caller)
        guard output["FailedEntryCount"]?.integer == 0 else { throw AWSError.internalFailure }
    }
}

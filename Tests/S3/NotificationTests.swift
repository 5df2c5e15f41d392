import Documents
import Kernel
import Synchronization
import TestSupport
import Testing

@testable import S3

/// Takes invocations down.
private final class Recorder: Service {
    static let id = "lambda"
    let messages = Mutex<[Document]>([])
    struct Input: Codable, Sendable {
        var InvocationType: String?
        var Payload: [UInt8]?
    }
    func register(in operations: inout Operations) {
        operations.on("Invoke") { (input: Input, _) -> Nothing in
            if input.InvocationType == "Event" {
                self.messages.withLock { $0.append((try? JSON.parse(input.Payload ?? [])) ?? .null) }
            }
            return Nothing()
        }
    }
    // The bucket's function lets S3 in.
    var actions: ActionMap { ["Invoke": { _, _ in [] }] }
}

/// An event bus.
private final class Bus: Service {
    static let id = "events"
    let events = Mutex<[Document]>([])
    func register(in operations: inout Operations) {
        operations.delivery("announce") { delivery, _ in self.events.withLock { $0.append(delivery.payload) } }
    }
    var actions: ActionMap { [:] }
}

@Suite struct NotificationTests {
    @Test func theEventBusHearsOfEveryObject() async throws {
        let bus = Bus()
        try await TestPlatform.with([S3Service(), bus]) { tarn in
            tarn.platform.eventInterest.replace(with: [("000000000000", "us-east-1")])
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "unheard"], body: [1])
            _ = try await tarn.s3(
                "PutBucketNotificationConfiguration",
                ["Bucket": "lake", "NotificationConfiguration": ["EventBridgeConfiguration": .map([:])]])
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "a b"], body: [1, 2])
            try await eventually("an event") { bus.events.withLock { !$0.isEmpty } }
            let events = bus.events.withLock { $0 }
            #expect(events.count == 1)
            #expect(events.first?["source"]?.string == "aws.s3")
            #expect(events.first?["detail-type"]?.string == "Object Created")
            #expect(events.first?["resources"]?.list == ["arn:aws:s3:::lake"])
            let detail = try JSON.parse(events.first?["detail"]?.string ?? "")
            #expect(detail["bucket"]?["name"]?.string == "lake" && detail["reason"]?.string == "PutObject")
            #expect(detail["object"]?["key"]?.string == "a b" && detail["object"]?["size"]?.integer == 2)
        }
    }

    @Test func rulesMatchAndOverlap() {
        var rule = NotificationRule(id: "a", target: "t", events: ["s3:ObjectCreated:*"], prefix: "in/", suffix: ".json")
        #expect(rule.matches("s3:ObjectCreated:Put", key: "in/x.json"))
        #expect(!rule.matches("s3:ObjectRemoved:Delete", key: "in/x.json"))
        #expect(!rule.matches("s3:ObjectCreated:Put", key: "out/x.json"))
        #expect(!rule.matches("s3:ObjectCreated:Put", key: "in/x.csv"))
        var other = NotificationRule(id: "b", target: "t", events: ["s3:ObjectCreated:Put"], prefix: "in/deep/")
        #expect(rule.overlaps(other))
        other.prefix = "out/"
        #expect(!rule.overlaps(other))
        rule.prefix = nil
        other.suffix = ".csv"
        #expect(!rule.overlaps(other))
    }

    @Test func keysInEventsAreFormEncoded() {
        #expect(ObjectEvent.encoded("a b/ü+c.json") == "a+b/%C3%BC%2Bc.json")
    }

    @Test func aMatchingPutReachesTheFunction() async throws {
        let lambda = Recorder()
        try await TestPlatform.with([S3Service(), lambda]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let function = "arn:aws:lambda:us-east-1:000000000000:function:f"
            let filter: Document = ["Key": ["FilterRules": [["Name": "prefix", "Value": "in/"]]]]
            _ = try await tarn.s3(
                "PutBucketNotificationConfiguration",
                [
                    "Bucket": "lake",
                    "NotificationConfiguration": [
                        "LambdaFunctionConfigurations": [
                            ["LambdaFunctionArn": .string(function), "Events": ["s3:ObjectCreated:*"], "Filter": filter]
                        ]
                    ],
                ])
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "out/x"], body: [1])
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "in/a b"], body: [1, 2])
            try await eventually("a message") { lambda.messages.withLock { !$0.isEmpty } }
            let messages = lambda.messages.withLock { $0 }
            #expect(messages.count == 1)
            let record = messages.first?["Records"]?.list?.first
            #expect(record?["eventName"]?.string == "ObjectCreated:Put")
            #expect(record?["s3"]?["object"]?["key"]?.string == "in/a+b")
            #expect(record?["s3"]?["object"]?["size"]?.integer == 2)
        }
    }

    @Test func destinationsWithoutServiceAreRefused() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let queue: Document = ["QueueArn": "arn:aws:sqs:us-east-1:000000000000:q", "Events": ["s3:ObjectCreated:*"]]
            let code = await tarn.code {
                _ = try await tarn.s3(
                    "PutBucketNotificationConfiguration",
                    ["Bucket": "lake", "NotificationConfiguration": ["QueueConfigurations": [queue]]])
            }
            #expect(code == "InvalidArgument")
        }
    }
}

import Documents
import Kernel
import Testing

/// Events of a bus, or messages of a standard topic, on their way to a queue: each that was acknowledged arrives, more than
/// once at worst, and none that does not pass the rule or filter.
final class Fanout: Participant {
    enum Kind: String { case bus, topic }

    private let kind: Kind
    private var client = QueueClient(url: "")
    private var topic = ""
    private var last = 0
    private var acknowledged: Set<Int> = []
    private var arrived: Set<Int> = []

    init(_ kind: Kind) { self.kind = kind }

    let isSettled = true

    func begin(_ world: World) async throws {
        let (url, arn) = try await world.queue("fanout-\(kind.rawValue)")
        client = QueueClient(url: url)
        switch kind {
        case .bus:
            try await world.must(
                "events", "PutRule", ["Name": "fanout", "EventPattern": #"{"source": ["fanout"], "detail": {"wanted": [true]}}"#])
            try await world.must(
                "events", "PutTargets",
                ["Rule": "fanout", "Targets": [["Id": "queue", "Arn": .string(arn), "InputPath": "$.detail"]]])
        case .topic:
            topic = try #require(try await world.must("sns", "CreateTopic", ["Name": "fanout"])["TopicArn"]?.string)
            try await world.must(
                "sns", "Subscribe",
                [
                    "TopicArn": .string(topic), "Protocol": "sqs", "Endpoint": .string(arn),
                    "Attributes": [
                        "RawMessageDelivery": "true", "FilterPolicyScope": "MessageBody", "FilterPolicy": #"{"wanted": [true]}"#,
                    ],
                ])
        }
    }

    func restarted(_ world: World) async throws {}

    func step(_ world: World) async throws {
        if world.random.chance(65) { return await publish(world) }
        for message in await client.receive(world, max: 10, visibility: 5) ?? [] {
            try note(world, message["Body"]?.string)
            _ = await client.delete(world, message)
        }
    }

    private func publish(_ world: World) async {
        var numbers: [Int?] = []
        var inputs: [Document] = []
        for _ in 0..<world.random.int(1...5) {
            let isWanted = world.random.chance(80)
            last += 1
            numbers.append(isWanted ? last : nil)
            let text = #"{"wanted": \#(isWanted), "number": \#(last)}"#
            switch kind {
            case .bus:
                inputs.append(["Entries": [["Source": "fanout", "DetailType": "test", "Detail": .string(text)]]])
            case .topic: inputs.append(["TopicArn": .string(topic), "Message": .string(text)])
            }
        }
        let answers = await world.together(
            kind == .bus ? "events" : "sns", kind == .bus ? "PutEvents" : "Publish", inputs)
        for (number, answer) in zip(numbers, answers) {
            if let number, let output = answer.output {
                acknowledged.insert(number)
                if kind == .bus { world.expect(output["FailedEntryCount"]?.integer == 0, "an event was refused: \(output)") }
            }
            if case .refused(let error) = answer { world.expect(false, "\(kind): \(error)") }
        }
    }

    private func note(_ world: World, _ body: String?) throws {
        let detail = try JSON.parse(try #require(body))
        let number = Int(try #require(detail["number"]?.integer))
        world.expect(detail["wanted"]?.bool == true, "\(kind): \(number) does not pass")
        world.expect(number <= last, "\(kind): \(number) was never sent")
        arrived.insert(number)
    }

    var summary: String { "\(kind): \(acknowledged.count) acknowledged, \(arrived.count) arrived" }

    func finish(_ world: World) async throws {
        try await world.settle()
        for body in try await client.drain(world) { try note(world, body) }
        let lost = acknowledged.subtracting(arrived)
        world.expect(lost.isEmpty, "\(kind): lost \(lost.sorted())")
    }
}

import Documents
import Kernel
import TestSupport
import Testing

/// What the participants with queues share.
struct QueueClient {
    let url: String

    func input(_ more: Members) -> Document { .map(more.merging(["QueueUrl": .string(url)]) { $1 }) }

    /// nil when there was no answer: then nobody knows what is hidden now.
    func receive(_ world: World, max: Int, visibility: Int) async -> [Document]? {
        let answer = await world.call(
            "sqs", "ReceiveMessage",
            input(["MaxNumberOfMessages": .integer(Int64(max)), "VisibilityTimeout": .integer(Int64(visibility))]))
        if case .refused(let error) = answer { world.expect(false, "receive: \(error)") }
        return answer.output.map { $0["Messages"]?.list ?? [] }
    }

    func delete(_ world: World, _ message: Document) async -> Answer {
        await world.call("sqs", "DeleteMessage", input(["ReceiptHandle": message["ReceiptHandle"] ?? .null]))
    }

    func counts(_ world: World) async throws -> [Int] {
        let all = try await world.must("sqs", "GetQueueAttributes", input(["AttributeNames": ["All"]]))["Attributes"]
        return ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
            .map { all?[$0]?.string.flatMap { Int($0) } ?? -1 }
    }

    /// Takes and deletes whatever is in the queue; gives the bodies in the order they came.
    func drain(_ world: World) async throws -> [String] {
        var bodies: [String] = []
        await world.move(.seconds(120))
        while true {
            let messages = try #require(await receive(world, max: 10, visibility: 30))
            if messages.isEmpty { break }
            for message in messages {
                bodies.append(try #require(message["Body"]?.string))
                try await world.must("sqs", "DeleteMessage", input(["ReceiptHandle": message["ReceiptHandle"] ?? .null]))
            }
        }
        let left = try await counts(world)
        world.expect(left == [0, 0, 0], "an emptied queue counts \(left)")
        return bodies
    }
}

/// Producers and consumers of a standard queue, with delays, groups and changes of visibility. Nothing is lost, comes before
/// its time, or comes back once its deletion was acknowledged.
final class StandardQueue: Participant {
    private struct Held {
        var message: Document
        var number: Int
        var until: Timestamp
    }
    private var client = QueueClient(url: "")
    private var last = 0
    private var sent: Set<Int> = []
    private var deleted: Set<Int> = []
    /// Deletions without an answer.
    private var unsure: Set<Int> = []
    private var held: [Held] = []
    private var notBefore: [Int: Timestamp] = [:]

    let isSettled = true

    func begin(_ world: World) async throws { client = QueueClient(url: try await world.queue("standard").url) }

    func restarted(_ world: World) async throws { held = [] }

    func step(_ world: World) async throws {
        switch world.random.int(0...9) {
        case 0..<4: await send(world)
        case 4..<7: try await take(world, max: world.random.int(1...10), visibility: world.random.int(1...30))
        case 7..<9: for _ in 0..<world.random.int(1...6) { await remove(world) }
        default: await change(world)
        }
    }

    private func send(_ world: World) async {
        var inputs: [(number: Int, input: Document)] = []
        for _ in 0..<world.random.int(1...4) {
            last += 1
            var input: Members = ["MessageBody": .string("\(last)")]
            if world.random.chance(25) {
                let delay = world.random.int(1...20)
                input["DelaySeconds"] = .integer(Int64(delay))
                notBefore[last] = world.now + .seconds(Int64(delay))
            } else if world.random.coin() {
                input["MessageGroupId"] = .string(world.random.pick(["a", "b", "c"]) ?? "a")
            }
            inputs.append((last, client.input(input)))
        }
        let answers = await world.together("sqs", "SendMessage", inputs.map(\.input))
        for (index, answer) in answers.enumerated() {
            if answer.output != nil { sent.insert(inputs[index].number) }
            if case .refused(let error) = answer { world.expect(false, "send: \(error)") }
        }
    }

    private func take(_ world: World, max: Int, visibility: Int) async throws {
        guard let messages = await client.receive(world, max: max, visibility: visibility) else { return }
        for message in messages {
            let number = try #require(message["Body"]?.string.flatMap { Int($0) })
            world.expect(number <= last, "\(number) was never sent")
            world.expect(!deleted.contains(number), "\(number) was deleted and came back")
            world.expect(world.now >= notBefore[number] ?? TestPlatform.epoch, "\(number) came too early")
            notBefore[number] = world.now + .seconds(Int64(visibility))
            held.removeAll { $0.number == number }
            held.append(Held(message: message, number: number, until: world.now + .seconds(Int64(visibility))))
        }
    }

    private func remove(_ world: World) async {
        guard let index = held.indices.randomElement(using: &world.random) else { return }
        let one = held.remove(at: index)
        switch await client.delete(world, one.message) {
        case .done: deleted.insert(one.number)
        case .unsure: unsure.insert(one.number)
        case .refused(let error): world.expect(false, "delete: \(error)")
        }
    }

    private func change(_ world: World) async {
        guard let index = held.indices.randomElement(using: &world.random), held[index].until > world.now else { return }
        let seconds = world.random.int(0...20)
        let until = world.now + .seconds(Int64(seconds))
        let number = held[index].number
        let answer = await world.call(
            "sqs", "ChangeMessageVisibility",
            client.input([
                "ReceiptHandle": held[index].message["ReceiptHandle"] ?? .null, "VisibilityTimeout": .integer(Int64(seconds)),
            ]))
        switch answer {
        case .done:
            held[index].until = until
            notBefore[number] = until
        case .unsure:
            held.remove(at: index)
            notBefore[number] = min(notBefore[number] ?? until, until)
        case .refused(let error): world.expect(false, "change of visibility of \(number): \(error)")
        }
    }

    var summary: String { "standard: \(sent.count) sent, \(deleted.count) deleted, \(unsure.count) deletions unsure" }

    func finish(_ world: World) async throws {
        let rest = try await client.drain(world).compactMap { Int($0) }
        world.expect(rest.count == Set(rest).count, "a message came twice within its visibility timeout")
        for number in rest { world.expect(!deleted.contains(number), "\(number) was deleted and came back") }
        let lost = sent.subtracting(deleted).subtracting(unsure).subtracting(rest)
        world.expect(lost.isEmpty, "lost: \(lost.sorted())")
    }
}

import Documents
import Kernel
import TestSupport
import Testing

/// Producers and consumers of a FIFO queue, straight or by way of a FIFO topic. Each group comes in order, without a gap and
/// without a duplicate. Whoever has no answer sends again under the same deduplication id.
final class FifoQueue: Participant {
    private struct Held {
        var message: Document
        var group: String
        var number: Int
        var until: Timestamp
    }
    private static let groups = ["a", "b", "c"]
    private let name: String
    private let isBehindTopic: Bool
    private var client = QueueClient(url: "")
    private var topic = ""
    private var sent: [String: Int] = [:]
    /// Groups whose next message was sent without an answer.
    private var pending: Set<String> = []
    /// The last message of each group whose deletion is known.
    private var deleted: [String: Int] = [:]
    /// Groups in which the deletion of the next message had no answer.
    private var unsure: Set<String> = []
    private var held: [Held] = []
    private var hiddenUntil: [String: Timestamp] = [:]

    init(_ name: String, behindTopic isBehindTopic: Bool) { (self.name, self.isBehindTopic) = (name, isBehindTopic) }

    var isSettled: Bool { pending.isEmpty }

    func begin(_ world: World) async throws {
        let (url, arn) = try await world.queue("\(name).fifo")
        client = QueueClient(url: url)
        guard isBehindTopic else { return }
        let made = try await world.must(
            "sns", "CreateTopic", ["Name": .string("\(name).fifo"), "Attributes": ["FifoTopic": "true"]])
        topic = try #require(made["TopicArn"]?.string)
        try await world.must(
            "sns", "Subscribe",
            [
                "TopicArn": .string(topic), "Protocol": "sqs", "Endpoint": .string(arn),
                "Attributes": ["RawMessageDelivery": "true"],
            ])
    }

    func restarted(_ world: World) async throws { held = [] }

    func step(_ world: World) async throws {
        // Within the deduplication interval.
        if let group = pending.sorted().first { return await send(world, group) }
        switch world.random.int(0...9) {
        case 0..<4: await send(world, world.random.pick(Self.groups) ?? "a")
        case 4..<7: try await take(world)
        case 7: await change(world)
        default: await remove(world)
        }
    }

    private func send(_ world: World, _ group: String) async {
        let number = (sent[group] ?? 0) + 1
        let members: Members = [
            "MessageGroupId": .string(group), "MessageDeduplicationId": .string("\(group)\(number)"),
            (isBehindTopic ? "Message" : "MessageBody"): .string("\(group) \(number)"),
        ]
        let input = isBehindTopic ? Document.map(members.merging(["TopicArn": .string(topic)]) { $1 }) : client.input(members)
        // Some senders send twice though they had an answer.
        for _ in 0..<(world.random.chance(20) ? 2 : 1) {
            switch await world.call(isBehindTopic ? "sns" : "sqs", isBehindTopic ? "Publish" : "SendMessage", input) {
            case .done:
                sent[group] = number
                pending.remove(group)
            case .unsure: if sent[group] != number { pending.insert(group) }
            case .refused(let error): world.expect(false, "\(name): send: \(error)")
            }
        }
    }

    private func take(_ world: World) async throws {
        let visibility = world.random.int(1...30)
        guard let messages = await client.receive(world, max: world.random.int(1...10), visibility: visibility) else { return }
        var ahead: [String: Int] = [:]
        for message in messages {
            let (group, number) = try Self.parts(message["Body"]?.string)
            let body = "\(group) \(number)"
            expectNext(world, group, number, after: ahead[group])
            ahead[group] = number
            world.expect(world.now >= hiddenUntil[body] ?? TestPlatform.epoch, "\(name): \(body) came too early")
            let until = world.now + .seconds(Int64(visibility))
            hiddenUntil[body] = until
            held.removeAll { $0.group == group && $0.number == number }
            held.append(Held(message: message, group: group, number: number, until: until))
        }
    }

    /// Holds a message against what is known of its group; the first of a receive tells how an unsure deletion went.
    private func expectNext(_ world: World, _ group: String, _ number: Int, after ahead: Int?) {
        if let ahead { return world.expect(number == ahead + 1, "\(name): \(group) \(number) came behind \(ahead)") }
        let next = (deleted[group] ?? 0) + 1
        if unsure.remove(group) != nil, number == next + 1 {
            deleted[group] = next
            return
        }
        world.expect(number == next, "\(name): \(group) \(number) came where \(next) is next")
        let most = (sent[group] ?? 0) + (pending.contains(group) ? 1 : 0)
        world.expect(number <= most, "\(name): \(group) \(number) was never sent")
    }

    private func remove(_ world: World) async {
        // In order: a consumer that skips one does not go on in its group.
        let ready = held.indices.filter {
            held[$0].until > world.now && !unsure.contains(held[$0].group)
                && held[$0].number == (deleted[held[$0].group] ?? 0) + 1
        }
        guard let index = world.random.pick(Array(ready)) else { return }
        let one = held.remove(at: index)
        switch await client.delete(world, one.message) {
        case .done: deleted[one.group] = one.number
        case .unsure:
            unsure.insert(one.group)
            held.removeAll { $0.group == one.group }
        case .refused(let error): world.expect(false, "\(name): delete of \(one.group) \(one.number): \(error)")
        }
    }

    private func change(_ world: World) async {
        guard let index = held.indices.randomElement(using: &world.random), held[index].until > world.now else { return }
        let seconds = world.random.int(0...20)
        let until = world.now + .seconds(Int64(seconds))
        let body = "\(held[index].group) \(held[index].number)"
        let answer = await world.call(
            "sqs", "ChangeMessageVisibility",
            client.input([
                "ReceiptHandle": held[index].message["ReceiptHandle"] ?? .null, "VisibilityTimeout": .integer(Int64(seconds)),
            ]))
        switch answer {
        case .done:
            held[index].until = until
            hiddenUntil[body] = until
        case .unsure:
            held.remove(at: index)
            hiddenUntil[body] = min(hiddenUntil[body] ?? until, until)
        case .refused(let error): world.expect(false, "\(name): change of visibility of \(body): \(error)")
        }
    }

    var summary: String { "\(name): \(sent.values.reduce(0, +)) sent, \(deleted.values.reduce(0, +)) deleted" }

    func finish(_ world: World) async throws {
        for group in pending.sorted() { await send(world, group) }
        world.expect(pending.isEmpty, "\(name): a send failed when nothing fails any more")
        try await world.settle()
        for body in try await client.drain(world) {
            let (group, number) = try Self.parts(body)
            expectNext(world, group, number, after: nil)
            deleted[group] = number
        }
        for group in Self.groups {
            if unsure.contains(group) { deleted[group, default: 0] += 1 }
            world.expect(
                deleted[group] == sent[group], "\(name): \(group): \(sent[group] ?? 0) sent, \(deleted[group] ?? 0) came")
        }
    }

    private static func parts(_ body: String?) throws -> (String, Int) {
        let words = try #require(body).split(separator: " ")
        return (String(words[0]), try #require(Int(words[1])))
    }
}

import Documents
import Kernel
import Testing

/// Producers of a stream whose shards are split and merged under them, and one consumer that keeps its places in a table, as
/// client libraries do, and reads a parent to its end before its children. Each key's records come in order; none that was
/// acknowledged is missing.
final class StreamReader: Participant {
    private static let keys = ["a", "b", "c", "d", "e"]
    private static let end = "SHARD_END"
    private var sent: [String: Int] = [:]
    /// What the consumer has seen, as if it wrote it elsewhere: a crash does not take it away.
    private var seen: [String: Int] = [:]
    /// Where the consumer is; lost with its process.
    private var places: [String: String] = [:]
    private var iterators: [String: String] = [:]
    /// The sequence numbers that the producer was told.
    private var numbers: [String: String] = [:]

    let isSettled = true

    func begin(_ world: World) async throws {
        try await world.must("kinesis", "CreateStream", ["StreamName": "stream", "ShardCount": 2])
        await world.move(.seconds(1))
        try await world.must(
            "dynamodb", "CreateTable",
            [
                "TableName": "leases", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [["AttributeName": "shard", "AttributeType": "S"]],
                "KeySchema": [["AttributeName": "shard", "KeyType": "HASH"]],
            ])
    }

    func restarted(_ world: World) async throws {
        (places, iterators) = ([:], [:])
        for item in try await world.must("dynamodb", "Scan", ["TableName": "leases"])["Items"]?.list ?? [] {
            places[try #require(item["shard"]?["S"]?.string)] = item["place"]?["S"]?.string
        }
    }

    func step(_ world: World) async throws {
        switch world.random.int(0...19) {
        case 0..<10: await put(world)
        case 10..<19: try await consume(world)
        default:
            let answer = await world.call(
                "kinesis", "UpdateShardCount",
                [
                    "StreamName": "stream", "TargetShardCount": .integer(Int64(world.random.int(1...4))),
                    "ScalingType": "UNIFORM_SCALING",
                ])
            if case .refused(let error) = answer {
                world.expect(
                    ["ResourceInUseException", "LimitExceededException", "InvalidArgumentException"].contains(error.code),
                    "reshard: \(error)")
            }
        }
    }

    /// The next record of each of some keys; without an answer the same comes again.
    private func put(_ world: World) async {
        let keys = Self.keys.filter { _ in world.random.coin() }
        guard !keys.isEmpty else { return }
        let records = keys.map { key -> Document in
            ["PartitionKey": .string(key), "Data": .blob(Array("\(key) \((sent[key] ?? 0) + 1)".utf8))]
        }
        let answer = await world.call("kinesis", "PutRecords", ["StreamName": "stream", "Records": .list(records)])
        if case .refused(let error) = answer {
            world.expect(error.code == "ResourceNotFoundException" || error.isThrottling, "put: \(error)")
        }
        guard let results = answer.output?["Records"]?.list else { return }
        for (key, result) in zip(keys, results) {
            guard let number = result["SequenceNumber"]?.string else { continue }
            sent[key, default: 0] += 1
            numbers["\(key) \(sent[key] ?? 0)"] = number
        }
    }

    private func consume(_ world: World) async throws {
        let answer = await world.call("kinesis", "ListShards", ["StreamName": "stream"])
        guard let shards = answer.output?["Shards"]?.list else { return }
        let known = Set(shards.compactMap { $0["ShardId"]?.string })
        let ready = shards.filter { shard in
            let parents = ["ParentShardId", "AdjacentParentShardId"].compactMap { shard[$0]?.string }
            return places[shard["ShardId"]?.string ?? ""] != Self.end
                && parents.allSatisfy { places[$0] == Self.end || !known.contains($0) }
        }
        guard let shard = world.random.pick(ready)?["ShardId"]?.string else { return }
        try await read(world, shard)
    }

    private func read(_ world: World, _ shard: String) async throws {
        if iterators[shard] == nil {
            var input: Members = ["StreamName": "stream", "ShardId": .string(shard), "ShardIteratorType": "TRIM_HORIZON"]
            if let place = places[shard] {
                input["ShardIteratorType"] = "AFTER_SEQUENCE_NUMBER"
                input["StartingSequenceNumber"] = .string(place)
            }
            let answer = await world.call("kinesis", "GetShardIterator", .map(input))
            if case .refused(let error) = answer { world.expect(error.isThrottling, "iterator: \(error)") }
            iterators[shard] = answer.output?["ShardIterator"]?.string
        }
        guard let iterator = iterators[shard] else { return }
        let answer = await world.call(
            "kinesis", "GetRecords", ["ShardIterator": .string(iterator), "Limit": .integer(Int64(world.random.int(1...6)))])
        switch answer {
        case .done(let page):
            let records = page["Records"]?.list ?? []
            for record in records { try note(world, record) }
            // Decimals of one length.
            let order = (places[shard].map { [$0] } ?? []) + records.compactMap { $0["SequenceNumber"]?.string }
            world.expect(zip(order, order.dropFirst()).allSatisfy { $0 < $1 }, "\(shard): sequence numbers do not rise: \(order)")
            iterators[shard] = page["NextShardIterator"]?.string
            let last = page["Records"]?.list?.last?["SequenceNumber"]?.string
            guard let place = iterators[shard] == nil ? Self.end : last else { return }
            places[shard] = place
            // A place that is not kept is read from again after a crash.
            _ = await world.call(
                "dynamodb", "PutItem",
                ["TableName": "leases", "Item": ["shard": ["S": .string(shard)], "place": ["S": .string(place)]]])
        case .refused(let error):
            if error.code == "ExpiredIteratorException" {
                iterators[shard] = nil
            } else {
                world.expect(error.isThrottling, "read: \(error)")
            }
        case .unsure: break
        }
    }

    private func note(_ world: World, _ record: Document) throws {
        let words = String(decoding: record["Data"]?.blob ?? [], as: UTF8.self).split(separator: " ")
        let (key, number) = (String(words[0]), try #require(Int(words[1])))
        world.expect(record["PartitionKey"]?.string == key, "\(key) \(number) has the key of another")
        world.expect(number <= (seen[key] ?? 0) + 1, "\(key) \(number) came where \((seen[key] ?? 0) + 1) is next")
        world.expect(number <= (sent[key] ?? 0) + 1, "\(key) \(number) was never sent")
        seen[key] = max(seen[key] ?? 0, number)
        // One that came again, because its first put had no answer, has a number that nobody was told.
        if let told = numbers["\(key) \(number)"], let here = record["SequenceNumber"]?.string {
            world.expect(here <= told, "\(key) \(number) is \(here), and was told as \(told)")
        }
    }

    var summary: String { "stream: \(sent.values.reduce(0, +)) sent, \(seen.values.reduce(0, +)) seen, \(places.count) shards" }

    func finish(_ world: World) async throws {
        await world.move(.seconds(60))
        for _ in 0..<400 where Self.keys.contains(where: { (seen[$0] ?? 0) < (sent[$0] ?? 0) }) {
            await world.move(.seconds(2))
            try await consume(world)
        }
        let status = try await world.must("kinesis", "DescribeStreamSummary", ["StreamName": "stream"])[
            "StreamDescriptionSummary"]
        world.expect(status?["StreamStatus"]?.string == "ACTIVE", "resharding never ends: \(status?["StreamStatus"] ?? .null)")
        for key in Self.keys {
            world.expect((seen[key] ?? 0) >= (sent[key] ?? 0), "\(key): \(sent[key] ?? 0) sent, \(seen[key] ?? 0) came")
        }
    }
}

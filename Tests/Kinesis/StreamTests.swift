import Documents
import Kernel
import TestSupport
import Testing

@testable import Kinesis

private func make(_ tarn: TestPlatform, _ name: String = "s", shards: Int = 1) async throws {
    try await tarn.call("kinesis", "CreateStream", ["StreamName": .string(name), "ShardCount": .integer(Int64(shards))])
    try await tarn.advance(.seconds(1))
}

private func put(_ tarn: TestPlatform, _ data: String, key: String = "a", to name: String = "s") async throws -> Document {
    try await tarn.call(
        "kinesis", "PutRecord",
        ["StreamName": .string(name), "PartitionKey": .string(key), "Data": .blob(Array(data.utf8))])
}

private func shardIDs(_ tarn: TestPlatform, _ name: String = "s") async throws -> [String] {
    try await tarn.call("kinesis", "ListShards", ["StreamName": .string(name)])["Shards"]?.list?.compactMap {
        $0["ShardId"]?.string
    } ?? []
}

/// All that a shard holds, read in pages of `limit`.
private func read(_ tarn: TestPlatform, _ shard: String, limit: Int = 10_000, from name: String = "s") async throws -> [String] {
    var iterator = try await tarn.call(
        "kinesis", "GetShardIterator",
        ["StreamName": .string(name), "ShardId": .string(shard), "ShardIteratorType": "TRIM_HORIZON"])["ShardIterator"]
    var found: [String] = []
    while let place = iterator {
        try await tarn.advance(.seconds(6))
        let page = try await tarn.call("kinesis", "GetRecords", ["ShardIterator": place, "Limit": .integer(Int64(limit))])
        let records = page["Records"]?.list ?? []
        found += records.map { String(decoding: $0["Data"]?.blob ?? [], as: UTF8.self) }
        if records.isEmpty { break }
        iterator = page["NextShardIterator"]
    }
    return found
}

@Suite("Kinesis streams")
struct StreamTests {
    @Test("a stream is made, used and deleted on the clock, and its name is free again")
    func life() async throws {
        try await TestPlatform.with([KinesisService()]) { tarn in
            try await tarn.call("kinesis", "CreateStream", ["StreamName": "s", "ShardCount": 1])
            let early = await #expect(throws: AWSError.self) { try await put(tarn, "too early") }
            #expect(early?.code == "ResourceNotFoundException")
            try await tarn.advance(.seconds(1))
            let placed = try await put(tarn, "one")
            #expect(placed["ShardId"] == "shardId-000000000000")
            #expect(try await read(tarn, "shardId-000000000000") == ["one"])
            try await tarn.call("kinesis", "DeleteStream", ["StreamName": "s"])
            let late = await #expect(throws: AWSError.self) { try await put(tarn, "too late") }
            #expect(late?.code == "ResourceNotFoundException")
            try await tarn.advance(.seconds(1))
            try await make(tarn)
            #expect(try await read(tarn, "shardId-000000000000") == [])
        }
    }

    @Test("writers never lose a record to a shard that is closed under them, and keep their order")
    func reshardingUnderWriters() async throws {
        try await TestPlatform.with([KinesisService()]) { tarn in
            try await make(tarn, shards: 2)
            let writers = 6
            let each = 60
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<writers {
                    group.addTask {
                        for number in 0..<each { _ = try await put(tarn, "\(writer)/\(number)", key: "\(writer)") }
                    }
                }
                group.addTask {
                    for target in [4, 3, 5, 3] {
                        try await tarn.call(
                            "kinesis", "UpdateShardCount",
                            ["StreamName": "s", "TargetShardCount": .integer(Int64(target)), "ScalingType": "UNIFORM_SCALING"])
                        try await tarn.advance(.seconds(1))
                    }
                }
                try await group.waitForAll()
            }
            var byWriter: [String: [Int]] = [:]
            // Parents have lower indexes than their children.
            for shard in try await shardIDs(tarn) {
                for data in try await read(tarn, shard, limit: 17) {
                    let parts = data.split(separator: "/")
                    byWriter[String(parts[0]), default: []].append(Int(parts[1]) ?? -1)
                }
            }
            #expect(byWriter.count == writers)
            #expect(byWriter.values.allSatisfy { $0 == Array(0..<each) })
        }
    }

    @Test("closed shards go when their last record is past retention")
    func closedShardsExpire() async throws {
        try await TestPlatform.with([KinesisService()]) { tarn in
            try await make(tarn)
            _ = try await put(tarn, "old")
            try await tarn.call(
                "kinesis", "SplitShard",
                ["StreamName": "s", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "1000"])
            #expect(try await shardIDs(tarn).count == 3)
            try await tarn.advance(.seconds(26 * 3_600))
            #expect(try await shardIDs(tarn) == ["shardId-000000000001", "shardId-000000000002"])
            let gone = await #expect(throws: AWSError.self) {
                try await tarn.call(
                    "kinesis", "GetShardIterator",
                    ["StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"])
            }
            #expect(gone?.code == "ResourceNotFoundException")
        }
    }

    @Test("everything acknowledged is there when the directory is opened again")
    func survives() async throws {
        let directory = try TemporaryFolder()
        defer { directory.remove() }
        let first = try await TestPlatform.open([KinesisService()], directory: directory.path)
        try await make(first, shards: 2)
        for number in 0..<40 { _ = try await put(first, "\(number)", key: "\(number)") }
        let last = try await put(first, "last", key: "0")["SequenceNumber"]?.string
        await first.close()
        let second = try await TestPlatform.open([KinesisService()], directory: directory.path)
        try await second.advance(.seconds(60))
        var found: Set<String> = []
        for shard in try await shardIDs(second) { found.formUnion(try await read(second, shard)) }
        #expect(found == Set((0..<40).map(String.init) + ["last"]))
        let next = try await put(second, "next", key: "0")["SequenceNumber"]?.string
        #expect((last ?? "z") < (next ?? ""))
        await second.close()
    }

    @Test("a subscription greets, pushes, and ends with the stream's five minutes")
    func subscription() async throws {
        try await TestPlatform.with([KinesisService()]) { tarn in
            try await make(tarn)
            let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
            let consumer = try await tarn.call(
                "kinesis", "RegisterStreamConsumer", ["StreamARN": .string(arn), "ConsumerName": "c"])
            try await tarn.advance(.seconds(1))
            _ = try await put(tarn, "pushed")
            let reply = try await tarn.reply(
                "kinesis", "SubscribeToShard",
                [
                    "ConsumerARN": consumer["Consumer"]?["ConsumerARN"] ?? .null, "ShardId": "shardId-000000000000",
                    "StartingPosition": ["Type": "TRIM_HORIZON"],
                ])
            let body = try #require(reply.body)
            var events = body.makeAsyncIterator()
            let greeting = try #require(try await events.next())
            #expect(String(decoding: greeting, as: UTF8.self).contains("initial-response"))
            let pushed = try #require(try await events.next())
            #expect(String(decoding: pushed, as: UTF8.self).contains(Base64.string(Array("pushed".utf8))))
            try await tarn.advance(.seconds(301))
            #expect(try await events.next() == nil)
        }
    }
}

import Documents
import Foundation
import IAM
import Kernel
import Store
import TestSupport
import Testing

@testable import DynamoDB

private let services: @Sendable () -> [any Service] = { [DynamoDBService(), DynamoDBStreamsService(), IAMService()] }
private let regions = ["us-east-1", "eu-west-1", "ap-south-1"]

private func makeTable(_ tarn: TestPlatform) async throws {
    try await tarn.call(
        "dynamodb", "CreateTable",
        [
            "TableName": "world", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
            "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
        ])
}

private func addReplica(_ tarn: TestPlatform, _ region: String, from source: String = "us-east-1") async throws {
    try await tarn.call(
        "dynamodb", "UpdateTable",
        ["TableName": "world", "ReplicaUpdates": [["Create": ["RegionName": .string(region)]]]], region: source)
    try await tarn.untilDelivered()
}

private func rows(_ tarn: TestPlatform, _ space: Space) async throws -> Int {
    try await tarn.platform.store.read { snapshot in
        var count = 0
        try snapshot.scan(Key(space)) { _, _ in
            count += 1
            return true
        }
        return count
    }
}

private func put(_ tarn: TestPlatform, _ region: String, _ id: String, _ value: String) async throws {
    try await tarn.call(
        "dynamodb", "PutItem", ["TableName": "world", "Item": ["id": ["S": .string(id)], "v": ["S": .string(value)]]],
        region: region)
}

private func items(_ tarn: TestPlatform, _ region: String) async throws -> [String: String] {
    let found = try await tarn.call("dynamodb", "Scan", ["TableName": "world"], region: region)["Items"]?.list ?? []
    return Dictionary(uniqueKeysWithValues: found.map { ($0["id"]?["S"]?.string ?? "", $0["v"]?["S"]?.string ?? "") })
}

struct GlobalTableTests {
    @Test func aReplicaIsFilledAndFollowsBothWays() async throws {
        try await TestPlatform.with(services()) { tarn in
            try await makeTable(tarn)
            try await put(tarn, "us-east-1", "old", "1")
            try await addReplica(tarn, "eu-west-1")
            #expect(try await items(tarn, "eu-west-1") == ["old": "1"])
            try await put(tarn, "us-east-1", "a", "east")
            try await put(tarn, "eu-west-1", "b", "west")
            try await tarn.call(
                "dynamodb", "DeleteItem", ["TableName": "world", "Key": ["id": ["S": "old"]]], region: "eu-west-1")
            try await tarn.untilDelivered()
            for region in regions.prefix(2) { #expect(try await items(tarn, region) == ["a": "east", "b": "west"]) }
            let table = try await tarn.call("dynamodb", "DescribeTable", ["TableName": "world"], region: "eu-west-1")["Table"]
            #expect(table?["GlobalTableVersion"] == "2019.11.21")
            #expect(table?["Replicas"] == [["RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"]])
            #expect(table?["StreamSpecification"]?["StreamViewType"] == "NEW_AND_OLD_IMAGES")
        }
    }

    /// The later change wins wherever it is applied first.
    @Test func marksOrderChanges() throws {
        let (early, late) = (ReplicaMark(time: 1, region: "b"), ReplicaMark(time: 2, region: "a"))
        #expect(early < late)
        #expect(ReplicaMark(time: 1, region: "a") < early)
        #expect(try ReplicaMark(stored: late.stored) == late)
    }

    /// Random writes in three Regions, a replica that joins in their midst, and the store closed and opened again: in the
    /// end all replicas hold the same.
    @Test(arguments: [1, 2, 3] as [UInt64]) func replicasAgreeInTheEnd(seed: UInt64) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-global-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var random = Seed(seed)
        var now = TestPlatform.epoch
        var written: [String: Set<String>] = [:]
        for round in 0..<4 {
            let tarn = try await TestPlatform.open(services(), directory: directory)
            tarn.platform.clock.advance(to: now)
            if round == 0 {
                try await makeTable(tarn)
                try await addReplica(tarn, "eu-west-1")
            }
            if round == 1 {
                try await tarn.untilDelivered()
                // Not waited for: it joins while the others write.
                try await tarn.call(
                    "dynamodb", "UpdateTable",
                    ["TableName": "world", "ReplicaUpdates": [["Create": ["RegionName": "ap-south-1"]]]], region: "eu-west-1")
            }
            let open = round < 2 ? Array(regions.prefix(2)) : regions
            for step in 0..<60 {
                let (region, id) = (open.randomElement(using: &random) ?? "", "k\(Int.random(in: 0..<12, using: &random))")
                if Int.random(in: 0..<4, using: &random) == 0 {
                    try await tarn.call(
                        "dynamodb", "DeleteItem", ["TableName": "world", "Key": ["id": ["S": .string(id)]]], region: region)
                } else {
                    try await put(tarn, region, id, "\(round)-\(step)")
                    written[id, default: []].insert("\(round)-\(step)")
                }
                if Bool.random(using: &random) {
                    try await tarn.advance(.milliseconds(Int64.random(in: 1...500, using: &random)))
                }
            }
            now = tarn.platform.clock.now()
            // Sometimes the process ends before everything has been carried over.
            if Bool.random(using: &random), round < 3 { await tarn.platform.store.close() }
            await tarn.close()
        }
        let tarn = try await TestPlatform.open(services(), directory: directory)
        tarn.platform.clock.advance(to: now)
        try await tarn.untilDelivered()
        let first = try await items(tarn, regions[0])
        for region in regions.dropFirst() { #expect(try await items(tarn, region) == first) }
        #expect(!first.isEmpty && first.allSatisfy { written[$0.key]?.contains($0.value) == true })
        try await tarn.advance(.seconds(3 * 86_400))
        #expect(try await items(tarn, "eu-west-1") == first)
        #expect(try await rows(tarn, .dynamoReplicaTombstone) == 0)
        await tarn.close()
    }

    @Test func expiryIsDeletedOnceAndTakenOver() async throws {
        try await TestPlatform.with(services()) { tarn in
            try await makeTable(tarn)
            try await addReplica(tarn, "eu-west-1")
            try await tarn.call(
                "dynamodb", "UpdateTimeToLive",
                ["TableName": "world", "TimeToLiveSpecification": ["Enabled": true, "AttributeName": "ttl"]])
            try await tarn.untilDelivered()
            let due: Document = ["N": .string("\(TestPlatform.epoch.seconds + 100)")]
            try await tarn.call(
                "dynamodb", "PutItem", ["TableName": "world", "Item": ["id": ["S": "x"], "ttl": due]], region: "eu-west-1")
            try await tarn.untilDelivered()
            try await tarn.advance(.seconds(200))
            try await tarn.untilDelivered()
            for (region, isOwn) in [("us-east-1", false), ("eu-west-1", true)] {
                #expect(try await items(tarn, region).isEmpty)
                let last = try #require(try await records(tarn, region).last)
                #expect(last["eventName"] == "REMOVE")
                // Only where the deletion was made does its record name the service.
                #expect((last["userIdentity"] != nil) == isOwn)
            }
        }
    }

    private func records(_ tarn: TestPlatform, _ region: String) async throws -> [Document] {
        let table = try await tarn.call("dynamodb", "DescribeTable", ["TableName": "world"], region: region)["Table"]
        let stream = table?["LatestStreamArn"] ?? .null
        let described = try await tarn.call("dynamodbstreams", "DescribeStream", ["StreamArn": stream], region: region)
        let shard = described["StreamDescription"]?["Shards"]?.list?.first?["ShardId"] ?? .null
        let iterator = try await tarn.call(
            "dynamodbstreams", "GetShardIterator",
            ["StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"], region: region)["ShardIterator"]
        return try await tarn.call("dynamodbstreams", "GetRecords", ["ShardIterator": iterator ?? .null], region: region)[
            "Records"]?.list ?? []
    }
}

import Documents
import Kernel
import TestSupport
import Testing

@testable import DynamoDB

private let services: @Sendable () -> [any Service] = { [DynamoDBService(), DynamoDBStreamsService()] }

private func makeTable(_ tarn: TestPlatform, stream: Bool = false) async throws {
    var input: Members = [
        "TableName": "things", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [["AttributeName": "p", "AttributeType": "S"], ["AttributeName": "s", "AttributeType": "N"]],
        "KeySchema": [["AttributeName": "p", "KeyType": "HASH"], ["AttributeName": "s", "KeyType": "RANGE"]],
    ]
    if stream { input["StreamSpecification"] = ["StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"] }
    try await tarn.call("dynamodb", "CreateTable", .map(input))
}

private func thing(_ p: String, _ s: Int, _ more: Members = [:]) -> Document {
    .map((["p": ["S": .string(p)], "s": ["N": .string("\(s)")]] as Members).merging(more) { $1 })
}

struct TableTests {
    @Test func writesReadsAndRefuses() async throws {
        try await TestPlatform.with(services()) { tarn in
            try await makeTable(tarn)
            try await tarn.call("dynamodb", "PutItem", ["TableName": "things", "Item": thing("a", 1, ["x": ["S": "old"]])])
            let got = try await tarn.call("dynamodb", "GetItem", ["TableName": "things", "Key": thing("a", 1)])
            #expect(got["Item"] == thing("a", 1, ["x": ["S": "old"]]))
            await #expect(throws: AWSError("ConditionalCheckFailedException", 400, "The conditional request failed")) {
                try await tarn.call(
                    "dynamodb", "PutItem",
                    ["TableName": "things", "Item": thing("a", 1), "ConditionExpression": "attribute_not_exists(p)"])
            }
            let updated = try await tarn.call(
                "dynamodb", "UpdateItem",
                [
                    "TableName": "things", "Key": thing("a", 1), "UpdateExpression": "SET x = :v", "ReturnValues": "UPDATED_OLD",
                    "ExpressionAttributeValues": [":v": ["S": "new"]],
                ])
            #expect(updated["Attributes"] == ["x": ["S": "old"]])
            let table = try await tarn.call("dynamodb", "DescribeTable", ["TableName": "things"])
            #expect(table["Table"]?["ItemCount"] == 1)
            let deleted = try await tarn.call(
                "dynamodb", "DeleteItem", ["TableName": "things", "Key": thing("a", 1), "ReturnValues": "ALL_OLD"])
            #expect(deleted["Attributes"]?["x"] == ["S": "new"])
            await #expect(throws: AWSError("ResourceNotFoundException", 400, "Requested resource not found")) {
                try await tarn.call("dynamodb", "GetItem", ["TableName": "nothing", "Key": thing("a", 1)])
            }
        }
    }

    /// Query and Scan, whatever the page size, against a list.
    @Test func pagesLikeAList() async throws {
        try await TestPlatform.with(services()) { tarn in
            try await makeTable(tarn)
            var seed = Seed(5)
            var model: [String: Set<Int>] = [:]
            for _ in 0..<120 {
                let (p, s) = ("p\(Int.random(in: 0..<4, using: &seed))", Int.random(in: -50...50, using: &seed))
                model[p, default: []].insert(s)
                try await tarn.call("dynamodb", "PutItem", ["TableName": "things", "Item": thing(p, s)])
            }
            for _ in 0..<30 {
                let p = "p\(Int.random(in: 0..<4, using: &seed))"
                let low = Int.random(in: -50...50, using: &seed)
                let (high, forward) = (low + Int.random(in: 0...60, using: &seed), Bool.random(using: &seed))
                let expected = (model[p] ?? []).filter { $0 >= low && $0 <= high }.sorted()
                let found = try await all(
                    tarn, "Query",
                    [
                        "TableName": "things", "KeyConditionExpression": "p = :p AND s BETWEEN :l AND :h",
                        "ScanIndexForward": .bool(forward), "Limit": .integer(Int64.random(in: 1...9, using: &seed)),
                        "ExpressionAttributeValues": [
                            ":p": ["S": .string(p)], ":l": ["N": .string("\(low)")], ":h": ["N": .string("\(high)")],
                        ],
                    ])
                #expect(found.map { $0["s"]?["N"]?.string ?? "" } == (forward ? expected : expected.reversed()).map { "\($0)" })
            }
            var segments = 0
            for segment in 0..<3 {
                segments += try await all(
                    tarn, "Scan", ["TableName": "things", "Segment": .integer(Int64(segment)), "TotalSegments": 3, "Limit": 7]
                ).count
            }
            #expect(segments == model.values.reduce(0) { $0 + $1.count })
        }
    }

    private func all(_ tarn: TestPlatform, _ operation: String, _ input: Members) async throws -> [Document] {
        var (items, input): ([Document], Members) = ([], input)
        while true {
            let page = try await tarn.call("dynamodb", operation, .map(input))
            items += page["Items"]?.list ?? []
            guard let last = page["LastEvaluatedKey"] else { return items }
            input["ExclusiveStartKey"] = last
        }
    }

    @Test func expiresOnTheClockAndStreamsIt() async throws {
        try await TestPlatform.with(services()) { tarn in
            try await makeTable(tarn, stream: true)
            let now = TestPlatform.epoch.seconds
            try await tarn.call(
                "dynamodb", "UpdateTimeToLive",
                ["TableName": "things", "TimeToLiveSpecification": ["Enabled": true, "AttributeName": "ttl"]])
            let due: Document = ["N": .string("\(now + 300)")]
            try await tarn.call("dynamodb", "PutItem", ["TableName": "things", "Item": thing("a", 1, ["ttl": due])])
            let text: Document = ["S": .string("\(now + 300)")]
            try await tarn.call("dynamodb", "PutItem", ["TableName": "things", "Item": thing("b", 1, ["ttl": text])])
            try await tarn.advance(.seconds(299))
            #expect(try await tarn.call("dynamodb", "Scan", ["TableName": "things"])["Count"] == 2)
            try await tarn.advance(.seconds(2))
            #expect(try await tarn.call("dynamodb", "Scan", ["TableName": "things"])["Count"] == 1)

            let stream = try await tarn.call("dynamodbstreams", "ListStreams")["Streams"]?.list?.first?["StreamArn"] ?? .null
            let shards = try await tarn.call("dynamodbstreams", "DescribeStream", ["StreamArn": stream])["StreamDescription"]?[
                "Shards"]
            let shard = shards?.list?.first?["ShardId"] ?? .null
            func records() async throws -> [Document] {
                let iterator = try await tarn.call(
                    "dynamodbstreams", "GetShardIterator",
                    ["StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"])["ShardIterator"]
                return try await tarn.call("dynamodbstreams", "GetRecords", ["ShardIterator": iterator ?? .null])["Records"]?.list
                    ?? []
            }
            let seen = try await records()
            #expect(seen.map { $0["eventName"]?.string ?? "" } == ["INSERT", "INSERT", "REMOVE"])
            #expect(seen.last?["userIdentity"]?["PrincipalId"] == "dynamodb.amazonaws.com")
            #expect(seen.last?["dynamodb"]?["OldImage"]?["ttl"] == due)
            try await tarn.advance(.seconds(86_400))
            #expect(try await records().isEmpty)
        }
    }
}

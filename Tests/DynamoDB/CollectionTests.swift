import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import DynamoDB

private func makeTable(_ tarn: TestPlatform) async throws {
    func key(_ sort: String) -> Document {
        [
            ["AttributeName": "pk", "KeyType": "HASH"], ["AttributeName": .string(sort), "KeyType": "RANGE"],
        ]
    }
    let names: [Document] = ["pk", "sk", "l"]
    try await tarn.call(
        "dynamodb", "CreateTable",
        [
            "TableName": "things", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": .list(names.map { ["AttributeName": $0, "AttributeType": "S"] }),
            "KeySchema": key("sk"),
            "LocalSecondaryIndexes": [
                ["IndexName": "local", "Projection": ["ProjectionType": "KEYS_ONLY"], "KeySchema": key("l")]
            ],
        ])
}

private func put(_ tarn: TestPlatform, _ sort: String, _ more: Members = [:]) async throws {
    var item: Members = ["pk": ["S": "p"]]
    item["sk"] = ["S": .string(sort)]
    for (name, value) in more { item[name] = value }
    try await tarn.call("dynamodb", "PutItem", ["TableName": "things", "Item": .map(item)])
}

private func table(_ tarn: TestPlatform) async throws -> TableRecord {
    let name = TableName(account: "000000000000", region: "us-east-1", name: "things")
    return try #require(try await tarn.platform.store.read { try TableCache().find(name, in: $0) })
}

private let partition = ItemKey.partitionBytes(.string("p"))

/// Item collections of tables with local indexes: how their bytes are counted, and where they end.
struct CollectionTests {
    /// What is counted with each write is what a count of all finds.
    @Test func theCountIsTheSum() async throws {
        try await TestPlatform.with([DynamoDBService()]) { tarn in
            try await makeTable(tarn)
            let table = try await table(tarn)
            func check(_ wanted: Int64) async throws {
                let (kept, counted) = try await tarn.platform.store.write { transaction in
                    let kept = try ItemCollection.bytes(partition, table, in: transaction)
                    try transaction.delete(ItemCollection.row(partition, table))
                    return (kept, try ItemCollection.bytes(partition, table, in: transaction))
                }
                #expect(kept == wanted)
                #expect(counted == wanted)
            }
            // Names and values of pk and sk.
            try await put(tarn, "1")
            try await check(6)
            // The item, and its entry in the index with pk, sk and l.
            try await put(tarn, "2", ["l": ["S": "x"]])
            try await check(6 + 8 + 8)
            try await put(tarn, "2", ["l": ["S": "x"], "more": ["S": "12345"]])
            try await check(6 + 17 + 8)
            try await put(tarn, "2", ["more": ["S": "12345"]])
            try await check(6 + 15)
            for sort: Document in ["1", "2"] {
                try await tarn.call(
                    "dynamodb", "DeleteItem", ["TableName": "things", "Key": ["pk": ["S": "p"], "sk": ["S": sort]]])
            }
            try await check(0)
        }
    }

    @Test func aFullCollectionOnlyShrinks() async throws {
        try await TestPlatform.with([DynamoDBService()]) { tarn in
            try await makeTable(tarn)
            try await put(tarn, "1", ["v": ["S": "12345"]])
            let table = try await table(tarn)
            try await tarn.platform.store.write {
                try ItemCollection.keep(ItemCollection.Limit.bytes - 2, partition, table, in: $0)
            }
            let error = await #expect(throws: AWSError.self) { try await put(tarn, "2") }
            #expect(error?.code == "ItemCollectionSizeLimitExceededException")
            let answer = try await tarn.call("dynamodb", "Scan", ["TableName": "things", "Select": "COUNT"])
            #expect(answer["Count"] == 1)
            try await put(tarn, "1")
            try await put(tarn, "3")
        }
    }
}

import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import DynamoDB

/// Counts the rows that a reader is handed.
private final class CountingSnapshot: Snapshot {
    private let base: any Snapshot
    private(set) var rows = 0
    init(_ base: any Snapshot) { self.base = base }

    func value(_ key: Key) throws -> [UInt8]? {
        rows += 1
        return try base.value(key)
    }

    func scan(from begin: Key, to end: Key, reverse: Bool, limit: Int?, _ visit: (Key, [UInt8]) throws -> Bool) throws {
        try base.scan(from: begin, to: end, reverse: reverse, limit: limit) { key, value in
            rows += 1
            return try visit(key, value)
        }
    }
}

struct PlanTests {
    /// What a Query reads depends on its partition, not on the table.
    @Test func aQueryReadsItsPartitionOnly() async throws {
        try await TestPlatform.with([DynamoDBService()]) { tarn in
            try await tarn.call(
                "dynamodb", "CreateTable",
                [
                    "TableName": "many", "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [
                        ["AttributeName": "p", "AttributeType": "S"], ["AttributeName": "s", "AttributeType": "N"],
                    ],
                    "KeySchema": [["AttributeName": "p", "KeyType": "HASH"], ["AttributeName": "s", "KeyType": "RANGE"]],
                ])
            let name = TableName(account: "000000000000", region: "us-east-1", name: "many")
            func rowsRead(_ items: Range<Int>) async throws -> [Int] {
                // Straight into the store: a transaction of the API holds 25.
                try await tarn.platform.store.write { transaction in
                    let table = try TableCache().table(name, in: transaction)
                    for number in items {
                        let item: Attributes = ["p": .string("p\(number / 10)"), "s": .number(Number(number % 10))]
                        let row = try table.key(ofItem: item).row(under: TableKey.items(table.storage))
                        try transaction.put(row, ItemCoding.encode(item, size: item.itemSize))
                    }
                }
                return try await tarn.platform.store.read { snapshot in
                    let table = try TableCache().table(name, in: snapshot)
                    let whole = CountingSnapshot(snapshot)
                    let part = CountingSnapshot(snapshot)
                    let reader = PageReader(
                        table: table, index: nil, filter: nil, projection: nil, select: .all, limit: nil, startKey: nil,
                        isReversed: false)
                    let all = KeyCondition(partition: .string("p50"), sort: nil).range(under: reader.rows)
                    #expect(try reader.page(from: all.begin, to: all.end, in: whole).count == 10)
                    let some = KeyCondition(partition: .string("p50"), sort: .compare(.less, .number(Number(3))))
                        .range(under: reader.rows)
                    #expect(try reader.page(from: some.begin, to: some.end, in: part).count == 3)
                    return [whole.rows, part.rows]
                }
            }
            let few = try await rowsRead(0..<1_000)
            let many = try await rowsRead(1_000..<50_000)
            #expect(few == [10, 3])
            #expect(many == few)
        }
    }
}

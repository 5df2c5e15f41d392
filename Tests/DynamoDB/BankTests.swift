import Documents
import Foundation
import Kernel
import TestSupport
import Testing

@testable import DynamoDB

private let services: @Sendable () -> [any Service] = { [DynamoDBService(), DynamoDBStreamsService()] }

/// Transfers between accounts by transactions, many at once, with the store closed in their midst and opened again: no
/// money comes or goes, and what was acknowledged is there.
struct BankTests {
    private static let accounts = 10
    private static let start = 100

    private func key(_ account: Int) -> Document { ["id": ["S": .string("account-\(account)")]] }

    private func transfer(_ tarn: TestPlatform, from: Int, to: Int, _ amount: Int, id: String) async throws {
        func update(_ account: Int, _ expression: String, _ condition: String?) -> Document {
            var update: Members = [
                "TableName": "bank", "Key": key(account), "UpdateExpression": .string(expression),
                "ExpressionAttributeValues": [":a": ["N": .string("\(amount)")]],
            ]
            if let condition { update["ConditionExpression"] = .string(condition) }
            return ["Update": .map(update)]
        }
        try await tarn.call(
            "dynamodb", "TransactWriteItems",
            [
                "ClientRequestToken": .string(id),
                "TransactItems": [
                    update(from, "SET balance = balance - :a", "balance >= :a"),
                    update(to, "SET balance = balance + :a", nil),
                    ["Put": ["TableName": "bank", "Item": ["id": ["S": .string("transfer-\(id)")]]]],
                ],
            ])
    }

    private func items(_ tarn: TestPlatform) async throws -> [Document] {
        try await tarn.call("dynamodb", "Scan", ["TableName": "bank"])["Items"]?.list ?? []
    }

    private func balances(_ items: [Document]) -> [Int] { items.compactMap { $0["balance"]?["N"]?.string.flatMap { Int($0) } } }

    @Test(arguments: [1, 2, 3] as [UInt64]) func moneyStays(seed: UInt64) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-bank-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var random = Seed(seed)
        var acknowledged: Set<String> = []
        for round in 0..<3 {
            let tarn = try await TestPlatform.open(services(), directory: directory)
            if round == 0 {
                try await tarn.call(
                    "dynamodb", "CreateTable",
                    [
                        "TableName": "bank", "BillingMode": "PAY_PER_REQUEST",
                        "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
                        "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
                    ])
                for account in 0..<Self.accounts {
                    var item = key(account).members ?? [:]
                    item["balance"] = ["N": .string("\(Self.start)")]
                    try await tarn.call("dynamodb", "PutItem", ["TableName": "bank", "Item": .map(item)])
                }
            }
            let plan = (0..<120).map { number in
                let from = Int.random(in: 0..<Self.accounts, using: &random)
                let to = (from + Int.random(in: 1..<Self.accounts, using: &random)) % Self.accounts
                return (from, to, Int.random(in: 1...60, using: &random), "\(round)-\(number)")
            }
            let crash = Int.random(in: 20..<100, using: &random)
            let done = await withTaskGroup(of: String?.self) { group in
                for (number, (from, to, amount, id)) in plan.enumerated() {
                    group.addTask {
                        // The store goes away under whoever is still at work.
                        if number == crash { await tarn.platform.store.close() }
                        do {
                            try await transfer(tarn, from: from, to: to, amount, id: id)
                            return id
                        } catch {
                            return nil
                        }
                    }
                }
                var done: Set<String> = []
                for await id in group { if let id { done.insert(id) } }
                return done
            }
            acknowledged.formUnion(done)
            await tarn.close()

            let again = try await TestPlatform.open(services(), directory: directory)
            let items = try await items(again)
            #expect(balances(items).reduce(0, +) == Self.accounts * Self.start)
            #expect(balances(items).allSatisfy { $0 >= 0 })
            let kept = Set(items.compactMap { $0["id"]?["S"]?.string }.filter { $0.hasPrefix("transfer-") })
            #expect(acknowledged.allSatisfy { kept.contains("transfer-\($0)") })
            // Asking again for what was acknowledged changes nothing.
            for (from, to, amount, id) in plan where done.contains(id) {
                try await transfer(again, from: from, to: to, amount, id: id)
            }
            #expect(balances(try await self.items(again)) == balances(items))
            await again.close()
        }
    }
}

import Documents
import Kernel
import Testing

/// Transfers between accounts by transactions, several at once. Who has no answer asks again with the same token, so that
/// in the end every balance is what the acknowledged transfers make it, and not only their sum.
final class Bank: Participant {
    private struct Transfer {
        var from: Int
        var to: Int
        var amount: Int
        var token: String
    }
    private static let accounts = 6
    private static let start = 100
    private var balances = [Int](repeating: Bank.start, count: Bank.accounts)
    private var pending: [Transfer] = []
    private var last = 0

    var isSettled: Bool { pending.isEmpty }

    private func key(_ account: Int) -> Document { ["id": ["S": .string("account-\(account)")]] }

    func begin(_ world: World) async throws {
        try await world.must(
            "dynamodb", "CreateTable",
            [
                "TableName": "bank", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
                "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
            ])
        for account in 0..<Self.accounts {
            var item = key(account).members ?? [:]
            item["balance"] = ["N": .string("\(Self.start)")]
            try await world.must("dynamodb", "PutItem", ["TableName": "bank", "Item": .map(item)])
        }
    }

    func restarted(_ world: World) async throws {
        // What a reader sees between attempts: never half a transfer.
        let found = try await read(world)
        world.expect(found.reduce(0, +) == Self.accounts * Self.start, "money came or went: \(found)")
        if pending.isEmpty { world.expect(found == balances, "balances are \(found) where \(balances) were acknowledged") }
    }

    func step(_ world: World) async throws {
        var transfers = pending
        pending = []
        if transfers.isEmpty {
            for _ in 0..<world.random.int(1...4) {
                last += 1
                let from = world.random.int(0...Self.accounts - 1)
                let to = (from + world.random.int(1...Self.accounts - 1)) % Self.accounts
                transfers.append(Transfer(from: from, to: to, amount: world.random.int(1...40), token: "transfer-\(last)"))
            }
        }
        let answers = await world.together("dynamodb", "TransactWriteItems", transfers.map(input))
        for (transfer, answer) in zip(transfers, answers) {
            switch answer {
            case .done:
                balances[transfer.from] -= transfer.amount
                balances[transfer.to] += transfer.amount
            case .unsure: pending.append(transfer)
            case .refused(let error):
                if error.code == "TransactionInProgressException" || error.message.contains("TransactionConflict") {
                    pending.append(transfer)
                } else {
                    world.expect(error.code == "TransactionCanceledException", "transfer: \(error)")
                }
            }
        }
    }

    private func input(_ transfer: Transfer) -> Document {
        func update(_ account: Int, _ expression: String, _ condition: String?) -> Document {
            var update: Members = [
                "TableName": "bank", "Key": key(account), "UpdateExpression": .string(expression),
                "ExpressionAttributeValues": [":a": ["N": .string("\(transfer.amount)")]],
            ]
            if let condition { update["ConditionExpression"] = .string(condition) }
            return ["Update": .map(update)]
        }
        return [
            "ClientRequestToken": .string(transfer.token),
            "TransactItems": [
                update(transfer.from, "SET balance = balance - :a", "balance >= :a"),
                update(transfer.to, "SET balance = balance + :a", nil),
            ],
        ]
    }

    private func read(_ world: World) async throws -> [Int] {
        let items = try await world.must("dynamodb", "Scan", ["TableName": "bank", "ConsistentRead": true])["Items"]?.list ?? []
        var found = [Int](repeating: -1, count: Self.accounts)
        for item in items {
            let account = try #require(item["id"]?["S"]?.string.flatMap { Int($0.dropFirst("account-".count)) })
            found[account] = try #require(item["balance"]?["N"]?.string.flatMap { Int($0) })
        }
        world.expect(found.allSatisfy { $0 >= 0 }, "a balance below nothing: \(found)")
        return found
    }

    var summary: String { "bank: \(last) transfers, balances \(balances)" }

    func finish(_ world: World) async throws {
        for _ in 0..<10 where !pending.isEmpty { try await step(world) }
        world.expect(pending.isEmpty, "a transfer does not end")
        let found = try await read(world)
        world.expect(found == balances, "balances are \(found) where \(balances) were acknowledged")
    }
}

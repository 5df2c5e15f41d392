import Crypto
import Documents
import KMS
import Kernel
import Store
import TestSupport
import Testing

@testable import DynamoDB

struct EncryptionTests {
    private static let secret = "a text that must not lie open"

    @Test func nothingOfAnEncryptedTableLiesOpen() async throws {
        let services: [any Service] = [
            DynamoDBService(), DynamoDBStreamsService(), KMSService(),
        ]
        try await TestPlatform.with(services) { tarn in
            let key = try await tarn.call("kms", "CreateKey")["KeyMetadata"]?["KeyId"] ?? .null
            for (name, encryption) in [("open", nil), ("sealed", ["Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": key])]
                as [(String, Document?)]
            {
                var input: Members = [
                    "TableName": .string(name), "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [
                        ["AttributeName": "id", "AttributeType": "S"], ["AttributeName": "kind", "AttributeType": "S"],
                    ],
                    "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
                    "GlobalSecondaryIndexes": [
                        [
                            "IndexName": "kinds", "KeySchema": [["AttributeName": "kind", "KeyType": "HASH"]],
                            "Projection": ["ProjectionType": "ALL"],
                        ]
                    ],
                    "StreamSpecification": ["StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"],
                ]
                input["SSESpecification"] = encryption
                try await tarn.call("dynamodb", "CreateTable", .map(input))
                try await tarn.call(
                    "dynamodb", "UpdateContinuousBackups",
                    [
                        "TableName": .string(name),
                        "PointInTimeRecoverySpecification": ["PointInTimeRecoveryEnabled": true],
                    ])
                for _ in 0..<2 {
                    // Of two changes in one microsecond only the first has a row in the history.
                    try await tarn.advance(.milliseconds(1))
                    try await tarn.call(
                        "dynamodb", "UpdateItem",
                        [
                            "TableName": .string(name), "Key": ["id": ["S": "1"]],
                            "UpdateExpression": "SET kind = :k, t = :t ADD n :one",
                            "ExpressionAttributeValues": [
                                ":k": ["S": "k"], ":t": ["S": .string(Self.secret)], ":one": ["N": "1"],
                            ],
                        ])
                }
                let read = try await tarn.call("dynamodb", "GetItem", ["TableName": .string(name), "Key": ["id": ["S": "1"]]])
                #expect(read["Item"]?["t"]?["S"] == .string(Self.secret))
                let storage = try await tarn.platform.store.read { snapshot in
                    try TableCache().find(
                        TableName(account: "000000000000", region: "us-east-1", name: name), in: snapshot)?.storage ?? ""
                }
                let places: [Space] = [.dynamoItem, .dynamoIndex, .dynamoStreamRecord, .dynamoHistory]
                let found = try await tarn.platform.store.read { snapshot in
                    try places.map { space in
                        var count = 0
                        try snapshot.scan(Key(space, .text(storage))) { _, value in
                            if value.contains(Array(Self.secret.utf8)) { count += 1 }
                            return true
                        }
                        return count
                    }
                }
                #expect(found.allSatisfy { ($0 > 0) == (encryption == nil) }, "\(name): \(found)")
            }
        }
    }

    @Test func aFlippedBitIsFound() throws {
        let item: Attributes = ["a": .string("b")]
        let keys = TableKeys()
        let id = String(repeating: "ab", count: 16)
        keys.keep(SymmetricKey(size: .bits256), id, for: nil, at: TestPlatform.epoch)
        let view = KeyView(keys)
        let bytes = try ItemCoding.seal(ItemCoding.encode(item, size: 2), size: 2, id, try view.key(id))
        #expect(try ItemCoding.size(bytes) == 2)
        #expect(try ItemCoding.decode(ItemCoding.open(bytes, view)).hasSameAttributes(as: item))
        for place in [1, bytes.count - 1, bytes.count / 2 + 5] {
            var damaged = bytes
            damaged[place] ^= 1
            #expect(throws: StoreError.self) { try ItemCoding.open(damaged, view) }
        }
        keys.forget(before: TestPlatform.epoch + TableKeys.Limit.lifetime)
        #expect(throws: NeedsDataKey.self) { try ItemCoding.open(bytes, view) }
    }
}

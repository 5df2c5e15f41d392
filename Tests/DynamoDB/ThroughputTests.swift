import Documents
import Foundation
import Kernel
import TestSupport
import Testing

@testable import DynamoDB

struct ThroughputTests {
    /// What was used up is still used up after a restart, and comes back on the clock.
    @Test func aRestartFillsNoBucket() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-units-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func put(_ tarn: TestPlatform) async throws {
            try await tarn.call("dynamodb", "PutItem", ["TableName": "small", "Item": ["id": ["S": "x"]]])
        }
        func isRefused(_ tarn: TestPlatform) async throws -> Bool {
            do {
                try await put(tarn)
                return false
            } catch let error as AWSError where error.code == "ProvisionedThroughputExceededException" {
                return true
            }
        }
        var tarn = try await TestPlatform.open([DynamoDBService()], directory: directory)
        try await tarn.call(
            "dynamodb", "CreateTable",
            [
                "TableName": "small", "ProvisionedThroughput": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1],
                "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
                "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
            ])
        for _ in 0..<300 { try await put(tarn) }
        #expect(try await isRefused(tarn))
        await tarn.close()
        tarn = try await TestPlatform.open([DynamoDBService()], directory: directory)
        #expect(try await isRefused(tarn))
        try await tarn.advance(.seconds(3))
        #expect(try await !isRefused(tarn))
        await tarn.close()
    }
}

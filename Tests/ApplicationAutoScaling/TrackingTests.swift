import Documents
import DynamoDB
import IAM
import Kernel
import TestSupport
import Testing

@testable import ApplicationAutoScaling

struct TrackingTests {
    /// Units in a minute at a share of a capacity, in percent.
    private func minute(_ percent: Double, of capacity: Int64) -> Double { percent / 100 * Double(capacity) * 60 }

    @Test func growsAfterTwoMinutesAndShrinksAfterFifteen() {
        let (high, low) = (minute(100, of: 10), minute(20, of: 10))
        #expect(Tracking.wanted([high, high], capacity: 10, target: 70) == 15)
        #expect(Tracking.wanted([high, minute(60, of: 10)], capacity: 10, target: 70) == nil)
        #expect(Tracking.wanted([high, nil], capacity: 10, target: 70) == nil)
        let long = [Double?](repeating: low, count: 15)
        #expect(Tracking.wanted(long, capacity: 10, target: 70) == 3)
        #expect(Tracking.wanted(Array(long.dropLast()) + [minute(55, of: 10)], capacity: 10, target: 70) == nil)
        #expect(Tracking.wanted(Array(long.dropLast()) + [nil], capacity: 10, target: 70) == nil)
    }

    @Test func aTableFollowsItsUse() async throws {
        try await TestPlatform.with([DynamoDBService(), ApplicationAutoScalingService(), IAMService()]) { tarn in
            try await tarn.call(
                "dynamodb", "CreateTable",
                [
                    "TableName": "scaled", "ProvisionedThroughput": ["ReadCapacityUnits": 5, "WriteCapacityUnits": 1],
                    "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
                    "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
                ])
            let place: Members = [
                "ServiceNamespace": "dynamodb", "ResourceId": "table/scaled",
                "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
            ]
            func call(_ operation: String, _ more: Members) async throws -> Document {
                try await tarn.call("application-autoscaling", operation, .map(place.merging(more) { $1 }))
            }
            func capacity() async throws -> Document? {
                try await tarn.call("dynamodb", "DescribeTable", ["TableName": "scaled"])["Table"]?["ProvisionedThroughput"]?[
                    "WriteCapacityUnits"]
            }
            func use(_ units: Int) async throws {
                for number in 0..<units {
                    try await tarn.call(
                        "dynamodb", "PutItem", ["TableName": "scaled", "Item": ["id": ["S": .string("\(number % 3)")]]])
                }
                // The evaluation is set by a task beside the write.
                try await eventually("an evaluation") { await isSet(tarn) }
                try await tarn.advance(.seconds(60))
            }
            _ = try await call("RegisterScalableTarget", ["MinCapacity": 2, "MaxCapacity": 4])
            #expect(try await capacity() == 2)
            _ = try await call(
                "PutScalingPolicy",
                [
                    "PolicyName": "p", "PolicyType": "TargetTrackingScaling",
                    "TargetTrackingScalingPolicyConfiguration": [
                        "TargetValue": 70.0,
                        "PredefinedMetricSpecification": ["PredefinedMetricType": "DynamoDBWriteCapacityUtilization"],
                    ],
                ])
            try await use(160)
            #expect(try await capacity() == 2)
            try await use(160)
            #expect(try await capacity() == 4)
            for _ in 0..<15 { try await use(1) }
            #expect(try await capacity() == 2)
            let activities = try await call("DescribeScalingActivities", [:])["ScalingActivities"]?.list ?? []
            #expect(
                activities.map { $0["Description"]?.string ?? "" } == [
                    "Setting write capacity units to 2.", "Setting write capacity units to 4.",
                    "Setting write capacity units to 2.",
                ])
        }
    }

    private func isSet(_ tarn: TestPlatform) async -> Bool {
        let end = (tarn.platform.clock.now().seconds / 60 + 1) * 60
        let due = try? await tarn.platform.store.read {
            try $0.timerDue(
                ApplicationAutoScalingService.id,
                id: "000000000000/us-east-1/table/scaled/dynamodb:table:WriteCapacityUnits/\(end)")
        }
        return due != nil
    }
}

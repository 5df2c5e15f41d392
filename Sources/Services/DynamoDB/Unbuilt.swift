import Documents
import Kernel

/// What DynamoDB knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension DynamoDBService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["OnDemandThroughputOverride", "VectorIndexOverride"],
            of: ["RestoreTableFromBackup", "RestoreTableToPointInTime"])
        operations.refuse(
            ["GlobalSecondaryIndexUpdates[].Update.OnDemandThroughput", "GlobalSecondaryIndexUpdates[].Update.WarmThroughput"],
            of: ["UpdateTable"])
    }
}

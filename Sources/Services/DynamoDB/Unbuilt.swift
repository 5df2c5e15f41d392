import Documents
import Kernel

/// What DynamoDB knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension DynamoDBService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["VectorIndexOverride"],
            of: ["RestoreTableFromBackup", "RestoreTableToPointInTime"])
        operations.refuse(
            ["GlobalTableSourceArn", "GlobalTableSettingsReplicationMode", "VectorIndexes"],
            of: ["CreateTable"])
        operations.refuse(
            ["TableCreationParameters.VectorIndexes"],
            of: ["ImportTable"])
        operations.refuse(
            ["GlobalTableSettingsReplicationMode", "VectorIndexUpdates", "ReplicaUpdates[].Disassociate"],
            of: ["UpdateTable"])
        operations.refuse(
            ["DisassociationProtectionEnabled"],
            of: ["UpdateTable"], unless: [false])
        let replicas = ["ReplicaUpdates[].Create", "ReplicaUpdates[].Update"]
        operations.refuse(
            replicas.flatMap {
                ["\($0).OnDemandThroughputOverride", "\($0).GlobalSecondaryIndexes[].OnDemandThroughputOverride"]
            },
            of: ["UpdateTable"])
        operations.refuse(
            ["FilterSpecification"],
            of: ["ExportTableToPointInTime"])
    }
}

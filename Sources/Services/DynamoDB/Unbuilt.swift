import Documents
import Kernel

/// What DynamoDB knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension DynamoDBService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["VectorIndexOverride"],
            of: ["RestoreTableFromBackup", "RestoreTableToPointInTime"])
    }
}

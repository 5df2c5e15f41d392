import Documents
import Kernel
import Store

extension TableRecord {
    mutating func updateReplicas(
        _ updates: [ReplicaUpdateInput], at now: Timestamp, in transaction: any Transaction, on platform: Platform
    ) throws {
        guard updates.isEmpty else {
            throw DynamoDBFault.validation("Tarn does not implement UpdateTable with ReplicaUpdates yet.")
        }
    }
}

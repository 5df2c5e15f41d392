import Documents
import Kernel

/// Targets whose services Tarn does not have, private and global endpoints; see ``Operations/refuse(_:of:unless:)``.
extension EventBridgeService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            [
                "Targets[].RunCommandParameters", "Targets[].EcsParameters", "Targets[].BatchParameters",
                "Targets[].RedshiftDataParameters", "Targets[].SageMakerPipelineParameters", "Targets[].AppSyncParameters",
            ],
            of: ["PutTargets"])
        operations.refuse(
            ["InvocationConnectivityParameters", "AuthParameters.ConnectivityParameters"],
            of: ["CreateConnection", "UpdateConnection"])
        operations.refuse(
            ["EndpointId"],
            of: ["PutEvents"])
    }
}

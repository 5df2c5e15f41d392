import Documents
import Kernel

/// What Lambda knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension LambdaService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["DurableExecutionName"],
            of: ["Invoke"])
        operations.refuse(
            ["TenantId"],
            of: ["Invoke", "InvokeWithResponseStream"])
        operations.refuse(
            ["MasterRegion"],
            of: ["ListFunctions"])
        operations.refuse(
            ["Content.S3ObjectStorageMode"],
            of: ["PublishLayerVersion"], unless: ["COPY"])
        operations.refuse(
            ["PublishTo"],
            of: ["PublishVersion"])
        operations.refuse(
            [
                "LoggingConfig", "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig",
                "DocumentDBEventSourceConfig",
            ],
            of: ["CreateEventSourceMapping", "UpdateEventSourceMapping"])
        operations.refuse(
            ["SourceAccessConfigurations"],
            of: ["UpdateEventSourceMapping"])
    }
}

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
        let functions = ["CreateFunction", "UpdateFunctionConfiguration"]
        operations.refuse(
            [
                "AcceleratorConfig", "CapacityProviderConfig", "DurableConfig", "FileSystemConfigs", "ImageConfig",
                "RuntimeConfig",
            ],
            of: functions)
        operations.refuse(
            ["SnapStart"],
            of: functions, unless: [["ApplyOn": "None"]])
        operations.refuse(
            ["PackageType"],
            of: ["CreateFunction"], unless: ["Zip"])
        operations.refuse(
            ["TenancyConfig", "Code.ImageUri", "Code.SourceKMSKeyArn"],
            of: ["CreateFunction"])
        operations.refuse(
            ["Code.S3ObjectStorageMode"],
            of: ["CreateFunction"], unless: ["COPY"])
        operations.refuse(
            ["ImageUri", "SourceKMSKeyArn"],
            of: ["UpdateFunctionCode"])
        operations.refuse(
            ["S3ObjectStorageMode"],
            of: ["UpdateFunctionCode"], unless: ["COPY"])
        operations.refuse(
            ["PublishTo"],
            of: ["CreateFunction", "PublishVersion", "UpdateFunctionCode"])
        operations.refuse(
            ["EventSourceToken"],
            of: ["AddPermission"])
        let mappings = ["CreateEventSourceMapping", "UpdateEventSourceMapping"]
        operations.refuse(
            [
                "LoggingConfig", "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig",
                "DocumentDBEventSourceConfig", "SourceAccessConfigurations", "ProvisionedPollerConfig",
            ],
            of: mappings)
        operations.refuse(
            ["MetricsConfig"],
            of: mappings, unless: [["Metrics": []]])
        operations.refuse(
            ["Topics", "Queues", "SelfManagedEventSource"],
            of: ["CreateEventSourceMapping"])
    }
}

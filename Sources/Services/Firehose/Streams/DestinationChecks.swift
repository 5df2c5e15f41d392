import Documents
import Kernel

/// Configurations made whole with AWS's defaults, and refused where AWS refuses them
/// (https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html).
enum DestinationForm {
    static func s3(_ given: Document, isExtended: Bool) throws -> Document {
        guard var members = given.members else { throw FirehoseFault.invalid("The S3 destination is not valid.") }
        let hasConversion = given["DataFormatConversionConfiguration"].map { $0["Enabled"]?.bool != false } ?? false
        let isPartitioned = given["DynamicPartitioningConfiguration"]?["Enabled"]?.bool == true
        setDefault(&members, "Prefix", "")
        setDefault(&members, "BufferingHints", hints(given["BufferingHints"], size: hasConversion ? 128 : isPartitioned ? 64 : 5))
        setDefault(&members, "CompressionFormat", "UNCOMPRESSED")
        setDefault(&members, "EncryptionConfiguration", ["NoEncryptionConfig": "NoEncryption"])
        setDefault(&members, "CloudWatchLoggingOptions", ["Enabled": false])
        if isExtended {
            setDefault(&members, "ProcessingConfiguration", ["Enabled": false, "Processors": []])
            setDefault(&members, "S3BackupMode", "Disabled")
            if let backup = given["S3BackupConfiguration"] {
                members["S3BackupConfiguration"] = try s3(backup, isExtended: false)
            }
        }
        try check(try Destination(.map(members)), isExtended: isExtended)
        return .map(members)
    }

    static func http(_ given: Document) throws -> Document {
        guard var members = given.members, let backup = given["S3Configuration"] else {
            throw FirehoseFault.invalid("S3Configuration is required for an HTTP endpoint destination.")
        }
        setDefault(&members, "BufferingHints", hints(given["BufferingHints"], size: 5))
        setDefault(&members, "CloudWatchLoggingOptions", ["Enabled": false])
        setDefault(&members, "RequestConfiguration", ["ContentEncoding": "NONE", "CommonAttributes": []])
        setDefault(&members, "ProcessingConfiguration", ["Enabled": false, "Processors": []])
        setDefault(&members, "RetryOptions", ["DurationInSeconds": .integer(Int64(FirehoseLimit.httpRetry))])
        setDefault(&members, "S3BackupMode", "FailedDataOnly")
        members["S3Configuration"] = try s3(backup, isExtended: false)
        let destination = try Destination(.map(members))
        guard destination.EndpointConfiguration != nil else {
            throw FirehoseFault.invalid("EndpointConfiguration is required for an HTTP endpoint destination.")
        }
        try checkHints(destination)
        try checkLogging(destination)
        let attributes = destination.RequestConfiguration?.CommonAttributes ?? []
        guard Set(attributes.map(\.AttributeName)).count == attributes.count else {
            throw FirehoseFault.invalid("Common attributes must have unique names.")
        }
        if let secret = destination.SecretsManagerConfiguration, secret.Enabled {
            guard secret.SecretARN != nil else {
                throw FirehoseFault.invalid("SecretARN must be specified when Secrets Manager configuration is enabled.")
            }
            let endpoint = destination.EndpointConfiguration
            guard endpoint?.AccessKey == nil, endpoint?.SealedAccessKey == nil else {
                throw FirehoseFault.invalid("AccessKey must not be specified when Secrets Manager configuration is enabled.")
            }
        }
        for processor in destination.processors {
            guard processor.Type != "MetadataExtraction" else {
                throw FirehoseFault.invalid("MetadataExtraction processor is only supported with dynamic partitioning.")
            }
        }
        _ = try ProcessingPlan(destination)
        return .map(members)
    }

    private static func setDefault(_ members: inout Members, _ name: String, _ value: Document) {
        if members[name] == nil || members[name] == .null { members[name] = value }
    }

    private static func hints(_ given: Document?, size: Int64) -> Document {
        given ?? ["SizeInMBs": .integer(size), "IntervalInSeconds": 300]
    }

    private static func check(_ destination: Destination, isExtended: Bool) throws {
        guard let role = destination.RoleARN, !role.isEmpty, let bucket = destination.BucketARN, !bucket.isEmpty else {
            throw FirehoseFault.invalid("RoleARN and BucketARN are required for an S3 destination.")
        }
        try checkHints(destination)
        try checkLogging(destination)
        let plan = try ProcessingPlan(destination)
        let names = try PrefixExpression.check(destination)
        guard isExtended else {
            guard names.fromQuery.isEmpty, names.fromLambda.isEmpty else {
                throw FirehoseFault.invalid("Prefix expressions with partition keys need dynamic partitioning.")
            }
            return
        }
        if destination.S3BackupMode == "Enabled", destination.S3BackupConfiguration == nil {
            throw FirehoseFault.invalid("S3BackupConfiguration must be specified when S3BackupMode is Enabled.")
        }
        if let zone = destination.CustomTimeZone, !zone.isEmpty, TimeZoneRules.named(zone) == nil {
            throw FirehoseFault.invalid("The time zone \(zone) is not supported.")
        }
        try checkPartitioning(destination, plan, names)
        try checkConversion(destination)
    }

    private static func checkHints(_ destination: Destination) throws {
        guard let hints = destination.BufferingHints else { return }
        guard hints.SizeInMBs != nil, hints.IntervalInSeconds != nil else {
            throw FirehoseFault.invalid("BufferingHints must have both SizeInMBs and IntervalInSeconds.")
        }
    }

    private static func checkLogging(_ destination: Destination) throws {
        guard destination.CloudWatchLoggingOptions?.Enabled == true else { return }
        guard destination.CloudWatchLoggingOptions?.LogGroupName?.isEmpty == false,
            destination.CloudWatchLoggingOptions?.LogStreamName?.isEmpty == false
        else {
            throw FirehoseFault.invalid("LogGroupName and LogStreamName must be specified when CloudWatch logging is enabled.")
        }
    }

    private static func checkPartitioning(
        _ destination: Destination, _ plan: ProcessingPlan, _ names: PrefixExpression.KeyNames
    ) throws {
        guard destination.isPartitioned else {
            guard names.fromQuery.isEmpty, names.fromLambda.isEmpty else {
                throw FirehoseFault.invalid("Prefix expressions with partition keys need dynamic partitioning.")
            }
            guard plan.query == nil else {
                throw FirehoseFault.invalid("MetadataExtraction processor is only supported with dynamic partitioning.")
            }
            return
        }
        guard let error = destination.ErrorOutputPrefix, !error.isEmpty else {
            throw FirehoseFault.invalid("ErrorOutputPrefix must be specified when dynamic partitioning is enabled.")
        }
        guard !names.fromQuery.isEmpty || !names.fromLambda.isEmpty else {
            throw FirehoseFault.invalid("Prefix must contain partition keys when dynamic partitioning is enabled.")
        }
        guard (destination.BufferingHints?.SizeInMBs ?? 64) >= 64 else {
            throw FirehoseFault.invalid("BufferingHints.SizeInMBs must be at least 64 when dynamic partitioning is enabled.")
        }
        guard (destination.BufferingHints?.IntervalInSeconds ?? 60) > 0 else {
            throw FirehoseFault.invalid("Zero buffering is not supported when dynamic partitioning is enabled.")
        }
        let extracted = Set(plan.query?.keys ?? [])
        guard names.fromQuery == extracted else {
            throw FirehoseFault.invalid(
                "The partition keys of the MetadataExtractionQuery and those of the Prefix must be the same.")
        }
        guard names.fromLambda.isEmpty || plan.function != nil else {
            throw FirehoseFault.invalid("partitionKeyFromLambda needs a Lambda processor.")
        }
        guard extracted.count <= FirehoseLimit.partitionKeys else {
            throw FirehoseFault.invalid("There can be at most \(FirehoseLimit.partitionKeys) partition keys.")
        }
    }

    private static func checkConversion(_ destination: Destination) throws {
        guard let conversion = destination.conversion else { return }
        guard let schema = conversion.SchemaConfiguration, schema.DatabaseName != nil, schema.TableName != nil else {
            throw FirehoseFault.invalid("SchemaConfiguration must have DatabaseName and TableName.")
        }
        guard let deserializer = conversion.InputFormatConfiguration?.Deserializer,
            (deserializer.OpenXJsonSerDe == nil) != (deserializer.HiveJsonSerDe == nil)
        else { throw FirehoseFault.invalid("InputFormatConfiguration must have one of OpenXJsonSerDe and HiveJsonSerDe.") }
        guard let serializer = conversion.OutputFormatConfiguration?.Serializer,
            (serializer.ParquetSerDe == nil) != (serializer.OrcSerDe == nil)
        else { throw FirehoseFault.invalid("OutputFormatConfiguration must have one of ParquetSerDe and OrcSerDe.") }
        guard destination.CompressionFormat == nil || destination.CompressionFormat == "UNCOMPRESSED" else {
            throw FirehoseFault.invalid("Data format conversion can only be used with the compression format UNCOMPRESSED.")
        }
        guard (destination.BufferingHints?.SizeInMBs ?? 128) >= 64 else {
            throw FirehoseFault.invalid("BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.")
        }
    }
}

import Documents
import Kernel

/// A destination's configuration by the API's names, as far as delivery needs it. The stored form is the document itself.
struct Destination: Codable, Sendable {
    struct Hints: Codable, Sendable {
        var SizeInMBs: Int?
        var IntervalInSeconds: Int?
    }
    struct Encryption: Codable, Sendable {
        struct Key: Codable, Sendable { var AWSKMSKeyARN: String }
        var KMSEncryptionConfig: Key?
    }
    struct Logging: Codable, Sendable {
        var Enabled: Bool?
        var LogGroupName: String?
        var LogStreamName: String?
    }
    struct Processing: Codable, Sendable {
        var Enabled: Bool?
        var Processors: [Processor]?
    }
    struct Retry: Codable, Sendable { var DurationInSeconds: Int? }
    struct Partitioning: Codable, Sendable {
        var Enabled: Bool?
        var RetryOptions: Retry?
    }
    struct Endpoint: Codable, Sendable {
        var Url: String
        var Name: String?
        /// As it was given.
        var AccessKey: String?
        /// As it is stored.
        var SealedAccessKey: String?
    }
    struct Requests: Codable, Sendable {
        struct Attribute: Codable, Sendable {
            var AttributeName: String
            var AttributeValue: String
        }
        var ContentEncoding: String?
        var CommonAttributes: [Attribute]?
    }
    struct Secret: Codable, Sendable {
        var SecretARN: String?
        var RoleARN: String?
        var Enabled: Bool
    }

    var RoleARN: String?
    var BucketARN: String?
    var Prefix: String?
    var ErrorOutputPrefix: String?
    var BufferingHints: Hints?
    var CompressionFormat: String?
    var EncryptionConfiguration: Encryption?
    var CloudWatchLoggingOptions: Logging?
    var ProcessingConfiguration: Processing?
    var S3BackupMode: String?
    var S3BackupConfiguration: Document?
    var DataFormatConversionConfiguration: Conversion?
    var DynamicPartitioningConfiguration: Partitioning?
    var FileExtension: String?
    var CustomTimeZone: String?
    // HTTP endpoints.
    var EndpointConfiguration: Endpoint?
    var RequestConfiguration: Requests?
    var RetryOptions: Retry?
    var S3Configuration: Document?
    var SecretsManagerConfiguration: Secret?

    init(_ document: Document) throws { self = try DocumentDecoder().decode(Destination.self, from: document) }

    var bufferBytes: Int { (BufferingHints?.SizeInMBs ?? 5) << 20 }
    var interval: Duration { max(.seconds(BufferingHints?.IntervalInSeconds ?? 300), FirehoseLimit.shortestInterval) }
    /// When the stream's own buffer is due. Where partitions have theirs, it gathers only what the processing takes at once.
    var streamHints: LiveStream.Hints {
        guard isPartitioned else { return LiveStream.Hints(bytes: bufferBytes, interval: interval) }
        let function = (try? ProcessingPlan(self))?.function
        return LiveStream.Hints(
            bytes: min(bufferBytes, function?.bytes ?? FirehoseLimit.partitioningBytes),
            interval: min(interval, max(function?.interval ?? .zero, FirehoseLimit.shortestInterval)))
    }
    var bucket: String { ARN(BucketARN ?? "")?.resource ?? "" }
    var processors: [Processor] {
        ProcessingConfiguration?.Enabled == false ? [] : ProcessingConfiguration?.Processors ?? []
    }
    var isPartitioned: Bool { DynamicPartitioningConfiguration?.Enabled == true }
    var conversion: Conversion? { DataFormatConversionConfiguration.flatMap { $0.Enabled == false ? nil : $0 } }

    /// The other destination that goes with this one: S3's backup, or where an endpoint's failures go.
    func companion() throws -> Destination? { try (S3BackupConfiguration ?? S3Configuration).map(Destination.init) }
}

/// A step of processing with its parameters.
struct Processor: Codable, Sendable {
    struct Parameter: Codable, Sendable {
        var ParameterName: String
        var ParameterValue: String
    }
    var `Type`: String
    var Parameters: [Parameter]?

    subscript(_ name: String) -> String? { Parameters?.last { $0.ParameterName == name }?.ParameterValue }
}

/// Record format conversion (https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html).
struct Conversion: Codable, Sendable {
    struct Schema: Codable, Sendable {
        var RoleARN: String?
        var CatalogId: String?
        var DatabaseName: String?
        var TableName: String?
        var Region: String?
        var VersionId: String?
    }
    struct Input: Codable, Sendable {
        struct Deserializer: Codable, Sendable {
            struct OpenX: Codable, Sendable {
                var ConvertDotsInJsonKeysToUnderscores: Bool?
                var CaseInsensitive: Bool?
                var ColumnToJsonKeyMappings: [String: String]?
            }
            struct Hive: Codable, Sendable { var TimestampFormats: [String]? }
            var OpenXJsonSerDe: OpenX?
            var HiveJsonSerDe: Hive?
        }
        var Deserializer: Deserializer?
    }
    struct Output: Codable, Sendable {
        struct Serializer: Codable, Sendable {
            struct Parquet: Codable, Sendable { var Compression: String? }
            struct Orc: Codable, Sendable { var Compression: String? }
            var ParquetSerDe: Parquet?
            var OrcSerDe: Orc?
        }
        var Serializer: Serializer?
    }
    var Enabled: Bool?
    var SchemaConfiguration: Schema?
    var InputFormatConfiguration: Input?
    var OutputFormatConfiguration: Output?

    var isOrc: Bool { OutputFormatConfiguration?.Serializer?.OrcSerDe != nil }
    var compression: String {
        let serializer = OutputFormatConfiguration?.Serializer
        return serializer?.OrcSerDe.map { $0.Compression ?? "SNAPPY" } ?? serializer?.ParquetSerDe?.Compression ?? "SNAPPY"
    }
}

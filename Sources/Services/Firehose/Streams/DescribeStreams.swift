import Documents
import Kernel
import Store

/// DescribeDeliveryStream and ListDeliveryStreams.
extension FirehoseService {
    static let destinationID = "destinationId-000000000001"

    struct DescribeInput: Codable, Sendable {
        var DeliveryStreamName: String
        var Limit: Int?
        var ExclusiveStartDestinationId: String?
    }
    struct DescribeOutput: Codable, Sendable { var DeliveryStreamDescription: Document }

    /// https://docs.aws.amazon.com/firehose/latest/APIReference/API_DescribeDeliveryStream.html
    func describeStream(_ input: DescribeInput, _ context: Context) async throws -> DescribeOutput {
        let record = try await stream(input.DeliveryStreamName, context).record
        // A stream has one destination, so behind any there is none.
        let destinations: [Document] = input.ExclusiveStartDestinationId == nil ? [Self.destination(of: record)] : []
        var members: Members = [
            "DeliveryStreamName": .string(record.name), "DeliveryStreamARN": .string(record.arn),
            "DeliveryStreamStatus": .string(record.status(at: context.now)), "DeliveryStreamType": .string(record.type),
            "VersionId": .string("\(record.version)"), "CreateTimestamp": .timestamp(record.created),
            "Destinations": .list(destinations), "HasMoreDestinations": false,
        ]
        if let updated = record.updated { members["LastUpdateTimestamp"] = .timestamp(updated) }
        if record.source == nil {
            var encryption: Members = ["Status": .string(record.encryption?.status ?? "DISABLED")]
            if let on = record.encryption, on.isOn {
                encryption["KeyType"] = .string(on.keyType)
                if let key = on.keyARN { encryption["KeyARN"] = .string(key) }
            }
            members["DeliveryStreamEncryptionConfiguration"] = .map(encryption)
        }
        if let source = record.source {
            members["Source"] = [
                "KinesisStreamSourceDescription": [
                    "KinesisStreamARN": .string(source.stream), "RoleARN": .string(source.role),
                    "DeliveryStartTimestamp": .timestamp(source.start),
                ]
            ]
        } else if let hint = record.throughputHint {
            members["Source"] = ["DirectPutSourceDescription": ["ThroughputHintInMBs": .integer(Int64(hint))]]
        }
        return DescribeOutput(DeliveryStreamDescription: .map(members))
    }

    private static let basicMembers = [
        "RoleARN", "BucketARN", "Prefix", "ErrorOutputPrefix", "BufferingHints", "CompressionFormat", "EncryptionConfiguration",
        "CloudWatchLoggingOptions",
    ]

    private static func destination(of record: StreamRecord) -> Document {
        var members: Members = ["DestinationId": .string(destinationID)]
        guard var whole = record.destination.members else { return .map(members) }
        switch record.kind {
        case .s3:
            // Both forms, whichever made it.
            var basic: Members = [:]
            for name in basicMembers { basic[name] = whole[name] }
            members["S3DestinationDescription"] = .map(basic)
            whole["S3BackupDescription"] = whole.removeValue(forKey: "S3BackupConfiguration")
            members["ExtendedS3DestinationDescription"] = .map(whole)
        case .http:
            whole["S3DestinationDescription"] = whole.removeValue(forKey: "S3Configuration")
            if var endpoint = whole["EndpointConfiguration"]?.members {
                // The key is a secret: it is never shown.
                endpoint["SealedAccessKey"] = nil
                whole["EndpointConfiguration"] = .map(endpoint)
            }
            members["HttpEndpointDestinationDescription"] = .map(whole)
        }
        return .map(members)
    }

    struct ListInput: Codable, Sendable {
        var Limit: Int?
        var DeliveryStreamType: String?
        var ExclusiveStartDeliveryStreamName: String?
    }
    struct ListOutput: Codable, Sendable {
        var DeliveryStreamNames: [String]
        var HasMoreDeliveryStreams: Bool
    }

    /// https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListDeliveryStreams.html
    func listStreams(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let limit = input.Limit ?? FirehoseLimit.page
        let prefix = Key(.firehoseStream, .text(context.account), .text(context.region))
        let after = input.ExclusiveStartDeliveryStreamName.map { prefix.appending(.text($0)) }
        let names = try await context.store.read { snapshot in
            var names: [String] = []
            try snapshot.records(StreamRecord.self, prefix, after: after) { _, record in
                let isOfType = input.DeliveryStreamType.map { $0 == record.type } ?? true
                if isOfType, !record.isGone(at: context.now) { names.append(record.name) }
                return names.count <= limit
            }
            return names
        }
        return ListOutput(DeliveryStreamNames: Array(names.prefix(limit)), HasMoreDeliveryStreams: names.count > limit)
    }
}

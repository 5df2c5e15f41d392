import Documents
import Kernel
import Store

/// A Kinesis stream that a table's changes go to.
struct KinesisDestination: Codable, Sendable, Equatable {
    static let delivery = "toKinesis"
    enum Limit {
        static let streams = 2
        /// How long a record is tried for.
        static let patience = Duration.seconds(86_400)
        static let partitionKeyBytes = 100
        /// How long a destination is ENABLING, DISABLING or UPDATING.
        static let settling = Duration.milliseconds(50)
    }
    var stream: String
    var isOn: Bool
    /// `MILLISECOND` or `MICROSECOND`
    var precision: String
    /// What is being done to it until ``settles``.
    var work: String?
    var settles: Timestamp?

    func status(at now: Timestamp) -> String {
        if let work, let settles, now < settles { return work }
        return isOn ? "ACTIVE" : "DISABLED"
    }

    mutating func begin(_ work: String, _ now: Timestamp) { (self.work, settles) = (work, now + Limit.settling) }
}

extension TableRecord {
    var feedsKinesis: Bool { destinations?.contains(where: \.isOn) == true }
}

/// A table's changes into Kinesis streams (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html).
extension DynamoDBService {
    /// The service whose linked role writes into the streams.
    private static let replicator = "kinesisreplication.dynamodb.amazonaws.com"

    struct KinesisConfiguration: Codable, Sendable { var ApproximateCreationDateTimePrecision: String? }
    struct EnableKinesisInput: Codable, Sendable {
        var TableName: String
        var StreamArn: String
        var EnableKinesisStreamingConfiguration: KinesisConfiguration?
    }
    struct EnableKinesisOutput: Codable, Sendable {
        var TableName: String
        var StreamArn: String
        var DestinationStatus: String
        var EnableKinesisStreamingConfiguration: KinesisConfiguration?
    }

    /// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_EnableKinesisStreamingDestination.html
    func enableKinesis(_ input: EnableKinesisInput, _ context: Context) async throws -> EnableKinesisOutput {
        let name = try TableName(input.TableName, context)
        guard let arn = ARN(input.StreamArn), arn.service == "kinesis", arn.resource.hasPrefix("stream/"),
            arn.region == name.region, arn.account == name.account
        else { throw DynamoDBFault.validation("Invalid StreamArn: the stream must be in the table's account and Region") }
        do {
            // The caller must be let to see the stream that they name.
            _ = try await context.callAsCaller("kinesis", "DescribeStream", ["StreamARN": .string(input.StreamArn)])
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            throw DynamoDBFault.resourceNotFound("Requested resource not found: Stream: \(arn.resource.dropFirst(7)) not found")
        }
        do {
            _ = try await context.callAsCaller("iam", "CreateServiceLinkedRole", ["AWSServiceName": .string(Self.replicator)])
        } catch let error as AWSError where error.code == "InvalidInput" {
            // The account has the role already.
        }
        let precision = input.EnableKinesisStreamingConfiguration?.ApproximateCreationDateTimePrecision ?? "MILLISECOND"
        try await change(name, context) { all in
            if all.contains(where: { $0.stream == input.StreamArn && $0.status(at: context.now) != "DISABLED" }) {
                throw DynamoDBFault.validation(
                    "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be "
                        + "DISABLED to perform ENABLE operation")
            }
            all.removeAll { $0.stream == input.StreamArn }
            guard all.count(where: \.isOn) < KinesisDestination.Limit.streams else {
                throw DynamoDBFault.limitExceeded(
                    "A table can have at most \(KinesisDestination.Limit.streams) Kinesis streaming destinations")
            }
            var destination = KinesisDestination(stream: input.StreamArn, isOn: true, precision: precision)
            destination.begin("ENABLING", context.now)
            all.append(destination)
        }
        return EnableKinesisOutput(
            TableName: name.name, StreamArn: input.StreamArn, DestinationStatus: "ENABLING",
            EnableKinesisStreamingConfiguration: KinesisConfiguration(ApproximateCreationDateTimePrecision: precision))
    }

    func disableKinesis(_ input: EnableKinesisInput, _ context: Context) async throws -> EnableKinesisOutput {
        let name = try TableName(input.TableName, context)
        try await change(name, input.StreamArn, "disable", "DISABLE", context) { destination in
            destination.isOn = false
            destination.begin("DISABLING", context.now)
        }
        return EnableKinesisOutput(TableName: name.name, StreamArn: input.StreamArn, DestinationStatus: "DISABLING")
    }

    struct UpdateKinesisInput: Codable, Sendable {
        var TableName: String
        var StreamArn: String
        var UpdateKinesisStreamingConfiguration: KinesisConfiguration?
    }
    struct UpdateKinesisOutput: Codable, Sendable {
        var TableName: String
        var StreamArn: String
        var DestinationStatus: String
        var UpdateKinesisStreamingConfiguration: KinesisConfiguration?
    }

    func updateKinesis(_ input: UpdateKinesisInput, _ context: Context) async throws -> UpdateKinesisOutput {
        let name = try TableName(input.TableName, context)
        guard let precision = input.UpdateKinesisStreamingConfiguration?.ApproximateCreationDateTimePrecision else {
            throw DynamoDBFault.validation("Either Precision or Stream Status must be specified")
        }
        try await change(name, input.StreamArn, "update", "UPDATE", context) { destination in
            guard destination.precision != precision else {
                throw DynamoDBFault.validation("Invalid Request: Precision is already set to the desired value of \(precision)")
            }
            destination.precision = precision
            destination.begin("UPDATING", context.now)
        }
        return UpdateKinesisOutput(
            TableName: name.name, StreamArn: input.StreamArn, DestinationStatus: "UPDATING",
            UpdateKinesisStreamingConfiguration: input.UpdateKinesisStreamingConfiguration)
    }

    private func change(
        _ name: TableName, _ stream: String, _ verb: String, _ operation: String, _ context: Context,
        _ body: @escaping @Sendable (inout KinesisDestination) throws -> Void
    ) async throws {
        try await change(name, context) { all in
            guard let place = all.firstIndex(where: { $0.stream == stream && $0.status(at: context.now) == "ACTIVE" }) else {
                throw DynamoDBFault.validation(
                    "Table is not in a valid state to \(verb) Kinesis Streaming Destination: KinesisStreamingDestination must be "
                        + "ACTIVE to perform \(operation) operation")
            }
            try body(&all[place])
        }
    }

    private func change(
        _ name: TableName, _ context: Context, _ body: @escaping @Sendable (inout [KinesisDestination]) throws -> Void
    ) async throws {
        let tables = tables
        try await context.store.write { transaction in
            var table = try tables.table(name, in: transaction)
            var all = table.destinations ?? []
            try body(&all)
            table.destinations = all
            try transaction.put(name.key, table)
        }
    }

    struct DescribeKinesisInput: Codable, Sendable { var TableName: String }
    struct DescribeKinesisOutput: Codable, Sendable {
        struct Destination: Codable, Sendable {
            var StreamArn: String
            var DestinationStatus: String
            var ApproximateCreationDateTimePrecision: String
        }
        var TableName: String
        var KinesisDataStreamDestinations: [Destination]
    }

    func describeKinesis(_ input: DescribeKinesisInput, _ context: Context) async throws -> DescribeKinesisOutput {
        let name = try TableName(input.TableName, context)
        let tables = tables
        let table = try await context.store.read { try tables.table(name, in: $0) }
        return DescribeKinesisOutput(
            TableName: name.name,
            KinesisDataStreamDestinations: (table.destinations ?? []).map {
                DescribeKinesisOutput.Destination(
                    StreamArn: $0.stream, DestinationStatus: $0.status(at: context.now),
                    ApproximateCreationDateTimePrecision: $0.precision)
            })
    }

    /// Puts one change into its stream as the service's linked role. A stream that is gone or refuses is tried again until
    /// the record expires.
    func sendToKinesis(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let stream = delivery.payload["stream"]?.string, let data = delivery.payload["data"]?.blob,
            let partition = delivery.payload["partition"]?.string,
            let source = delivery.payload["table"]?.string.flatMap(ARN.init)
        else { throw GiveUp("a delivery to Kinesis without its stream") }
        let record = try await unlocked(platform) { try ItemCoding.open(data, KeyView(tables.keys)) }
        let role = "aws-service-role/\(Self.replicator)/AWSServiceRoleForDynamoDBKinesisDataStreamsReplication"
        let service = Caller.service(Self.replicator, account: source.account, sourceARN: source.description)
        let caller = try await platform.assume(
            ARN("iam", account: source.account, "role/\(role)").description, session: "DynamoDB", as: service,
            region: source.region)
        _ = try await platform.call(
            Call(
                "kinesis", "PutRecord",
                ["StreamARN": .string(stream), "Data": .blob(record), "PartitionKey": .string(partition)],
                caller: caller, region: source.region))
    }
}

extension ItemWriter {
    /// Promises a change to the table's Kinesis streams, in this transaction. Each rides the outbox at least once; their order
    /// is told by the time inside the records, as on AWS.
    func enqueue(_ change: StreamChange) throws {
        guard let some = change.new ?? change.old else { return }
        let keys = table.keyAttributes(of: some)
        for destination in table.destinations ?? [] where destination.isOn {
            let isFine = destination.precision == "MICROSECOND"
            var content: Members = [
                "ApproximateCreationDateTime": .integer(isFine ? now.microseconds : now.milliseconds),
                "Keys": keys.document,
            ]
            if let new = change.new { content["NewImage"] = new.document }
            if let old = change.old { content["OldImage"] = old.document }
            let size = keys.itemSize + (change.new?.itemSize ?? 0) + (change.old?.itemSize ?? 0)
            content["SizeBytes"] = .integer(Int64(size))
            if isFine { content["ApproximateCreationDateTimePrecision"] = .string(destination.precision) }
            let id = Identifier.uuid()
            let user: Document = isExpiry ? ["type": "Service", "principalId": "dynamodb.amazonaws.com"] : .null
            let record: Document = [
                "awsRegion": .string(table.region), "eventID": .string(id), "eventName": .string(change.name),
                "userIdentity": user, "recordFormat": "application/json", "tableName": .string(table.name),
                "dynamodb": .map(content), "eventSource": "aws:dynamodb",
            ]
            // Changes of one item come into one shard.
            let partition = Hex.encode(JSON.write(keys.document)).suffix(KinesisDestination.Limit.partitionKeyBytes)
            let data = Document.blob(try table.seal(JSON.write(record), size: size))
            let delivery = Delivery(
                id: id, lane: destination.stream, service: DynamoDBService.id, name: KinesisDestination.delivery,
                payload: [
                    "stream": .string(destination.stream), "data": data, "table": .string(table.arn),
                    "partition": .string(String(partition)),
                ], created: now, expires: now + KinesisDestination.Limit.patience)
            try transaction.enqueue(delivery, on: platform)
        }
    }
}

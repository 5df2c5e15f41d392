import Documents
import EventSources
import Kernel
import Store

/// The event source mappings' operations.
extension LambdaService {
    struct CreateMappingInput: Decodable, Sendable {
        var EventSourceArn: String?
        var StartingPosition: String?
        var StartingPositionTimestamp: Timestamp?
        var Tags: [String: String]?
        /// What an update can change too; its members lie beside the others.
        var settings: MappingSettings

        private enum CodingKeys: CodingKey { case EventSourceArn, StartingPosition, StartingPositionTimestamp, Tags }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            EventSourceArn = try container.decodeIfPresent(String.self, forKey: .EventSourceArn)
            StartingPosition = try container.decodeIfPresent(String.self, forKey: .StartingPosition)
            StartingPositionTimestamp = try container.decodeIfPresent(Timestamp.self, forKey: .StartingPositionTimestamp)
            Tags = try container.decodeIfPresent([String: String].self, forKey: .Tags)
            settings = try MappingSettings(from: decoder)
        }
    }

    struct UpdateMappingInput: Decodable, Sendable {
        var UUID: String
        var settings: MappingSettings

        private enum CodingKeys: CodingKey { case UUID }

        init(from decoder: any Decoder) throws {
            UUID = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .UUID)
            settings = try MappingSettings(from: decoder)
        }
    }

    func createMapping(_ create: CreateMappingInput, _ context: Context) async throws -> MappingConfiguration {
        let input = create.settings
        try input.refuseKafka(context)
        guard let source = create.EventSourceArn, let arn = ARN(source) else {
            throw LambdaFault.invalidParameter("Unrecognized event source.")
        }
        guard let kind = SourceKind(arn) else {
            guard !["kafka", "mq", "rds", "docdb"].contains(arn.service), !arn.resource.contains("/consumer/") else {
                let what = arn.resource.contains("/consumer/") ? "a stream's consumer" : arn.service
                throw AWSError.notImplemented(member: "EventSourceArn of \(what)", context.service, context.operation)
            }
            throw LambdaFault.invalidParameter("Unrecognized event source, must be kinesis, dynamodb stream or sqs.")
        }
        guard !kind.isQueue || (create.StartingPosition == nil && create.StartingPositionTimestamp == nil) else {
            throw LambdaFault.invalidParameter("StartingPosition is not valid for SQS event sources.")
        }
        let name = try FunctionName(input.FunctionName ?? "", context)
        guard let function = try await context.store.read({ try name.found(in: $0) }) else {
            throw LambdaFault.invalidParameter("Function does not exist")
        }
        var record = MappingRecord(
            account: name.account, region: name.region, uuid: Identifier.uuid(), source: source, functionName: name.name,
            isEnabled: input.Enabled ?? true, batchSize: kind.isQueue ? 10 : 100, windowSeconds: 0, start: "", retriesMax: -1,
            recordAgeMax: -1, created: context.now, modified: context.now, lastResult: "No records processed",
            qualifier: name.qualifier, tags: try create.Tags.map { try .init(checking: $0) })
        if !kind.isQueue { try MappingRules.start(&record, create.StartingPosition, create.StartingPositionTimestamp, kind) }
        try input.apply(to: &record, kind)
        let positions = try await admit(record, function, kind, context)
        try await filterChange(from: nil, to: record, input, context)?.apply(to: &record)
        let made = record
        try await context.store.write { transaction in
            try transaction.records(MappingRecord.self, Key(.lambdaMapping, .text(made.account), .text(made.region))) {
                _, other in
                if other.source == made.source, other.functionName == made.functionName, other.qualifier == made.qualifier {
                    throw LambdaFault.mappingExists(
                        uuid: other.uuid, isQueue: kind.isQueue, source: made.source, function: made.functionName)
                }
                return true
            }
            try transaction.put(made.key, made)
            for (shard, checkpoint) in positions { try transaction.put(MappingRecord.checkpoint(made.uuid, shard), checkpoint) }
        }
        try await parts().pollers.refresh(made)
        return try await shown(made, state: "Creating", context)
    }

    /// Looks at the source once as the execution role: to see that it may be read, and to hold on to where `LATEST` is now.
    private func admit(
        _ record: MappingRecord, _ function: FunctionRecord, _ kind: SourceKind, _ context: Context
    ) async throws -> [(String, ShardCheckpoint)] {
        if let destination = record.onFailure {
            try await checkDestination(destination, of: function, kinds: [.queue, .topic, .bucket], context.platform)
        }
        let consumer = MappingConsumer(service: self, platform: context.platform, mapping: record)
        let role = try await consumer.reader()
        let missing = try await SourceAccess.missing(
            role, source: record.source, region: record.region, on: context.platform)
        if kind.isQueue {
            if let missing {
                let action = missing.dropFirst("sqs:".count)
                throw LambdaFault.invalidParameter(
                    "The provided execution role does not have permissions to call \(action) on SQS")
            }
            try await checkQueue(record, function, role, context)
            return []
        }
        if missing != nil { throw LambdaFault.streamInaccessible(arn: record.source) }
        do {
            return try await StreamReader(record.settings, on: context.platform, as: { role }).startingPositions()
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            throw LambdaFault.invalidParameter("Stream not found: \(record.source)")
        } catch let error as AWSError where error.isSenders && error.status != 501 {
            throw LambdaFault.streamInaccessible(arn: record.source)
        }
    }

    private func checkQueue(_ record: MappingRecord, _ function: FunctionRecord, _ role: Caller, _ context: Context) async throws
    {
        let attributes: Document?
        do {
            attributes = try await context.platform.call(
                Call(
                    "sqs", "GetQueueAttributes",
                    ["QueueUrl": .string(record.source), "AttributeNames": ["VisibilityTimeout"]], caller: role,
                    region: record.region)
            ).output["Attributes"]
        } catch let error as AWSError where error.code == "QueueDoesNotExist" {
            throw LambdaFault.invalidParameter(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                    + "SQS Error Message: The specified queue does not exist for this wsdl version.")
        } catch let error as AWSError where error.isSenders && error.status != 501 {
            throw LambdaFault.invalidParameter(
                "Error occurred while ReceiveMessage. SQS Error Code: \(error.code). SQS Error Message: \(error.message)")
        }
        let visibility = attributes?["VisibilityTimeout"]?.string.flatMap(Int.init) ?? 30
        guard visibility >= function.timeout else {
            throw LambdaFault.invalidParameter(
                "Queue visibility timeout: \(visibility) seconds is less than Function timeout: \(function.timeout) seconds")
        }
    }

    struct MappingID: Decodable, Sendable { var UUID: String }

    private static func find(_ uuid: String, _ context: Context, in snapshot: any Snapshot) throws -> MappingRecord {
        guard let record = try snapshot.record(MappingRecord.self, MappingRecord.key(context.account, context.region, uuid))
        else {
            throw LambdaFault.mappingNotFound
        }
        return record
    }

    func getMapping(_ input: MappingID, _ context: Context) async throws -> MappingConfiguration {
        try await shown(try await context.store.read { try Self.find(input.UUID, context, in: $0) }, context)
    }

    struct ListMappingsInput: Decodable, Sendable {
        var EventSourceArn: String?
        var FunctionName: String?
        var Marker: String?
        var MaxItems: Int?
    }

    struct ListMappingsOutput: Encodable, Sendable {
        var NextMarker: String?
        var EventSourceMappings: [MappingConfiguration]
    }

    func listMappings(_ input: ListMappingsInput, _ context: Context) async throws -> ListMappingsOutput {
        let count = min(input.MaxItems ?? 100, 100)
        let name = try input.FunctionName.map { try FunctionName($0, context) }
        let after = try PageMarker.read(input.Marker, of: input.EventSourceArn, input.FunctionName, in: context).map {
            MappingRecord.key(context.account, context.region, $0)
        }
        let found = try await context.store.read { snapshot in
            var found: [MappingRecord] = []
            try snapshot.records(
                MappingRecord.self, Key(.lambdaMapping, .text(context.account), .text(context.region)), after: after
            ) { _, record in
                if input.EventSourceArn.map({ $0 == record.source }) ?? true,
                    name.map({ $0.name == record.functionName && $0.qualifier == record.qualifier }) ?? true
                {
                    found.append(record)
                }
                return found.count <= count
            }
            return found
        }
        let page = found.prefix(count)
        return ListMappingsOutput(
            NextMarker: PageMarker.write(
                found.count > count ? page.last?.uuid : nil, of: input.EventSourceArn, input.FunctionName, in: context),
            EventSourceMappings: page.map { MappingConfiguration($0) })
    }

    func updateMapping(_ update: UpdateMappingInput, _ context: Context) async throws -> MappingConfiguration {
        let input = update.settings
        try input.refuseKafka(context)
        let name = try input.FunctionName.map { try FunctionName($0, context) }
        let present = try await context.store.read { try Self.find(update.UUID, context, in: $0) }
        let function = try await (try name ?? present.name()).find(context.platform)
        let now = context.now
        @Sendable func change(_ record: MappingRecord) throws -> MappingRecord {
            guard let kind = record.kind else { throw LambdaFault.mappingNotFound }
            var new = record
            if let name { (new.functionName, new.qualifier) = (name.name, name.qualifier) }
            new.isEnabled = input.Enabled ?? new.isEnabled
            try input.apply(to: &new, kind)
            new.modified = now
            return new
        }
        let planned = try change(present)
        if let destination = planned.onFailure, destination != present.onFailure {
            try await checkDestination(destination, of: function, kinds: [.queue, .topic, .bucket], context.platform)
        }
        let filters = try await filterChange(from: present, to: planned, input, context)
        let changed = try await context.store.write { transaction in
            var record = try change(Self.find(update.UUID, context, in: transaction))
            filters?.apply(to: &record)
            try transaction.put(record.key, record)
            return record
        }
        try await parts().pollers.refresh(changed)
        let state = changed.isEnabled == present.isEnabled ? "Updating" : changed.isEnabled ? "Enabling" : "Disabling"
        return try await shown(changed, state: state, context)
    }

    func deleteMapping(_ input: MappingID, _ context: Context) async throws -> MappingConfiguration {
        let gone = try await context.store.write { transaction in
            let record = try Self.find(input.UUID, context, in: transaction)
            try transaction.delete(record.key)
            let checkpoints = Key(.lambdaCheckpoint, .text(record.uuid))
            try transaction.deleteRange(from: checkpoints, to: checkpoints.rangeEnd)
            return record
        }
        try await parts().pollers.end(gone.uuid)
        return try await shown(gone, state: "Deleting", context)
    }
}

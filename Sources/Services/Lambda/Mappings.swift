import Documents
import Kernel
import Store

/// The event source mappings' operations. DynamoDB Streams are the one source so far.
extension LambdaService {
    struct CreateMappingInput: Decodable, Sendable {
        var EventSourceArn: String?
        var StartingPosition: String?
        /// What an update can change too; its members lie beside the others.
        var settings: MappingSettings

        private enum CodingKeys: CodingKey { case EventSourceArn, StartingPosition }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            EventSourceArn = try container.decodeIfPresent(String.self, forKey: .EventSourceArn)
            StartingPosition = try container.decodeIfPresent(String.self, forKey: .StartingPosition)
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

    struct MappingSettings: Decodable, Sendable {
        var FunctionName: String?
        var Enabled: Bool?
        var BatchSize: Int?
        var MaximumBatchingWindowInSeconds: Int?
        var MaximumRecordAgeInSeconds: Int?
        var MaximumRetryAttempts: Int?
        var FilterCriteria: Document?
        var DestinationConfig: Document?
        var BisectBatchOnFunctionError: Bool?
        var ParallelizationFactor: Int?
        var TumblingWindowInSeconds: Int?
        var FunctionResponseTypes: [String]?
    }

    private func refuseUnbuilt(_ input: MappingSettings, _ context: Context) throws {
        try refuse(
            input.FilterCriteria?["Filters"]?.list?.isEmpty == false ? "FilterCriteria" : nil,
            input.DestinationConfig?["OnFailure"]?["Destination"].map { _ in "DestinationConfig" },
            input.BisectBatchOnFunctionError == true ? "BisectBatchOnFunctionError" : nil,
            (input.ParallelizationFactor ?? 1) > 1 ? "ParallelizationFactor" : nil,
            (input.TumblingWindowInSeconds ?? 0) > 0 ? "TumblingWindowInSeconds" : nil,
            input.FunctionResponseTypes?.isEmpty == false ? "FunctionResponseTypes" : nil, context: context)
    }

    func createMapping(_ create: CreateMappingInput, _ context: Context) async throws -> MappingConfiguration {
        let input = create.settings
        try refuseUnbuilt(input, context)
        guard let source = create.EventSourceArn, let arn = ARN(source) else {
            throw LambdaFault.invalidParameter("Event source ARN is required.")
        }
        guard arn.service == "dynamodb", arn.resource.contains("/stream/") else {
            throw LambdaFault.notBuilt(member: "EventSourceArn of \(arn.service)", operation: context.operation)
        }
        guard let start = create.StartingPosition else {
            throw LambdaFault.invalidParameter(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
            )
        }
        guard start == "TRIM_HORIZON" || start == "LATEST" else {
            throw LambdaFault.invalidParameter(
                "Unsupported starting position for stream type. Please use TRIM_HORIZON or LATEST.")
        }
        let name = try FunctionName(input.FunctionName ?? "", context)
        _ = try await name.find(context.platform)
        let batchSize = input.BatchSize ?? 100
        try checkWindow(batchSize, input.MaximumBatchingWindowInSeconds ?? 0)
        let record = MappingRecord(
            account: name.account, region: name.region, uuid: Identifier.uuid(), source: source, functionName: name.name,
            isEnabled: input.Enabled ?? true, batchSize: batchSize, windowSeconds: input.MaximumBatchingWindowInSeconds ?? 0,
            start: start, retriesMax: input.MaximumRetryAttempts ?? -1, recordAgeMax: input.MaximumRecordAgeInSeconds ?? -1,
            created: context.now, modified: context.now, lastResult: "No records processed")
        let positions = try await startingPositions(of: record, context)
        try await context.store.write { transaction in
            try transaction.records(MappingRecord.self, Key(.lambdaMapping, .text(record.account), .text(record.region))) {
                _, other in
                if other.source == record.source, other.functionName == record.functionName {
                    throw LambdaFault.mappingExists(uuid: other.uuid)
                }
                return true
            }
            try transaction.put(record.key, record)
            for (shard, checkpoint) in positions { try transaction.put(ShardCheckpoint.key(record.uuid, shard), checkpoint) }
        }
        try await parts().pollers.refresh(record)
        return MappingConfiguration(record, state: "Creating")
    }

    /// Reads the stream once as the execution role: to see that it may, and to hold on to where `LATEST` is now.
    private func startingPositions(
        of record: MappingRecord, _ context: Context
    ) async throws -> [(String, ShardCheckpoint)] {
        let reader = StreamReader(
            platform: context.platform, stream: record.source, region: record.region,
            keys: RoleKeys(of: record, on: context.platform))
        do {
            var positions: [(String, ShardCheckpoint)] = []
            for shard in try await reader.shards() {
                let iterator = try await reader.iterator(shard.id, record.start)
                _ = try await reader.records(iterator, limit: 1)
                if record.start == "LATEST" {
                    positions.append((shard.id, ShardCheckpoint(iterator: iterator, isDone: shard.isClosed)))
                }
            }
            return positions
        } catch let error as AWSError where error.isSenders && error.status != 501 {
            throw LambdaFault.streamInaccessible(arn: record.source)
        }
    }

    /// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    private func checkWindow(_ batchSize: Int, _ window: Int) throws(LambdaFault) {
        guard (1...10_000).contains(batchSize) else {
            throw .invalidParameter("Maximum BatchSize for DynamoDB streams is 10000.")
        }
        guard (0...300).contains(window) else {
            throw .invalidParameter("MaximumBatchingWindowInSeconds must be between 0 and 300.")
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
        MappingConfiguration(try await context.store.read { try Self.find(input.UUID, context, in: $0) })
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
        let name = try input.FunctionName.map { try FunctionName($0, context).name }
        let after = input.Marker.map { MappingRecord.key(context.account, context.region, $0) }
        let found = try await context.store.read { snapshot in
            var found: [MappingRecord] = []
            try snapshot.records(
                MappingRecord.self, Key(.lambdaMapping, .text(context.account), .text(context.region)), after: after
            ) { _, record in
                if input.EventSourceArn.map({ $0 == record.source }) ?? true, name.map({ $0 == record.functionName }) ?? true {
                    found.append(record)
                }
                return found.count <= count
            }
            return found
        }
        let page = found.prefix(count)
        return ListMappingsOutput(
            NextMarker: found.count > count ? page.last?.uuid : nil, EventSourceMappings: page.map { MappingConfiguration($0) })
    }

    func updateMapping(_ update: UpdateMappingInput, _ context: Context) async throws -> MappingConfiguration {
        let input = update.settings
        try refuseUnbuilt(input, context)
        let name = try input.FunctionName.map { try FunctionName($0, context) }
        if let name { _ = try await name.find(context.platform) }
        let now = context.now
        let changed = try await context.store.write { transaction in
            var record = try Self.find(update.UUID, context, in: transaction)
            record.functionName = name?.name ?? record.functionName
            record.isEnabled = input.Enabled ?? record.isEnabled
            record.batchSize = input.BatchSize ?? record.batchSize
            record.windowSeconds = input.MaximumBatchingWindowInSeconds ?? record.windowSeconds
            record.retriesMax = input.MaximumRetryAttempts ?? record.retriesMax
            record.recordAgeMax = input.MaximumRecordAgeInSeconds ?? record.recordAgeMax
            record.modified = now
            try transaction.put(record.key, record)
            return record
        }
        try await parts().pollers.refresh(changed)
        return MappingConfiguration(changed, state: changed.isEnabled ? "Enabling" : "Disabling")
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
        return MappingConfiguration(gone, state: "Deleting")
    }
}

import Documents
import Kernel
import Store

struct TimeToLiveSpecification: Codable, Sendable {
    var Enabled: Bool
    var AttributeName: String
}

struct UpdateTimeToLiveInput: Codable, Sendable {
    var TableName: String
    var TimeToLiveSpecification: TimeToLiveSpecification
}

struct UpdateTimeToLiveOutput: Codable, Sendable { var TimeToLiveSpecification: TimeToLiveSpecification }

struct TimeToLiveDescription: Codable, Sendable {
    var TimeToLiveStatus: String
    var AttributeName: String?
}

struct DescribeTimeToLiveOutput: Codable, Sendable { var TimeToLiveDescription: TimeToLiveDescription }

extension DynamoDBService {
    /// AWS allows one change of a table's time to live an hour.
    static let timeToLivePause = Duration.seconds(3_600)

    func updateTimeToLive(_ input: UpdateTimeToLiveInput, _ context: Context) async throws -> UpdateTimeToLiveOutput {
        let name = try TableName(input.TableName, context)
        let wanted = input.TimeToLiveSpecification
        guard !wanted.AttributeName.isEmpty else {
            throw DynamoDBFault.validation("TimeToLiveSpecification.AttributeName must not be empty")
        }
        let (tables, platform) = (tables, context.platform)
        try await context.store.write { transaction in
            var table = try tables.table(name, in: transaction)
            if table.global?.isStrong == true { throw StrongConsistency.noTimeToLive }
            let present = table.timeToLive
            let now = platform.clock.now()
            let isEnabled = present?.isEnabled ?? false
            if isEnabled, let present, present.attribute != wanted.AttributeName {
                throw DynamoDBFault.validation(
                    "TimeToLive is active on a different AttributeName: current AttributeName is \(present.attribute)")
            }
            if isEnabled == wanted.Enabled {
                throw DynamoDBFault.validation("TimeToLive is already \(wanted.Enabled ? "enabled" : "disabled")")
            }
            if let present, now - present.changed < Self.timeToLivePause {
                throw DynamoDBFault.validation("Time to live has been modified multiple times within a fixed interval")
            }
            // A global table has one setting: what is set on one replica holds for all.
            let replicas = try table.siblings(tables, in: transaction)
            for other in replicas { try other.checkIsActive() }
            try table.setTimeToLive(wanted, at: now, in: transaction, on: platform)
            for var other in replicas { try other.setTimeToLive(wanted, at: now, in: transaction, on: platform) }
        }
        return UpdateTimeToLiveOutput(TimeToLiveSpecification: wanted)
    }

    func describeTimeToLive(_ input: TableNameInput, _ context: Context) async throws -> DescribeTimeToLiveOutput {
        let name = try TableName(input.TableName, context)
        let tables = tables
        let timeToLive = try await context.store.read { try tables.table(name, in: $0).timeToLive }
        guard let timeToLive, timeToLive.isEnabled else {
            return DescribeTimeToLiveOutput(TimeToLiveDescription: TimeToLiveDescription(TimeToLiveStatus: "DISABLED"))
        }
        return DescribeTimeToLiveOutput(
            TimeToLiveDescription: TimeToLiveDescription(TimeToLiveStatus: "ENABLED", AttributeName: timeToLive.attribute))
    }
}

extension TableRecord {
    fileprivate mutating func setTimeToLive(
        _ wanted: TimeToLiveSpecification, at now: Timestamp, in transaction: any Transaction, on platform: Platform
    ) throws {
        let generation = (timeToLive?.generation ?? 0) + (wanted.Enabled ? 1 : 0)
        timeToLive = TimeToLive(
            attribute: wanted.AttributeName, isEnabled: wanted.Enabled, changed: now, generation: generation)
        try transaction.put(key, self)
        if !wanted.Enabled { try transaction.cancelTimer(DynamoDBService.id, id: Expiry.timerID(storage)) }
        try TableWork.enqueue(
            wanted.Enabled ? TableWork.fillExpiries : TableWork.dropExpiries, self, generation: generation, in: transaction,
            on: platform)
    }
}

import Documents
import Kernel
import Store

struct RecoverySpecification: Codable, Sendable {
    var PointInTimeRecoveryEnabled: Bool
    var RecoveryPeriodInDays: Int64?
}
struct UpdateContinuousBackupsInput: Codable, Sendable {
    var TableName: String
    var PointInTimeRecoverySpecification: RecoverySpecification
}
struct ContinuousBackupsOutput: Codable, Sendable { var ContinuousBackupsDescription: Document }

/// UpdateContinuousBackups and DescribeContinuousBackups.
extension DynamoDBService {
    func updateContinuousBackups(_ input: UpdateContinuousBackupsInput, _ context: Context) async throws
        -> ContinuousBackupsOutput
    {
        let name = try TableName(input.TableName, context)
        let wanted = input.PointInTimeRecoverySpecification
        let (tables, platform) = (tables, context.platform)
        return try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.tableNotNamed(name.name) }
            let now = platform.clock.now()
            let days = wanted.RecoveryPeriodInDays ?? table.recovery?.days ?? Recovery.Limit.days
            guard (1...Recovery.Limit.days).contains(days) else {
                throw DynamoDBFault.validation("RecoveryPeriodInDays must be between 1 and \(Recovery.Limit.days)")
            }
            table.recovery =
                wanted.PointInTimeRecoveryEnabled ? Recovery(since: table.recovery?.since ?? now, days: days) : nil
            try transaction.put(table.key, table)
            try transaction.schedule(TableHistory.timer(table, due: now + TableHistory.Limit.pause), on: platform)
            return ContinuousBackupsOutput(ContinuousBackupsDescription: table.continuousBackups(at: now))
        }
    }

    func describeContinuousBackups(_ input: TableNameInput, _ context: Context) async throws -> ContinuousBackupsOutput {
        let name = try TableName(input.TableName, context)
        let tables = tables
        guard let table = try await context.store.read({ try tables.find(name, in: $0) }) else {
            throw DynamoDBFault.tableNotNamed(name.name)
        }
        return ContinuousBackupsOutput(ContinuousBackupsDescription: table.continuousBackups(at: context.now))
    }
}

extension TableRecord {
    fileprivate func continuousBackups(at now: Timestamp) -> Document {
        var recovery: Members = ["PointInTimeRecoveryStatus": .string(self.recovery == nil ? "DISABLED" : "ENABLED")]
        if let present = self.recovery {
            recovery["RecoveryPeriodInDays"] = .integer(present.days)
            recovery["EarliestRestorableDateTime"] = .timestamp(present.earliest(at: now))
            recovery["LatestRestorableDateTime"] = .timestamp(now)
        }
        return ["ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": .map(recovery)]
    }
}

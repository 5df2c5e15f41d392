import Documents
import Kernel
import Store

struct CreateBackupInput: Codable, Sendable {
    var TableName: String
    var BackupName: String
}
struct CreateBackupOutput: Codable, Sendable { var BackupDetails: Document }
struct BackupArnInput: Codable, Sendable { var BackupArn: String }
struct BackupDescriptionOutput: Codable, Sendable { var BackupDescription: Document }

struct ListBackupsInput: Codable, Sendable {
    var TableName: String?
    var Limit: Int?
    var TimeRangeLowerBound: Timestamp?
    var TimeRangeUpperBound: Timestamp?
    var ExclusiveStartBackupArn: String?
    var BackupType: String?
}
struct ListBackupsOutput: Codable, Sendable {
    var BackupSummaries: [Document]
    var LastEvaluatedBackupArn: String?
}

/// CreateBackup, DescribeBackup, ListBackups and DeleteBackup.
extension DynamoDBService {
    func createBackup(_ input: CreateBackupInput, _ context: Context) async throws -> CreateBackupOutput {
        let name = try TableName(input.TableName, context)
        let (tables, platform) = (tables, context.platform)
        return try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.tableNotNamed(name.name) }
            guard table.activity == nil else {
                throw DynamoDBFault.resourceInUse("Table is being created: \(name.name)")
            }
            let now = platform.clock.now()
            let tally = try TableTally.of(table, in: transaction)
            let milliseconds = String(now.milliseconds)
            let id =
                String(repeating: "0", count: max(0, 14 - milliseconds.utf8.count)) + milliseconds + "-"
                + Hex.encode(Identifier.random(4))
            let backup = BackupRecord(
                id: id, name: input.BackupName, table: table, created: now, isReady: false, items: tally.items,
                bytes: tally.bytes)
            try transaction.put(backup.key, backup)
            try TableCopy.begin(id, of: &table, asOf: now, in: transaction)
            try TableWork.enqueue(TableWork.backUp, table, id: id, in: transaction, on: platform)
            return CreateBackupOutput(BackupDetails: backup.details)
        }
    }

    /// Copies the rows of a backup that was asked for.
    func backUp(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let id = delivery.payload["id"]?.string else { return }
        try await TableCopy.run(id, of: name, tables, on: platform)
        let key = BackupRecord.key(name, id)
        let isKept = try await platform.store.write { transaction in
            guard var backup = try transaction.record(BackupRecord.self, key) else { return false }
            backup.isReady = true
            try transaction.put(key, backup)
            return true
        }
        if !isKept { try await TableCopy.delete(id, on: platform) }
    }

    func describeBackup(_ input: BackupArnInput, _ context: Context) async throws -> BackupDescriptionOutput {
        let backup = try await context.store.read { try Self.backup(input.BackupArn, in: $0) }
        return BackupDescriptionOutput(BackupDescription: backup.description())
    }

    static func backup(_ arn: String, in snapshot: any Snapshot) throws -> BackupRecord {
        guard let key = BackupRecord.key(arn), let backup = try snapshot.record(BackupRecord.self, key), backup.arn == arn else {
            throw DynamoDBFault.backupNotFound(arn)
        }
        return backup
    }

    func deleteBackup(_ input: BackupArnInput, _ context: Context) async throws -> BackupDescriptionOutput {
        let platform = context.platform
        return try await context.store.write { transaction in
            let backup = try Self.backup(input.BackupArn, in: transaction)
            guard backup.isReady else { throw DynamoDBFault.backupInUse("Backup is being created: \(backup.arn)") }
            try transaction.delete(backup.key)
            try TableWork.enqueue(TableWork.dropCopy, backup.table, id: backup.id, in: transaction, on: platform)
            return BackupDescriptionOutput(BackupDescription: backup.description(isDeleted: true))
        }
    }

    func dropCopy(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let id = delivery.payload["id"]?.string else { return }
        try await TableCopy.delete(id, on: platform)
    }

    func listBackups(_ input: ListBackupsInput, _ context: Context) async throws -> ListBackupsOutput {
        let limit = input.Limit ?? 100
        let name = try input.TableName.map { try TableName($0, context) }
        if ["SYSTEM", "AWS_BACKUP"].contains(input.BackupType ?? "") { return ListBackupsOutput(BackupSummaries: []) }
        let start = try input.ExclusiveStartBackupArn.map { arn in
            guard let key = BackupRecord.key(arn), ARN(arn)?.account == context.account, ARN(arn)?.region == context.region else {
                throw DynamoDBFault.validation("Invalid ExclusiveStartBackupArn")
            }
            return key
        }
        return try await context.store.read { snapshot in
            var found: [BackupRecord] = []
            try snapshot.records(BackupRecord.self, BackupRecord.backups(context.account, context.region), after: start) {
                _, backup in
                if let name, backup.table.name != name.name { return true }
                if let lower = input.TimeRangeLowerBound, backup.created < lower { return true }
                if let upper = input.TimeRangeUpperBound, backup.created >= upper { return true }
                found.append(backup)
                return found.count <= limit
            }
            let page = found.prefix(limit)
            return ListBackupsOutput(
                BackupSummaries: page.map(\.summary), LastEvaluatedBackupArn: found.count > limit ? page.last?.arn : nil)
        }
    }
}

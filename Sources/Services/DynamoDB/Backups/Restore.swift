import Documents
import Kernel
import Store

struct RestoreFromBackupInput: Codable, Sendable {
    var TargetTableName: String
    var BackupArn: String
    var BillingModeOverride: String?
    var GlobalSecondaryIndexOverride: [IndexInput]?
    var LocalSecondaryIndexOverride: [LocalIndexInput]?
    var ProvisionedThroughputOverride: ThroughputInput?
    var OnDemandThroughputOverride: Document?
    var SSESpecificationOverride: Document?
}

struct RestoreToTimeInput: Codable, Sendable {
    var SourceTableArn: String?
    var SourceTableName: String?
    var TargetTableName: String
    var UseLatestRestorableTime: Bool?
    var RestoreDateTime: Timestamp?
    var BillingModeOverride: String?
    var GlobalSecondaryIndexOverride: [IndexInput]?
    var LocalSecondaryIndexOverride: [LocalIndexInput]?
    var ProvisionedThroughputOverride: ThroughputInput?
    var OnDemandThroughputOverride: Document?
    var SSESpecificationOverride: Document?
}

/// What a restore makes otherwise than the table was.
struct RestoreOverrides: Sendable {
    var billingMode: String?
    var throughput: ThroughputInput?
    var maxima: Document?
    var globals: [IndexInput]?
    var locals: [LocalIndexInput]?
    var encryption: Document?
    var dataKey: DataKeyRecord?

    /// Makes the new table's data key, if it is to rest under KMS's.
    mutating func makeKey(
        _ name: TableName, _ context: Context, _ source: @Sendable (any Snapshot) throws -> Document?
    ) async throws {
        let (taken, present) = try await context.store.read { (try $0.contains(name.key), try source($0)) }
        guard !taken else { throw DynamoDBFault.targetTableExists(name.name) }
        dataKey = try await TableEncryption.makeKey(encryption ?? present, name, context)
    }

    /// The new table: settings that AWS does not restore (stream, expiry, tags, policies) are left out
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_HowItWorks.html).
    func table(_ source: TableRecord, named name: TableName, _ summary: RestoreSummary, at now: Timestamp) throws(DynamoDBFault)
        -> TableRecord
    {
        let isOnDemand = billingMode.map { $0 == "PAY_PER_REQUEST" } ?? (throughput == nil && source.isOnDemand)
        var table = TableRecord(
            account: name.account, region: name.region, name: name.name, id: Identifier.uuid(), storage: Identifier.code(16),
            created: now, attributes: source.attributes, schema: source.schema, indexes: source.indexes,
            throughput: source.throughput, isOnDemand: isOnDemand, onDemandSince: isOnDemand ? now : nil,
            tableClass: source.tableClass, isProtected: false, encryption: encryption ?? source.encryption, tags: [], stream: nil,
            latestStreamLabel: nil, timeToLive: nil, activity: .creating, restored: summary)
        if isOnDemand {
            table.throughput = try DynamoDBService.throughput(throughput, isOnDemand: true, index: nil)
        } else if throughput != nil || source.isOnDemand {
            table.throughput = try DynamoDBService.throughput(throughput, isOnDemand: false, index: nil)
        }
        table.maxima = try Maxima.read(maxima, source.maxima, isOnDemand: isOnDemand)
        table.indexes.removeAll { index in
            index.work == .deleting
                || (index.isGlobal
                    ? globals.map { !$0.contains { $0.IndexName == index.name } }
                    : locals.map { !$0.contains { $0.IndexName == index.name } }) ?? false
        }
        for given in (globals ?? []).map(\.IndexName) + (locals ?? []).map(\.IndexName)
        where !table.indexes.contains(where: { $0.name == given }) {
            throw .validation("One or more parameter values were invalid: Index \(given) does not exist in the source table")
        }
        for place in table.indexes.indices {
            table.indexes[place].work = nil
            guard table.indexes[place].isGlobal else { continue }
            let wanted = globals?.first { $0.IndexName == table.indexes[place].name }
            let given = wanted?.ProvisionedThroughput
            table.indexes[place].maxima = try Maxima.read(
                wanted?.OnDemandThroughput, table.indexes[place].maxima, isOnDemand: isOnDemand)
            if isOnDemand {
                table.indexes[place].throughput = .none
            } else if given != nil || source.isOnDemand {
                table.indexes[place].throughput = try DynamoDBService.throughput(
                    given, isOnDemand: false, index: table.indexes[place].name)
            }
        }
        table.keepUsedAttributes(of: source.attributes)
        return table
    }
}

extension DynamoDBService {
    func restoreFromBackup(_ input: RestoreFromBackupInput, _ context: Context) async throws -> CreateTableOutput {
        let name = try TableName(input.TargetTableName, context)
        var given = RestoreOverrides(
            billingMode: input.BillingModeOverride, throughput: input.ProvisionedThroughputOverride,
            maxima: input.OnDemandThroughputOverride,
            globals: input.GlobalSecondaryIndexOverride, locals: input.LocalSecondaryIndexOverride,
            encryption: input.SSESpecificationOverride)
        let platform = context.platform
        try await given.makeKey(name, context) { try Self.backup(input.BackupArn, in: $0).table.encryption }
        let overrides = given
        return try await context.store.write { transaction in
            let backup = try Self.backup(input.BackupArn, in: transaction)
            guard backup.isReady else { throw DynamoDBFault.backupInUse("Backup is being created: \(backup.arn)") }
            guard try !transaction.contains(name.key) else { throw DynamoDBFault.targetTableExists(name.name) }
            let now = platform.clock.now()
            let summary = RestoreSummary(backup: backup.arn, source: backup.table.arn, time: backup.created)
            var table = try overrides.table(backup.table, named: name, summary, at: now)
            try table.rest(under: overrides.dataKey, in: transaction)
            try transaction.put(table.key, table)
            try TableWork.enqueue(TableWork.restore, table, id: backup.id, in: transaction, on: platform)
            return CreateTableOutput(TableDescription: table.description(status: "CREATING", TableTally()))
        }
    }

    func restoreToTime(_ input: RestoreToTimeInput, _ context: Context) async throws -> CreateTableOutput {
        let target = try TableName(input.TargetTableName, context)
        guard let given = input.SourceTableArn ?? input.SourceTableName else {
            throw DynamoDBFault.validation("Either SourceTableName or SourceTableArn must be specified")
        }
        guard (input.UseLatestRestorableTime ?? false) != (input.RestoreDateTime != nil) else {
            throw DynamoDBFault.validation("Exactly one of RestoreDateTime and UseLatestRestorableTime must be specified")
        }
        let source = try TableName(given, context)
        var wanted = RestoreOverrides(
            billingMode: input.BillingModeOverride, throughput: input.ProvisionedThroughputOverride,
            maxima: input.OnDemandThroughputOverride,
            globals: input.GlobalSecondaryIndexOverride, locals: input.LocalSecondaryIndexOverride,
            encryption: input.SSESpecificationOverride)
        let (tables, platform) = (tables, context.platform)
        try await wanted.makeKey(target, context) { try tables.find(source, in: $0)?.encryption }
        let overrides = wanted
        return try await context.store.write { transaction in
            guard var origin = try tables.find(source, in: transaction) else { throw DynamoDBFault.tableNotNamed(source.name) }
            guard let recovery = origin.recovery else { throw DynamoDBFault.pointInTimeRecoveryOff(source.name) }
            let now = platform.clock.now()
            let moment = input.RestoreDateTime ?? now
            guard moment >= recovery.earliest(at: now), moment <= now else { throw DynamoDBFault.invalidRestoreTime }
            guard try !transaction.contains(target.key) else { throw DynamoDBFault.targetTableExists(target.name) }
            let summary = RestoreSummary(backup: nil, source: origin.arn, time: moment)
            var table = try overrides.table(origin, named: target, summary, at: now)
            try table.rest(under: overrides.dataKey, in: transaction)
            try transaction.put(table.key, table)
            let id = "restore-" + table.storage
            try TableCopy.begin(id, of: &origin, asOf: moment, in: transaction)
            try TableWork.enqueue(
                TableWork.restore, table, id: id, more: ["source": .string(source.name)], in: transaction, on: platform)
            return CreateTableOutput(TableDescription: table.description(status: "CREATING", TableTally()))
        }
    }

    /// Fills a restored table from its copy, then opens it.
    func restore(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let storage = delivery.payload["storage"]?.string,
            let id = delivery.payload["id"]?.string
        else { return }
        let source = delivery.payload["source"]?.string
        let tables = tables
        if let source {
            try await TableCopy.run(
                id, of: TableName(account: name.account, region: name.region, name: source), tables, on: platform)
        }
        var after: Key?
        repeat {
            let start = after
            after = try await sealedWrite(platform) { transaction -> Key? in
                guard let table = try tables.find(name, in: transaction), table.storage == storage else { return nil }
                var rows: [(Key, [UInt8])] = []
                try transaction.scan(TableCopy.rows(id), after: start, limit: TableCopy.Limit.batch) { row, bytes in
                    rows.append((row, bytes))
                    return true
                }
                let writer = ItemWriter(transaction: transaction, table: table, platform: platform, now: platform.clock.now())
                for (_, bytes) in rows {
                    let item = try ItemCoding.decode(try ItemCoding.open(bytes, KeyView(tables.keys)))
                    let key = try table.key(ofItem: item)
                    try writer.replace(try writer.present(key), with: item, size: try ItemCoding.size(bytes), at: key)
                }
                return rows.count == TableCopy.Limit.batch ? rows.last?.0 : nil
            }
        } while after != nil
        if source != nil { try await TableCopy.delete(id, on: platform) }
        try await platform.store.write { transaction in
            guard var table = try tables.find(name, in: transaction), table.storage == storage else { return }
            table.activity = nil
            try transaction.put(table.key, table)
        }
    }
}

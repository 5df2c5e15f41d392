import Documents
import Kernel
import Store

/// Changes of the catalogue on the default event bus
/// (https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html).
extension Transaction {
    /// A database came or went, or tables in it did.
    /// - Parameter operation: what was asked for, as `typeOfChange`.
    func announceDatabase(_ operation: String, _ catalog: Catalog, _ database: String, tables: [String] = [], _ context: Context)
        throws
    {
        let resources = tables.isEmpty ? ["database/\(database)"] : tables.map { "table/\(database)/\($0)" }
        try announceCatalog(
            "Glue Data Catalog Database State Change", catalog, resources,
            [
                "databaseName": .string(database), "typeOfChange": .string(operation),
                "changedTables": .list(tables.map { .string($0) }),
            ], context)
    }

    /// A table's definition or its partitions changed.
    func announceTable(
        _ operation: String, _ catalog: Catalog, _ database: String, _ table: String, partitions: [[String]] = [],
        _ context: Context
    ) throws {
        let changed = partitions.map { Document.string("[\($0.joined(separator: ", "))]") }
        try announceCatalog(
            "Glue Data Catalog Table State Change", catalog, ["table/\(database)/\(table)"],
            [
                "databaseName": .string(database), "tableName": .string(table), "typeOfChange": .string(operation),
                "changedPartitions": .list(changed),
            ], context)
    }

    private func announceCatalog(
        _ type: String, _ catalog: Catalog, _ resources: [String], _ detail: Members, _ context: Context
    ) throws {
        try announce(
            ServiceEvent(
                account: catalog.account, region: catalog.region, source: "aws.glue", detailType: type,
                resources: resources.map(catalog.arn), detail: .map(detail), time: context.now), on: context.platform)
    }
}

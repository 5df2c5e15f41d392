import Documents
import Kernel
import Store

/// What is known of the values in a table's or a partition's columns
/// (https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateColumnStatisticsForTable.html).
///
/// They are kept as they are given; no engine here reads them. What is wrong with one column is said of that column, and the
/// others are done. They go with their table or partition; a column that the table has no more has none.
enum ColumnStatistics {
    struct UpdateInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var ColumnStatisticsList: [Document]
    }
    struct UpdatePartitionInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var PartitionValues: [String]
        var ColumnStatisticsList: [Document]
    }
    struct UpdateOutput: Codable, Sendable {
        struct Item: Codable, Sendable {
            var ColumnStatistics: Document
            var Error: ErrorText
        }
        var Errors: [Item]
    }
    struct GetInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var ColumnNames: [String]
    }
    struct GetPartitionInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var PartitionValues: [String]
        var ColumnNames: [String]
    }
    struct GetOutput: Codable, Sendable {
        struct Item: Codable, Sendable {
            var ColumnName: String
            var Error: ErrorText
        }
        var ColumnStatisticsList: [Document]
        var Errors: [Item]
    }
    struct DeleteInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var ColumnName: String
    }
    struct DeletePartitionInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var PartitionValues: [String]
        var ColumnName: String
    }

    /// Whose statistics: a table's, or one of its partitions'.
    struct Owner: Sendable {
        var place: Partitions.Place
        /// nil for the table's own.
        var values: [String]?

        func key(_ column: String) -> Key { statistics.appending(.text(column.lowercased())) }
        private var statistics: Key {
            values.map { place.catalog.columnStatistics(place.database, place.table, partition: $0) }
                ?? place.catalog.columnStatistics(place.database, place.table).appending(.integer(0))
        }

        /// The names of the table's columns, its partition keys among them.
        /// - Throws: ``GlueFault`` where there is no such table or partition.
        func columns(_ snapshot: any Snapshot) throws -> Set<String> {
            let table = try place.requireTable(snapshot)
            if let values {
                guard values.count == table.partitionKeys.count else {
                    throw GlueFault.invalid("The number of partition keys do not match the number of partition values")
                }
                guard try snapshot.contains(place.key(values)) else { throw GlueFault.partitionNotFound }
            }
            let columns = table.input["StorageDescriptor"]?["Columns"]?.list ?? []
            return Set(columns.compactMap { $0["Name"]?.string?.lowercased() } + table.partitionKeys.map { $0.name.lowercased() })
        }
    }

    static func updateTable(_ input: UpdateInput, _ context: Context) async throws -> UpdateOutput {
        let place = Partitions.Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        return try await update(input.ColumnStatisticsList, of: Owner(place: place), context)
    }

    static func updatePartition(_ input: UpdatePartitionInput, _ context: Context) async throws -> UpdateOutput {
        let place = Partitions.Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        return try await update(input.ColumnStatisticsList, of: Owner(place: place, values: input.PartitionValues), context)
    }

    private static func update(_ list: [Document], of owner: Owner, _ context: Context) async throws -> UpdateOutput {
        try await context.store.write { transaction in
            let columns = try owner.columns(transaction)
            var errors: [UpdateOutput.Item] = []
            for each in list {
                let name = each["ColumnName"]?.string ?? ""
                do {
                    guard columns.contains(name.lowercased()) else { throw GlueFault.columnNotFound(name) }
                    try check(each["StatisticsData"]?.members ?? [:])
                    try transaction.put(owner.key(name), ColumnStatisticsRecord(column: name.lowercased(), statistics: each))
                } catch let fault as GlueFault {
                    errors.append(.init(ColumnStatistics: each, Error: ErrorText(fault)))
                }
            }
            return UpdateOutput(Errors: errors)
        }
    }

    /// Exactly the data that the type names.
    private static func check(_ data: Members) throws {
        let type = data["Type"]?.string ?? ""
        let wanted = type.prefix(1) + type.dropFirst().lowercased() + "ColumnStatisticsData"
        let given = data.filter { $0.key != "Type" && $0.value != .null }.map(\.key)
        guard given == [String(wanted)] else {
            throw GlueFault.invalid("Column statistics of type \(type) must have \(wanted) and nothing else")
        }
    }

    static func getTable(_ input: GetInput, _ context: Context) async throws -> GetOutput {
        let place = Partitions.Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        return try await get(input.ColumnNames, of: Owner(place: place), context)
    }

    static func getPartition(_ input: GetPartitionInput, _ context: Context) async throws -> GetOutput {
        let place = Partitions.Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        return try await get(input.ColumnNames, of: Owner(place: place, values: input.PartitionValues), context)
    }

    private static func get(_ names: [String], of owner: Owner, _ context: Context) async throws -> GetOutput {
        try await context.store.read { snapshot in
            let columns = try owner.columns(snapshot)
            var output = GetOutput(ColumnStatisticsList: [], Errors: [])
            for name in names {
                // What was known of a column that has gone from the table is nobody's.
                if columns.contains(name.lowercased()),
                    let record = try snapshot.record(ColumnStatisticsRecord.self, owner.key(name))
                {
                    output.ColumnStatisticsList.append(record.statistics)
                } else {
                    let fault = columns.contains(name.lowercased()) ? GlueFault.statisticsNotFound(name) : .columnNotFound(name)
                    output.Errors.append(.init(ColumnName: name, Error: ErrorText(fault)))
                }
            }
            return output
        }
    }

    static func deleteTable(_ input: DeleteInput, _ context: Context) async throws -> Nothing {
        let place = Partitions.Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        return try await delete(input.ColumnName, of: Owner(place: place), context)
    }

    static func deletePartition(_ input: DeletePartitionInput, _ context: Context) async throws -> Nothing {
        let place = Partitions.Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        return try await delete(input.ColumnName, of: Owner(place: place, values: input.PartitionValues), context)
    }

    private static func delete(_ name: String, of owner: Owner, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            _ = try owner.columns(transaction)
            guard try transaction.contains(owner.key(name)) else { throw GlueFault.statisticsNotFound(name) }
            try transaction.delete(owner.key(name))
        }
        return Nothing()
    }
}

struct ColumnStatisticsRecord: Stored {
    static let tag: UInt8 = 1
    var column: String
    /// As given.
    var statistics: Document
}

extension Catalog {
    /// A table's own and its partitions'.
    func columnStatistics(_ database: String, _ table: String) -> Key {
        Key(.glueColumnStatistics, .text(account), .text(region), .text(database), .text(table))
    }
    func columnStatistics(_ database: String, _ table: String, partition values: [String]) -> Key {
        values.reduce(columnStatistics(database, table).appending(.integer(1))) { $0.appending(.text($1)) }
    }
}

extension Transaction {
    /// Those of a partition that goes, or becomes another.
    func deleteColumnStatistics(of values: [String], _ place: Partitions.Place) throws {
        let prefix = place.catalog.columnStatistics(place.database, place.table, partition: values)
        try deleteRange(from: prefix, to: prefix.rangeEnd)
    }
}

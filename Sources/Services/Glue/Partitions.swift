import Documents
import Kernel
import Store

/// Partitions of tables (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-partitions.html).
enum Partitions {
    struct Place: Sendable {
        var catalog: Catalog
        var database: String
        var table: String
        init(_ id: String?, _ database: String, _ table: String, _ context: Context) {
            (catalog, self.database, self.table) = (Catalog(id, context), database.lowercased(), table.lowercased())
        }
        func key(_ values: [String]) -> Key { catalog.partition(database, table, values) }
        var all: Key { catalog.partitions(database, table) }
        func requireTable(_ snapshot: Snapshot) throws -> TableRecord { try snapshot.requireTable(catalog, database, table) }
        func output(_ record: PartitionRecord, withColumns: Bool = true) -> Document {
            record.output(catalog, database, table, withColumns: withColumns)
        }
    }

    struct CreateInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var PartitionInput: Document
    }
    struct BatchCreateInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var PartitionInputList: [Document]
    }
    struct ValuesInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var PartitionValues: [String]
    }
    struct UpdateInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var PartitionValueList: [String]
        var PartitionInput: Document
    }
    struct PartitionError: Codable, Sendable {
        var PartitionValues: [String]
        var ErrorDetail: ErrorText
    }
    struct Errors: Codable, Sendable { var Errors: [PartitionError] }
    struct GetOutput: Codable, Sendable { var Partition: Document }

    static func create(_ input: CreateInput, _ context: Context) async throws -> Nothing {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        try await context.store.write { transaction in
            let table = try place.requireTable(transaction)
            try add(input.PartitionInput, table, place, context.now, transaction)
            try transaction.announce("CreatePartition", place, [values(input.PartitionInput)], context)
        }
        return Nothing()
    }

    static func batchCreate(_ input: BatchCreateInput, _ context: Context) async throws -> Errors {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        return try await context.store.write { transaction in
            let table = try place.requireTable(transaction)
            var errors: [PartitionError] = []
            var made: [[String]] = []
            for each in input.PartitionInputList {
                do {
                    try add(each, table, place, context.now, transaction)
                    made.append(values(each))
                } catch let fault as GlueFault {
                    errors.append(PartitionError(PartitionValues: values(each), ErrorDetail: ErrorText(fault)))
                }
            }
            try transaction.announce("BatchCreatePartition", place, made, context)
            return Errors(Errors: errors)
        }
    }

    private static func values(_ input: Document) -> [String] { (input["Values"]?.list ?? []).compactMap(\.string) }

    private static func add(
        _ input: Document, _ table: TableRecord, _ place: Place, _ now: Timestamp, _ transaction: Transaction
    ) throws {
        let values = values(input)
        try check(values, table)
        guard try !transaction.contains(place.key(values)) else { throw GlueFault.partitionExists }
        try transaction.put(place.key(values), PartitionRecord(values: values, input: input, created: now))
    }

    private static func check(_ values: [String], _ table: TableRecord) throws {
        guard values.count == table.partitionKeys.count else {
            throw GlueFault.invalid("The number of partition keys do not match the number of partition values")
        }
    }

    static func get(_ input: ValuesInput, _ context: Context) async throws -> GetOutput {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        let found = try await context.store.read { snapshot in
            try check(input.PartitionValues, try place.requireTable(snapshot))
            return try snapshot.record(PartitionRecord.self, place.key(input.PartitionValues))
        }
        guard let found else { throw GlueFault.partitionNotFound }
        return GetOutput(Partition: place.output(found))
    }

    /// New values move the partition.
    static func update(_ input: UpdateInput, _ context: Context) async throws -> Nothing {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        try await context.store.write { transaction in
            let table = try place.requireTable(transaction)
            try change(input.PartitionValueList, input.PartitionInput, table, place, transaction)
            try transaction.announce("UpdatePartition", place, [input.PartitionValueList], context)
        }
        return Nothing()
    }

    struct BatchUpdateInput: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var PartitionValueList: [String]
            var PartitionInput: Document
        }
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var Entries: [Entry]
    }
    struct UpdateErrors: Codable, Sendable {
        struct Item: Codable, Sendable {
            var PartitionValueList: [String]
            var ErrorDetail: ErrorText
        }
        var Errors: [Item]
    }

    static func batchUpdate(_ input: BatchUpdateInput, _ context: Context) async throws -> UpdateErrors {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        return try await context.store.write { transaction in
            let table = try place.requireTable(transaction)
            var errors: [UpdateErrors.Item] = []
            var changed: [[String]] = []
            for entry in input.Entries {
                do {
                    try change(entry.PartitionValueList, entry.PartitionInput, table, place, transaction)
                    changed.append(entry.PartitionValueList)
                } catch let fault as GlueFault {
                    errors.append(.init(PartitionValueList: entry.PartitionValueList, ErrorDetail: ErrorText(fault)))
                }
            }
            try transaction.announce("BatchUpdatePartition", place, changed, context)
            return UpdateErrors(Errors: errors)
        }
    }

    private static func change(
        _ present: [String], _ input: Document, _ table: TableRecord, _ place: Place, _ transaction: Transaction
    ) throws {
        let old = place.key(present)
        guard var record = try transaction.record(PartitionRecord.self, old) else { throw GlueFault.partitionNotFound }
        let given = values(input)
        let new = given.isEmpty ? present : given
        try check(new, table)
        if new != present {
            guard try !transaction.contains(place.key(new)) else { throw GlueFault.partitionExists }
            try transaction.delete(old)
            try transaction.deleteColumnStatistics(of: present, place)
        }
        record.values = new
        record.input = input
        try transaction.put(place.key(new), record)
    }

    static func delete(_ input: ValuesInput, _ context: Context) async throws -> Nothing {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        try await context.store.write { transaction in
            _ = try place.requireTable(transaction)
            guard try transaction.contains(place.key(input.PartitionValues)) else { throw GlueFault.partitionNotFound }
            try transaction.delete(place.key(input.PartitionValues))
            try transaction.deleteColumnStatistics(of: input.PartitionValues, place)
            try transaction.announce("DeletePartition", place, [input.PartitionValues], context)
        }
        return Nothing()
    }
}

extension Transaction {
    /// Nothing is said of no partition.
    func announce(_ operation: String, _ place: Partitions.Place, _ partitions: [[String]], _ context: Context) throws {
        guard !partitions.isEmpty else { return }
        try announceTable(operation, place.catalog, place.database, place.table, partitions: partitions, context)
    }
}

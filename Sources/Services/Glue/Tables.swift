import Documents
import Kernel
import Store

/// Tables of the catalog (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html).
enum Tables {
    struct CreateInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableInput: Document?
        var PartitionIndexes: [Document]?
    }
    struct NameInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var Name: String
    }
    struct GetInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var Name: String
        var AttributesToGet: [String]?
    }
    struct GetOutput: Codable, Sendable { var Table: Document }
    struct ListInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var Expression: String?
        var NextToken: String?
        var MaxResults: Int?
        var AttributesToGet: [String]?
    }
    struct ListOutput: Codable, Sendable {
        var TableList: [Document]
        var NextToken: String?
    }

    static func create(_ input: CreateInput, _ context: Context) async throws -> Nothing {
        guard let table = input.TableInput else { throw GlueFault.invalid("TableInput is required") }
        if let indexes = input.PartitionIndexes, !indexes.isEmpty {
            throw GlueFault.invalid("Tarn does not keep partition indexes; leave PartitionIndexes out.")
        }
        let catalog = Catalog(input.CatalogId, context)
        let (database, name) = (input.DatabaseName.lowercased(), try CatalogName.required(table))
        let record = TableRecord(
            database: database, name: name, input: lowered(table), created: context.now, updated: context.now,
            createdBy: context.caller.arn, version: 0)
        try await context.store.write { transaction in
            _ = try transaction.requireDatabase(catalog, database)
            guard try !transaction.contains(catalog.table(database, name)) else { throw GlueFault.tableExists }
            try transaction.put(catalog.table(database, name), record)
            try transaction.announceDatabase("CreateTable", catalog, database, tables: [name], context)
        }
        return Nothing()
    }

    private static let attributeNames = ["NAME": "Name", "TABLE_TYPE": "TableType"]

    /// Column names are lower-case too.
    static func lowered(_ table: Document) -> Document {
        var members = table.members ?? [:]
        members["PartitionKeys"] = members["PartitionKeys"].map(loweredColumns)
        if var storage = members["StorageDescriptor"]?.members {
            storage["Columns"] = storage["Columns"].map(loweredColumns)
            members["StorageDescriptor"] = .map(storage)
        }
        return .map(members)
    }

    private static func loweredColumns(_ columns: Document) -> Document {
        guard let list = columns.list else { return columns }
        return .list(
            list.map { column in
                guard var members = column.members, let name = members["Name"]?.string else { return column }
                members["Name"] = .string(name.lowercased())
                return .map(members)
            })
    }

    static func get(_ input: GetInput, _ context: Context) async throws -> GetOutput {
        let catalog = Catalog(input.CatalogId, context)
        let record = try await context.store.read {
            try $0.requireTable(catalog, input.DatabaseName.lowercased(), input.Name.lowercased())
        }
        return GetOutput(Table: record.output(catalog).attributes(input.AttributesToGet, attributeNames))
    }

    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let catalog = Catalog(input.CatalogId, context)
        let database = input.DatabaseName.lowercased()
        let filter = input.Expression.map { NamePattern($0) }
        let size = min(input.MaxResults ?? GlueLimit.page, GlueLimit.page)
        let page = try await context.store.read { snapshot in
            _ = try snapshot.requireDatabase(catalog, database)
            return try snapshot.page(
                TableRecord.self, catalog.tables(database), token: input.NextToken, size: size,
                of: context.list(input.CatalogId, database, input.Expression)
            ) { record -> Document? in
                guard filter?.matches(record.name) ?? true else { return nil }
                return record.output(catalog).attributes(input.AttributesToGet, attributeNames)
            }
        }
        return ListOutput(TableList: page.items, NextToken: page.next)
    }
}

/// GetTables' Expression: Hive's patterns, where `*` stands for any text and `|` for a choice.
struct NamePattern {
    private let choices: [[Character]]

    init(_ text: String) {
        choices = text.lowercased().split(separator: "|").map { Array($0.replacing(".*", with: "*")) }
    }

    func matches(_ name: String) -> Bool {
        let name = Array(name)
        return choices.contains { Glob.matches($0, name, any: "*") }
    }
}

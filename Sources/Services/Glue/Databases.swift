import Documents
import Kernel
import Store

/// Databases of the catalog (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-databases.html).
enum Databases {
    struct CreateInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseInput: Document
        var Tags: [String: String]?
    }
    struct NameInput: Codable, Sendable {
        var CatalogId: String?
        var Name: String
    }
    struct UpdateInput: Codable, Sendable {
        var CatalogId: String?
        var Name: String
        var DatabaseInput: Document
    }
    struct ListInput: Codable, Sendable {
        var CatalogId: String?
        var NextToken: String?
        var MaxResults: Int?
        var AttributesToGet: [String]?
    }
    struct GetOutput: Codable, Sendable { var Database: Document }
    struct ListOutput: Codable, Sendable {
        var DatabaseList: [Document]
        var NextToken: String?
    }

    static func create(_ input: CreateInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(input.CatalogId, context)
        let name = try CatalogName.required(input.DatabaseInput)
        let record = DatabaseRecord(
            name: name, input: input.DatabaseInput, created: context.now, tags: try [String: String](checking: input.Tags))
        try await context.store.write { transaction in
            guard try !transaction.contains(catalog.database(name)) else { throw GlueFault.databaseExists }
            try transaction.put(catalog.database(name), record)
            try transaction.announceDatabase("CreateDatabase", catalog, name, context)
        }
        return Nothing()
    }

    static func get(_ input: NameInput, _ context: Context) async throws -> GetOutput {
        let catalog = Catalog(input.CatalogId, context)
        let record = try await context.store.read { try $0.requireDatabase(catalog, input.Name.lowercased()) }
        return GetOutput(Database: record.output(catalog))
    }

    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let catalog = Catalog(input.CatalogId, context)
        let size = min(input.MaxResults ?? GlueLimit.page, GlueLimit.page)
        let page = try await context.store.read {
            try $0.page(
                DatabaseRecord.self, catalog.databases(), token: input.NextToken, size: size, of: context.list(input.CatalogId)
            ) {
                $0.output(catalog).attributes(input.AttributesToGet, ["NAME": "Name", "TARGET_DATABASE": "TargetDatabase"])
            }
        }
        return ListOutput(DatabaseList: page.items, NextToken: page.next)
    }

    static func update(_ input: UpdateInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(input.CatalogId, context)
        let name = input.Name.lowercased()
        guard try CatalogName.required(input.DatabaseInput) == name else {
            throw GlueFault.invalid("A database cannot be renamed")
        }
        try await context.store.write { transaction in
            var record = try transaction.requireDatabase(catalog, name)
            record.input = input.DatabaseInput
            try transaction.put(catalog.database(name), record)
        }
        return Nothing()
    }

    /// Its tables with all that is theirs, and its functions, go with it. AWS removes them later; here it is one transaction.
    static func delete(_ input: NameInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(input.CatalogId, context)
        let name = input.Name.lowercased()
        try await context.store.write { transaction in
            _ = try transaction.requireDatabase(catalog, name)
            try transaction.delete(catalog.database(name))
            for space in [Space.glueTable, .glueTableVersion, .gluePartition, .glueColumnStatistics, .glueFunction] {
                let prefix = Key(space, .text(catalog.account), .text(catalog.region), .text(name))
                try transaction.deleteRange(from: prefix, to: prefix.rangeEnd)
            }
            try transaction.announceDatabase("DeleteDatabase", catalog, name, context)
        }
        return Nothing()
    }
}

/// The catalog's names are lower-case whatever the caller writes.
enum CatalogName {
    static func required(_ input: Document) throws -> String {
        guard let name = input["Name"]?.string, !name.isEmpty else { throw GlueFault.invalid("Name is required") }
        return name.lowercased()
    }
}

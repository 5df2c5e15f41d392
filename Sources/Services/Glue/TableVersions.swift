import Documents
import Kernel
import Store

/// Single versions of tables (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html).
extension Tables {
    struct VersionInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var VersionId: String?
    }
    struct VersionOutput: Codable, Sendable { var TableVersion: VersionsOutput.Version }
    struct BatchVersionsInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var VersionIds: [String]
    }
    struct VersionErrors: Codable, Sendable {
        struct Item: Codable, Sendable {
            var TableName: String
            var VersionId: String
            var ErrorDetail: ErrorText
        }
        var Errors: [Item]
    }

    /// The present version if none is named.
    static func version(_ input: VersionInput, _ context: Context) async throws -> VersionOutput {
        let catalog = Catalog(input.CatalogId, context)
        let (database, name) = (input.DatabaseName.lowercased(), input.TableName.lowercased())
        let record = try await context.store.read { snapshot -> TableRecord in
            let table = try snapshot.requireTable(catalog, database, name)
            guard let wanted = try input.VersionId.map(number), wanted != table.version else { return table }
            let key = catalog.versions(database, name).appending(.integer(wanted))
            guard let old = try snapshot.record(TableRecord.self, key) else { throw GlueFault.tableVersionNotFound }
            return old
        }
        return VersionOutput(TableVersion: .init(Table: record.output(catalog), VersionId: String(record.version)))
    }

    static func deleteVersion(_ input: VersionInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(input.CatalogId, context)
        let (database, name) = (input.DatabaseName.lowercased(), input.TableName.lowercased())
        try await context.store.write { transaction in
            let table = try transaction.requireTable(catalog, database, name)
            try removeVersion(input.VersionId ?? "", of: table, catalog, transaction)
        }
        return Nothing()
    }

    static func batchDeleteVersions(_ input: BatchVersionsInput, _ context: Context) async throws -> VersionErrors {
        let catalog = Catalog(input.CatalogId, context)
        let (database, name) = (input.DatabaseName.lowercased(), input.TableName.lowercased())
        return try await context.store.write { transaction in
            let table = try transaction.requireTable(catalog, database, name)
            var errors: [VersionErrors.Item] = []
            for version in input.VersionIds {
                do { try removeVersion(version, of: table, catalog, transaction) } catch let fault as GlueFault {
                    errors.append(.init(TableName: name, VersionId: version, ErrorDetail: ErrorText(fault)))
                }
            }
            return VersionErrors(Errors: errors)
        }
    }

    private static func number(_ text: String) throws -> Int64 {
        guard let number = Int64(text) else { throw GlueFault.invalid("Version id \(text) is not a number.") }
        return number
    }

    /// The present version goes with its table alone.
    private static func removeVersion(
        _ text: String, of table: TableRecord, _ catalog: Catalog, _ transaction: Transaction
    ) throws {
        let version = try number(text)
        guard version != table.version else { throw GlueFault.invalid("The current version of a table cannot be deleted.") }
        let key = catalog.versions(table.database, table.name).appending(.integer(version))
        guard try transaction.contains(key) else { throw GlueFault.tableVersionNotFound }
        try transaction.delete(key)
    }
}

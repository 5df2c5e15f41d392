import Documents
import Kernel
import Store

/// A table's later life: new versions, old versions, its end.
extension Tables {
    struct UpdateInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableInput: Document?
        var SkipArchive: Bool?
        var VersionId: String?
    }
    struct BatchDeleteInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TablesToDelete: [String]
    }
    struct TableError: Codable, Sendable {
        var TableName: String
        var ErrorDetail: ErrorText
    }
    struct BatchDeleteOutput: Codable, Sendable { var Errors: [TableError] }
    struct VersionsInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct VersionsOutput: Codable, Sendable {
        struct Version: Codable, Sendable {
            var Table: Document
            var VersionId: String
        }
        var TableVersions: [Version]
        var NextToken: String?
    }

    /// The old definition is kept as a version unless SkipArchive says no; past the limit the oldest goes.
    static func update(_ input: UpdateInput, _ context: Context) async throws -> Nothing {
        guard let table = input.TableInput else { throw GlueFault.invalid("TableInput is required") }
        let catalog = Catalog(input.CatalogId, context)
        let (database, name) = (input.DatabaseName.lowercased(), try CatalogName.required(table))
        try await context.store.write { transaction in
            var record = try transaction.requireTable(catalog, database, name)
            if let expected = input.VersionId, expected != String(record.version) { throw GlueFault.concurrentModification }
            if input.SkipArchive != true { try archive(record, catalog, transaction) }
            record.input = lowered(table)
            record.updated = context.now
            record.version += 1
            try transaction.put(catalog.table(database, name), record)
            try transaction.announceTable("UpdateTable", catalog, database, name, context)
        }
        return Nothing()
    }

    private static func archive(_ record: TableRecord, _ catalog: Catalog, _ transaction: Transaction) throws {
        let prefix = catalog.versions(record.database, record.name)
        try transaction.put(prefix.appending(.integer(record.version)), record)
        var keys: [Key] = []
        try transaction.scan(prefix) { key, _ in
            keys.append(key)
            return true
        }
        for key in keys.dropLast(GlueLimit.tableVersions) { try transaction.delete(key) }
    }

    static func delete(_ input: NameInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(input.CatalogId, context)
        try await context.store.write { transaction in
            let (database, name) = (input.DatabaseName.lowercased(), input.Name.lowercased())
            try remove(database, name, catalog, transaction)
            try transaction.announceDatabase("DeleteTable", catalog, database, tables: [name], context)
        }
        return Nothing()
    }

    private static func remove(_ database: String, _ name: String, _ catalog: Catalog, _ transaction: Transaction) throws {
        _ = try transaction.requireTable(catalog, database, name)
        try transaction.delete(catalog.table(database, name))
        for prefix in [
            catalog.versions(database, name), catalog.partitions(database, name), catalog.columnStatistics(database, name),
        ] {
            try transaction.deleteRange(from: prefix, to: prefix.rangeEnd)
        }
    }

    static func batchDelete(_ input: BatchDeleteInput, _ context: Context) async throws -> BatchDeleteOutput {
        let catalog = Catalog(input.CatalogId, context)
        let database = input.DatabaseName.lowercased()
        return try await context.store.write { transaction in
            _ = try transaction.requireDatabase(catalog, database)
            var errors: [TableError] = []
            var removed: [String] = []
            for name in input.TablesToDelete {
                do {
                    try remove(database, name.lowercased(), catalog, transaction)
                    removed.append(name.lowercased())
                } catch let fault as GlueFault {
                    errors.append(TableError(TableName: name, ErrorDetail: ErrorText(fault)))
                }
            }
            if !removed.isEmpty {
                try transaction.announceDatabase("BatchDeleteTable", catalog, database, tables: removed, context)
            }
            return BatchDeleteOutput(Errors: errors)
        }
    }

    /// Newest first: the present definition, then the archive.
    static func versions(_ input: VersionsInput, _ context: Context) async throws -> VersionsOutput {
        let catalog = Catalog(input.CatalogId, context)
        let (database, name) = (input.DatabaseName.lowercased(), input.TableName.lowercased())
        let all = try await context.store.read { snapshot in
            var all = [try snapshot.requireTable(catalog, database, name)]
            try snapshot.records(TableRecord.self, catalog.versions(database, name), reverse: true) { _, record in
                all.append(record)
                return true
            }
            return all
        }
        let list = context.list(input.CatalogId, database, name)
        var below = Int64.max
        if let token = input.NextToken, !token.isEmpty {
            guard let last = PageToken.name(token, of: list).flatMap({ Int64($0) }) else {
                throw GlueFault.invalid("Invalid NextToken provided")
            }
            below = last
        }
        let rest = all.filter { $0.version < below }
        let page = rest.prefix(min(input.MaxResults ?? GlueLimit.page, GlueLimit.page))
        let versions = page.map { VersionsOutput.Version(Table: $0.output(catalog), VersionId: String($0.version)) }
        let next = page.count < rest.count ? page.last.map { PageToken.write(String($0.version), of: list) } : nil
        return VersionsOutput(TableVersions: versions, NextToken: next)
    }
}

/// An error inside a batch's answer.
struct ErrorText: Codable, Sendable {
    var ErrorCode: String
    var ErrorMessage: String
    init(_ fault: GlueFault) { (ErrorCode, ErrorMessage) = (fault.wire.code, fault.wire.message) }
}

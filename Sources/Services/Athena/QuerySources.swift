import Documents
import Kernel
import SQLEngine

/// What a statement reads, as the catalogue has it for the statement's caller.
struct QuerySources: Sendable {
    static let information = "information_schema"

    let catalog: CatalogReader
    let engine: any SQLRunning
    private(set) var tables: [SQLTable] = []
    private(set) var views: [SQLView] = []
    private(set) var shown: SQLInformation?
    /// Every name is a table's or a view's of the catalogue, and the views give the same rows for the same data.
    private(set) var areRepeatable = true
    private var missing: Set<String> = []
    private var known: Set<ParsedStatement.Reference> = []
    /// Views that are being looked into: one that reads itself is refused.
    private var open: Set<ParsedStatement.Reference> = []

    init(catalog: CatalogReader, engine: any SQLRunning) { (self.catalog, self.engine) = (catalog, engine) }

    /// Adds what `references` name, and what views among them read.
    /// - Throws: ``QueryFailure`` for what can't be read.
    mutating func add(_ references: [ParsedStatement.Reference], in database: String) async throws {
        for reference in references {
            let name = ParsedStatement.Reference(database: reference.database ?? database, table: reference.table)
            let place = name.database ?? database
            if place == Self.information {
                areRepeatable = false
                if shown == nil { shown = try await catalog.information() }
                continue
            }
            guard !open.contains(name) else { throw QueryFailure.user("INVALID_VIEW", "line 1:15: View is recursive") }
            guard known.insert(name).inserted else { continue }
            // What is not there is the engine's to report, as it knows the place in the text.
            guard let found = try await catalog.glueTable(place, name.table) else {
                areRepeatable = false
                if let partitions = try await catalog.partitionsTable(place, name.table) {
                    tables.append(partitions)
                    continue
                }
                if try await !catalog.hasDatabase(place) { missing.insert(place) }
                continue
            }
            guard let view = try StoredView(found) else {
                tables.append(try await catalog.table(found, place, name.table))
                continue
            }
            let statement = try await engine.parse(view.originalSql, on: catalog.platform)
            if statement.isRepeatable != true { areRepeatable = false }
            open.insert(name)
            try await add(statement.reads ?? [], in: view.schema ?? place)
            open.remove(name)
            views.append(
                SQLView(
                    database: place, name: name.table, sql: view.originalSql, schema: view.schema ?? place,
                    columns: view.columns.map(\.name)))
        }
    }

    /// Adds them to a query.
    func fill(_ query: inout SQLQuery) {
        (query.tables, query.views, query.information) = (tables, views, shown)
        query.missingDatabases = missing.sorted()
    }
}

/// A view's text as Athena keeps it in the catalogue: JSON in base64, in a comment.
struct StoredView: Codable, Sendable, Hashable {
    struct Column: Codable, Sendable, Hashable {
        var name: String
        /// In Trino's notation.
        var type: String
    }
    var originalSql: String
    var catalog: String?
    var schema: String?
    var columns: [Column]

    static let start = "/* Presto View: "
    static let end = " */"
    static let kind = "VIRTUAL_VIEW"

    init(originalSql: String, schema: String, columns: [Column]) {
        (self.originalSql, self.schema, self.columns) = (originalSql, schema, columns)
        catalog = "awsdatacatalog"
    }

    /// Nil for a table that is no view.
    /// - Throws: ``QueryFailure`` for a view of another engine.
    init?(_ table: Document) throws {
        guard table["TableType"]?.string == Self.kind else { return nil }
        let text = table["ViewOriginalText"]?.string ?? ""
        guard text.hasPrefix(Self.start), text.hasSuffix(Self.end),
            let bytes = Base64.decode(String(text.dropFirst(Self.start.count).dropLast(Self.end.count))),
            let view = try? DocumentDecoder().decode(StoredView.self, from: JSON.parse(bytes))
        else {
            throw QueryFailure.user(
                "HIVE_INVALID_VIEW_DATA", "Hive views are not supported: \(table["Name"]?.string ?? "")")
        }
        self = view
    }

    /// The query of a view, or of another engine's what its catalogue entry says; nil for a table.
    static func text(of table: Document) -> String? {
        guard table["TableType"]?.string == kind else { return nil }
        return (try? StoredView(table))?.originalSql ?? table["ViewOriginalText"]?.string ?? ""
    }

    /// What the catalogue keeps.
    func text() throws -> String { Self.start + Base64.string(JSON.write(try DocumentEncoder().encode(self))) + Self.end }
}

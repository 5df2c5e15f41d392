import Documents
import Kernel
import SQLEngine

/// Views (https://docs.aws.amazon.com/athena/latest/ug/create-view.html): stored queries, run with the rights of who reads them.
extension DDL {
    func createView(_ statement: ParsedStatement, _ database: String, _ name: String) async throws -> Lines {
        guard try await catalog.hasDatabase(database) else {
            throw QueryFailure.user("SCHEMA_NOT_FOUND", "line 1:1: Schema '\(database)' does not exist")
        }
        let found = try await catalog.glueTable(database, name)
        if let found {
            guard found["TableType"]?.string == StoredView.kind else {
                throw QueryFailure.user(
                    "TABLE_ALREADY_EXISTS", "line 1:1: Table already exists: 'awsdatacatalog.\(database).\(name)'")
            }
            guard statement.replace == true else {
                throw QueryFailure.user(
                    "TABLE_ALREADY_EXISTS", "line 1:1: View already exists: 'awsdatacatalog.\(database).\(name)'")
            }
        }
        let columns = try await bound(statement)
        let view = StoredView(
            originalSql: statement.query ?? "", schema: query.database,
            columns: columns.map { StoredView.Column(name: $0.name, type: $0.type) })
        let described = columns.map { SQLColumn(name: $0.name, type: $0.hive ?? "string") }
        let input: Document = [
            "Name": .string(name), "TableType": .string(StoredView.kind), "Owner": "hadoop", "Retention": 0, "PartitionKeys": [],
            "Parameters": ["comment": "Presto View", "presto_view": "true"],
            "ViewOriginalText": .string(try view.text()), "ViewExpandedText": "/* Presto View */",
            "StorageDescriptor": [
                "Columns": .list(Self.columns(described)), "Location": "", "Compressed": false, "NumberOfBuckets": 0,
                "SerdeInfo": [:],
            ],
        ]
        let operation = found == nil ? "CreateTable" : "UpdateTable"
        _ = try await catalog.call(operation, ["DatabaseName": .string(database), "TableInput": input])
        return Lines()
    }

    /// The columns of the view's query, with the names that the statement gives them. The query is bound, not run.
    private func bound(_ statement: ParsedStatement) async throws -> [SQLResult.Column] {
        var sources = QuerySources(catalog: catalog, engine: engine)
        try await sources.add(statement.reads ?? [], in: query.database)
        var request = SQLQuery(sql: query.sql, database: query.database, tables: [], s3: nil, resultPath: "")
        sources.fill(&request)
        request.describeOnly = true
        var columns = try await engine.query(request, on: platform).columns
        let given = statement.given ?? []
        guard given.isEmpty || given.count == columns.count else {
            throw QueryFailure.user(
                "MISMATCHED_COLUMN_ALIASES",
                "line 1:1: Column alias list has \(given.count) entries but relation has \(columns.count) columns")
        }
        var seen: Set<String> = []
        for index in columns.indices {
            if index < given.count {
                columns[index].name = given[index]
            } else if columns[index].isNamed == false {
                throw QueryFailure.user("MISSING_COLUMN_NAME", "line 1:1: Column name not specified at position \(index + 1)")
            }
            guard seen.insert(columns[index].name).inserted else {
                throw QueryFailure.user(
                    "DUPLICATE_COLUMN_NAME", "line 1:1: Column name '\(columns[index].name)' specified more than once")
            }
        }
        return columns
    }

    func dropView(_ statement: ParsedStatement, _ database: String, _ name: String) async throws -> Lines {
        guard let found = try await catalog.glueTable(database, name) else {
            if statement.ifExists == true { return Lines() }
            throw QueryFailure.user("TABLE_NOT_FOUND", "line 1:1: View 'awsdatacatalog.\(database).\(name)' does not exist")
        }
        guard found["TableType"]?.string == StoredView.kind else {
            throw QueryFailure.user(
                "TABLE_NOT_FOUND",
                "line 1:1: View 'awsdatacatalog.\(database).\(name)' does not exist, but a table with that name exists. Did you mean "
                    + "DROP TABLE awsdatacatalog.\(database).\(name)?")
        }
        _ = try await catalog.find("DeleteTable", ["DatabaseName": .string(database), "Name": .string(name)])
        return Lines()
    }

    func views(in database: String) async throws -> [String] {
        try await catalog.entries("GetTables", "TableList", ["DatabaseName": .string(database)])
            .filter { $0["TableType"]?.string == StoredView.kind }.compactMap { $0["Name"]?.string }
    }

    func showView(_ database: String, _ name: String) async throws -> Lines {
        guard let view = try StoredView(try await require(database, name)) else {
            throw QueryFailure.user("NOT_SUPPORTED", "line 1:1: Relation '\(database).\(name)' is a table, not a view")
        }
        let lines = view.originalSql.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return Lines(["Create View"], ["CREATE VIEW \(database).\(name) AS"] + lines)
    }
}

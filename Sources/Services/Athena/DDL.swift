import Documents
import Kernel
import SQLEngine

/// Statements that only touch the catalog. Their results are lines of text.
struct DDL: Sendable {
    struct Lines: Sendable {
        var columns: [SQLResult.Column] = []
        var rows: [String] = []

        init() {}
        init(_ names: [String], _ rows: [String]) {
            columns = names.map { SQLResult.Column(name: $0, type: "string", precision: 0, scale: 0) }
            self.rows = rows
        }
    }

    let query: QueryRecord
    let place: Place
    let platform: Platform
    let engine: any SQLRunning

    var catalog: CatalogReader { CatalogReader(caller: query.caller, region: place.region, platform: platform) }

    /// Prepared statements belong to the query's work group.
    private func prepared(_ operation: String, _ statement: ParsedStatement, _ members: Members) async throws {
        var input: Members = ["StatementName": .string(statement.name ?? ""), "WorkGroup": .string(query.workGroup)]
        input.merge(members) { $1 }
        do {
            _ = try await platform.call(
                Call(AthenaService.id, operation, .map(input), caller: query.caller, region: place.region))
        } catch let error as AWSError where error.isSenders && error.status != 403 {
            throw QueryFailure(.user, 1_000, error.message)
        }
    }

    func run(_ statement: ParsedStatement) async throws -> Lines {
        let database = statement.database ?? query.database
        let table = statement.table ?? ""
        switch statement.kind {
        case "show_databases":
            let names = try await catalog.names("GetDatabases", "DatabaseList", [:])
            return Lines(["database_name"], matching(names, statement.pattern))
        case "show_tables":
            guard try await catalog.find("GetDatabase", ["Name": .string(database)]) != nil else {
                throw missing(database: database)
            }
            let names = try await catalog.names("GetTables", "TableList", ["DatabaseName": .string(database)])
            return Lines(["tab_name"], matching(names, statement.pattern))
        case "show_columns":
            let found = try await require(database, table)
            return Lines(["field"], columns(found).map(\.name))
        case "show_partitions":
            let keys = CatalogReader.columns(try await require(database, table)["PartitionKeys"]).map(\.name)
            guard !keys.isEmpty else { throw QueryFailure.ddl("Table \(database).\(table) is not a partitioned table") }
            let partitions = try await catalog.partitions(database, table)
            return Lines(["partition"], partitions.map { zip(keys, $0.values).map { "\($0)=\($1)" }.joined(separator: "/") })
        case "show_tblproperties":
            let parameters = try await require(database, table)["Parameters"]?.members ?? [:]
            let chosen = parameters.filter { statement.property == nil || $0.key == statement.property }
            return Lines(["prpt_name", "prpt_value"], chosen.map { "\($0.key)\t\($0.value.string ?? "")" })
        case "show_create_table": return Lines(["createtab_stmt"], TableText.statement(try await require(database, table)))
        case "describe":
            if let partition = statement.partitions?.first { try await mustExist(partition, database, table) }
            return try await describe(database, table)
        case "create_database": return try await createDatabase(statement, database)
        case "drop_database": return try await dropDatabase(statement, database)
        case "create_table": return try await createTable(statement, database, table)
        case "drop_table": return try await dropTable(statement, database, table)
        case "alter_add_partition": return try await addPartitions(statement, database, table)
        case "alter_drop_partition": return try await dropPartitions(statement, database, table)
        case "prepare":
            try await prepared("CreatePreparedStatement", statement, ["QueryStatement": .string(statement.query ?? "")])
            return Lines()
        case "deallocate":
            try await prepared("DeletePreparedStatement", statement, [:])
            return Lines()
        case "alter_rename_partition": return try await renamePartition(statement, database, table)
        case "alter_add_columns", "alter_replace_columns", "alter_set_tblproperties", "alter_set_location":
            return try await alter(statement, database, table)
        case "show_views":
            guard try await catalog.find("GetDatabase", ["Name": .string(database)]) != nil else {
                throw missing(database: database)
            }
            return Lines(["views"], matching(try await views(in: database), statement.pattern))
        case "show_create_view": return try await showView(database, table)
        case "create_view": return try await createView(statement, database, table)
        case "drop_view": return try await dropView(statement, database, table)
        case "msck": return try await repair(database, table)
        case let kind: throw QueryFailure.unsupported("Tarn's Athena does not run this statement yet: \(kind)")
        }
    }

    /// Hive's patterns: `*` for any text, `|` for a choice.
    private func matching(_ names: [String], _ pattern: String?) -> [String] {
        guard let pattern else { return names }
        let choices = pattern.lowercased().split(separator: "|").map { Array($0) }
        return names.filter { name in choices.contains { Glob.matches($0, Array(name), any: "*") } }
    }

    func require(_ database: String, _ table: String) async throws -> Document {
        if let found = try await catalog.glueTable(database, table) { return found }
        throw QueryFailure.ddl("Table not found \(database).\(table)")
    }

    func missing(database: String) -> QueryFailure { .ddl("Database does not exist: \(database)") }

    private func columns(_ table: Document) -> [SQLColumn] {
        CatalogReader.columns(table["StorageDescriptor"]?["Columns"]) + CatalogReader.columns(table["PartitionKeys"])
    }

    private func describe(_ database: String, _ table: String) async throws -> Lines {
        let found = try await require(database, table)
        func pad(_ text: String) -> String { text + String(repeating: " ", count: max(0, 20 - text.count)) }
        func line(_ column: SQLColumn) -> String {
            "\(pad(column.name))\t\(pad(column.type ?? ""))\t\(pad(column.comment ?? ""))"
        }
        var rows = columns(found).map(line)
        let keys = CatalogReader.columns(found["PartitionKeys"])
        if !keys.isEmpty {
            rows += [
                "\t \t ", "# Partition Information\t \t ", "\(pad("# col_name"))\t\(pad("data_type"))\t\(pad("comment"))",
                "\t \t ",
            ]
            rows += keys.map(line)
        }
        return Lines(["col_name", "data_type", "comment"], rows)
    }

    private func createDatabase(_ statement: ParsedStatement, _ database: String) async throws -> Lines {
        var input: Members = ["Name": .string(database)]
        input["Description"] = statement.comment.map { .string($0) }
        input["LocationUri"] = statement.location.map { .string($0) }
        if let properties = statement.properties, !properties.isEmpty {
            input["Parameters"] = .map(Members(uniqueKeysWithValues: properties.map { ($0, .string($1)) }))
        }
        do {
            _ = try await catalog.call("CreateDatabase", ["DatabaseInput": .map(input)])
        } catch let error as AWSError where error.code == "AlreadyExistsException" {
            if statement.ifNotExists != true { throw QueryFailure.ddl("Database \(database) already exists") }
        }
        return Lines()
    }

    private func dropDatabase(_ statement: ParsedStatement, _ database: String) async throws -> Lines {
        guard try await catalog.find("GetDatabase", ["Name": .string(database)]) != nil else {
            if statement.ifExists == true { return Lines() }
            throw missing(database: database)
        }
        if statement.cascade != true {
            let tables = try await catalog.names("GetTables", "TableList", ["DatabaseName": .string(database)])
            guard tables.isEmpty else {
                throw QueryFailure.ddl(
                    "InvalidOperationException(message:Database \(database) is not empty. One or more tables exist.)")
            }
        }
        _ = try await catalog.call("DeleteDatabase", ["Name": .string(database)])
        return Lines()
    }

    private func dropTable(_ statement: ParsedStatement, _ database: String, _ table: String) async throws -> Lines {
        let found = try await catalog.find("DeleteTable", ["DatabaseName": .string(database), "Name": .string(table)])
        guard found != nil || statement.ifExists == true else { throw QueryFailure.ddl("Table not found \(database).\(table)") }
        return Lines()
    }
}

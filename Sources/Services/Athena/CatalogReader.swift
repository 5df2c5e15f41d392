import Documents
import Kernel
import SQLEngine

/// The Glue catalog through its API, as the query's caller.
struct CatalogReader: Sendable {
    let caller: Caller
    let region: String
    let platform: Platform

    func call(_ operation: String, _ input: Document) async throws -> Document {
        try await platform.call(Call("glue", operation, input, caller: caller, region: region)).output
    }

    /// The same, nil for what does not exist.
    func find(_ operation: String, _ input: Document) async throws -> Document? {
        do { return try await call(operation, input) } catch let error as AWSError where error.code == "EntityNotFoundException" {
            return nil
        }
    }

    func glueTable(_ database: String, _ name: String) async throws -> Document? {
        try await find("GetTable", ["DatabaseName": .string(database), "Name": .string(name)])?["Table"]
    }

    /// Whether there is such a database. Who may not look is told that there is.
    func hasDatabase(_ name: String) async throws -> Bool {
        do { return try await find("GetDatabase", ["Name": .string(name)]) != nil } catch is AWSError { return true }
    }

    /// A table that GetTable gave, with its partitions, ready for the engine.
    /// - Throws: ``QueryFailure`` for kinds of tables that the engine can't read.
    func table(_ table: Document, _ database: String, _ name: String) async throws -> SQLTable {
        let storage = table["StorageDescriptor"]
        guard let location = storage?["Location"]?.string, !location.isEmpty else {
            throw QueryFailure.user("HIVE_METASTORE_ERROR", "Table storage descriptor location is empty: \(database).\(name)")
        }
        let serde = storage?["SerdeInfo"]?["SerializationLibrary"]?.string ?? ""
        guard let format = Self.format(serde, storage?["InputFormat"]?.string ?? "") else {
            throw QueryFailure.user(
                "HIVE_UNSUPPORTED_FORMAT", "Unable to create input format; SerDe \(serde) of \(name) is not supported")
        }
        var result = SQLTable(
            database: database, name: name, location: location, format: format, columns: Self.columns(storage?["Columns"]))
        result.serde = serde
        result.serdeProperties = (storage?["SerdeInfo"]?["Parameters"]?.members ?? [:])
            .reduce(into: [:]) { $0[$1.key] = $1.value.string }
        result.skipHeader = Int(table["Parameters"]?["skip.header.line.count"]?.string ?? "0") ?? 0
        result.partitionKeys = Self.columns(table["PartitionKeys"])
        let parameters = table["Parameters"]
        if !result.partitionKeys.isEmpty, parameters?["projection.enabled"]?.string?.lowercased() == "true" {
            result.projection = (parameters?.members ?? [:]).reduce(into: [:]) { kept, pair in
                let isSaid = pair.key.hasPrefix("projection.") || pair.key == "storage.location.template"
                if isSaid { kept[pair.key] = pair.value.string }
            }
        } else if !result.partitionKeys.isEmpty {
            result.partitions = try await partitions(database, name)
        }
        return result
    }

    /// The table of another's partitions, `t$partitions`, a column for each key
    /// (https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog-listing-partitions.html). As SHOW PARTITIONS does, it
    /// knows those of the catalogue and no projected ones.
    /// - Returns: nil where there is no partitioned table of that name.
    func partitionsTable(_ database: String, _ name: String) async throws -> SQLTable? {
        let suffix = "$partitions"
        guard name.hasSuffix(suffix) else { return nil }
        let base = String(name.dropLast(suffix.count))
        guard let table = try await glueTable(database, base) else { return nil }
        let keys = Self.columns(table["PartitionKeys"])
        guard !keys.isEmpty else { return nil }
        var result = SQLTable(
            database: database, name: name, location: table["StorageDescriptor"]?["Location"]?.string ?? "", format: "partitions",
            columns: [])
        (result.partitionKeys, result.partitions) = (keys, try await partitions(database, base))
        return result
    }

    static func columns(_ list: Document?) -> [SQLColumn] {
        (list?.list ?? []).map {
            SQLColumn(name: $0["Name"]?.string ?? "", type: $0["Type"]?.string ?? "string", comment: $0["Comment"]?.string)
        }
    }

    static func format(_ serde: String, _ input: String) -> String? {
        let (serde, input) = (serde.lowercased(), input.lowercased())
        if serde.contains("parquet") || input.contains("parquet") { return "parquet" }
        if serde.contains(".orc.") || input.contains(".orc.") { return "orc" }
        if serde.contains("json") { return "json" }
        if serde.contains("regexserde") { return "regex" }
        if serde.contains("lazysimple") || serde.contains("opencsv") { return "csv" }
        return nil
    }

    func partitions(_ database: String, _ table: String) async throws -> [SQLPartition] {
        let input: Members = ["DatabaseName": .string(database), "TableName": .string(table), "ExcludeColumnSchema": true]
        return try await entries("GetPartitions", "Partitions", input).compactMap { each in
            each["StorageDescriptor"]?["Location"]?.string.map {
                SQLPartition(values: (each["Values"]?.list ?? []).compactMap(\.string), location: $0)
            }
        }
    }

    /// All databases and tables that the caller may see.
    func information() async throws -> SQLInformation {
        var shown = SQLInformation()
        shown.databases = try await names("GetDatabases", "DatabaseList", [:])
        for database in shown.databases {
            shown.tables += try await entries("GetTables", "TableList", ["DatabaseName": .string(database)]).map { table in
                SQLInformation.Table(
                    database: database, name: table["Name"]?.string ?? "", view: StoredView.text(of: table),
                    columns: Self.columns(table["StorageDescriptor"]?["Columns"]),
                    partitionKeys: Self.columns(table["PartitionKeys"]))
            }
        }
        return shown
    }

    /// All names under a listing.
    func names(_ operation: String, _ list: String, _ input: Members) async throws -> [String] {
        try await entries(operation, list, input).compactMap { $0["Name"]?.string }
    }

    /// All pages of a listing.
    func entries(_ operation: String, _ list: String, _ input: Members) async throws -> [Document] {
        var all: [Document] = []
        var token: Document?
        repeat {
            var request = input
            request["NextToken"] = token
            let page = try await call(operation, .map(request))
            all += page[list]?.list ?? []
            token = page["NextToken"]
        } while token != nil
        return all
    }
}

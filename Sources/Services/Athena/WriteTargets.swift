import Documents
import Kernel
import SQLEngine

/// What CTAS, INSERT INTO and UNLOAD write to, and how (https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html,
/// insert-into.html, unload.html).
extension QueryExecution {
    private func catalog(_ query: QueryRecord) -> CatalogReader {
        CatalogReader(caller: query.caller, region: place.region, platform: platform)
    }

    /// - Returns: nil where the table is there and may be.
    func newTable(_ statement: ParsedStatement, _ query: QueryRecord, _ output: inout SQLOutput) async throws -> WriteTarget? {
        let (database, table) = (statement.database ?? query.database, statement.table ?? "")
        let catalog = catalog(query)
        guard try await catalog.hasDatabase(database) else {
            throw QueryFailure.user("SCHEMA_NOT_FOUND", "line 1:1: Schema '\(database)' does not exist")
        }
        let properties = try WriteProperties(statement, allowed: WriteProperties.ofTables)
        try properties.fill(&output)
        (output.needsNames, output.isEmpty) = (true, statement.withoutData == true)
        let root = try await root(of: properties, query)
        if let found = try await catalog.glueTable(database, table) {
            let isOwn = try (found["StorageDescriptor"]?["Location"]?.string).map { try OutputLocation($0) } == root
            // An earlier run of this query got as far as here.
            if isOwn, try await mustBeEmpty(root, for: "\(database).\(table)", query) {
                _ = try await catalog.find("DeleteTable", ["DatabaseName": .string(database), "Name": .string(table)])
            } else if statement.ifNotExists == true {
                return nil
            } else {
                throw QueryFailure.user(
                    "TABLE_ALREADY_EXISTS", "line 1:1: Destination table 'awsdatacatalog.\(database).\(table)' already exists")
            }
        } else {
            _ = try await mustBeEmpty(root, for: "\(database).\(table)", query)
        }
        let entry = CatalogEntry(catalog: catalog, database: database, table: table, root: root)
        let (keys, buckets) = (output.partitionedBy, (output.bucketedBy, output.bucketCount))
        return WriteTarget(root: root, keys: keys) { result in
            try await entry.create(properties, result, keys: keys, buckets: buckets)
        }
    }

    /// Where a new table lies.
    private func root(of properties: WriteProperties, _ query: QueryRecord) async throws -> OutputLocation {
        guard let wanted = properties.location else { return try OutputLocation(query.output + "tables/\(query.id)/") }
        let (place, name) = (place, query.workGroup)
        let group = try await platform.store.read { try $0.requireWorkGroup(place, name) }
        guard !group.enforces || group.outputLocation == nil else {
            throw QueryFailure(
                .user, 1_000,
                "The Create Table As Select query failed because it was submitted with an 'external_location' property to an Athena "
                    + "Workgroup that enforces a centralized output location for all queries. Please remove the 'external_location' "
                    + "property and resubmit the query.")
        }
        return try Self.location(wanted)
    }

    private static func location(_ text: String) throws -> OutputLocation {
        do { return try OutputLocation(text) } catch is AthenaFault {
            throw QueryFailure.user("INVALID_TABLE_PROPERTY", "External location must be a valid file system URI: \(text)")
        }
    }

    func unloaded(_ statement: ParsedStatement, _ query: QueryRecord, _ output: inout SQLOutput) async throws -> WriteTarget {
        let properties = try WriteProperties(statement, allowed: WriteProperties.ofUnload)
        guard properties.format != nil else {
            throw QueryFailure.user("INVALID_TABLE_PROPERTY", "The format property is required for UNLOAD")
        }
        try properties.fill(&output)
        output.needsNames = true
        let root = try Self.location(statement.location ?? "")
        let name = "temp_table_\(query.id.replacing("-", with: ""))"
        _ = try await mustBeEmpty(root, for: "\(query.database).\(name)", query)
        return WriteTarget(root: root, keys: output.partitionedBy) { _ in }
    }

    func presentTable(_ statement: ParsedStatement, _ query: QueryRecord, _ output: inout SQLOutput) async throws -> WriteTarget {
        let (database, table) = (statement.database ?? query.database, statement.table ?? "")
        let catalog = catalog(query)
        guard let found = try await catalog.glueTable(database, table) else {
            guard try await catalog.hasDatabase(database) else {
                throw QueryFailure.user("SCHEMA_NOT_FOUND", "line 1:1: Schema '\(database)' does not exist")
            }
            throw QueryFailure.user("TABLE_NOT_FOUND", "line 1:1: Table 'awsdatacatalog.\(database).\(table)' does not exist")
        }
        guard found["TableType"]?.string != StoredView.kind else {
            throw QueryFailure.user("NOT_SUPPORTED", "line 1:1: Inserting into views is not supported")
        }
        let storage = found["StorageDescriptor"]
        guard (storage?["BucketColumns"]?.list ?? []).isEmpty else {
            throw QueryFailure.user("NOT_SUPPORTED", "INSERT into a bucketed table")
        }
        let described = try await catalog.table(found, database, table)
        let serde = described.serde?.lowercased() ?? ""
        guard !serde.contains("opencsv"), described.format != "regex", described.skipHeader == 0 else {
            throw QueryFailure.user(
                "NOT_SUPPORTED", "Cannot insert into a table with this SerDe or with header lines: \(database).\(table)")
        }
        output.format = described.format == "csv" ? "textfile" : described.format
        if described.format == "csv" {
            let delimiter = described.serdeProperties["field.delim"] ?? described.serdeProperties["serialization.format"]
            output.delimiter = delimiter == "1" ? nil : delimiter
        }
        let parameters = found["Parameters"]
        output.compression =
            ["write.compression", "write_compression", "parquet.compression", "parquet.compress", "orc.compress"]
            .compactMap { parameters?[$0]?.string }.first
        output.columns = described.columns + described.partitionKeys
        output.partitionedBy = described.partitionKeys.map(\.name)
        output.given = statement.given ?? []
        let root = try Self.location(described.location)
        let places = try Dictionary(
            described.partitions.map { ($0.values, try Self.location($0.location)) }, uniquingKeysWith: { $1 })
        for place in Set([root] + places.values) { try await takeBackEarlierRun(below: place, query) }
        let keys = output.partitionedBy
        let entry = CatalogEntry(catalog: catalog, database: database, table: table, root: root)
        // Projected partitions are not in the catalogue.
        let (isProjected, template) = (!described.projection.isEmpty, described.projection["storage.location.template"])
        return WriteTarget(root: root, keys: keys, places: places, template: template) { result in
            if isProjected { return }
            let fresh = CatalogEntry.partitions(of: result).filter { places[$0] == nil }
            try await entry.add(fresh, keys, storage ?? [:])
        }
    }
}

/// The WITH list of CTAS and UNLOAD.
struct WriteProperties: Sendable {
    static let ofTables: Set<String> = [
        "write_compression", "parquet_compression", "orc_compression", "compression", "field_delimiter", "external_location",
        "bucket_count", "table_type", "is_external",
    ]
    static let ofUnload: Set<String> = ["format", "compression", "field_delimiter"]

    var format: String?
    var compression: String?
    var delimiter: String?
    var location: String?
    var partitionedBy: [String] = []
    var bucketedBy: [String] = []
    var bucketCount = 0
    /// What is kept with the table.
    var parameters: Members = [:]

    init(_ statement: ParsedStatement, allowed: Set<String>) throws {
        var given: [String: String] = [:]
        let lists = statement.lists ?? [:]
        for (name, value) in statement.properties ?? [:] where lists[name.lowercased()] == nil {
            guard allowed.contains(name.lowercased()) else {
                throw QueryFailure.user(
                    "INVALID_TABLE_PROPERTY", "line 1:1: Catalog 'awsdatacatalog' table property '\(name)' does not exist")
            }
            given[name.lowercased()] = value
        }
        guard given["table_type"].map({ $0.uppercased() == "HIVE" }) ?? true else {
            throw QueryFailure.unsupported("Tables of the type \(given["table_type"] ?? "") are not supported yet")
        }
        format = statement.format ?? given["format"]
        compression =
            ["write_compression", "parquet_compression", "orc_compression", "compression"].compactMap { given[$0] }.first
        delimiter = given["field_delimiter"]
        location = given["external_location"]
        partitionedBy = lists["partitioned_by"] ?? statement.partitionKeys?.map(\.name) ?? []
        bucketedBy = lists["bucketed_by"] ?? []
        bucketCount = given["bucket_count"].flatMap { Int($0) } ?? 0
        guard bucketedBy.isEmpty == (bucketCount == 0) else {
            throw QueryFailure.user(
                "INVALID_TABLE_PROPERTY", "The number of buckets and the columns to bucket by must be given together")
        }
    }

    func fill(_ output: inout SQLOutput) throws {
        output.format = (format ?? "PARQUET").lowercased()
        if let compression { output.compression = compression.lowercased() }
        if let delimiter {
            guard delimiter.count == 1 else {
                throw QueryFailure.user("INVALID_TABLE_PROPERTY", "The field delimiter must be a single character: \(delimiter)")
            }
            output.delimiter = delimiter
        }
        (output.partitionedBy, output.bucketedBy, output.bucketCount) = (partitionedBy, bucketedBy, bucketCount)
    }
}

/// A written table's place in the catalogue.
struct CatalogEntry: Sendable {
    let catalog: CatalogReader
    let database: String
    let table: String
    let root: OutputLocation

    static func partitions(of result: SQLResult) -> [[String]] {
        Set((result.files ?? []).map(\.values).filter { !$0.isEmpty }).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The table, then its partitions; without them it is taken back.
    func create(_ properties: WriteProperties, _ result: SQLResult, keys: [String], buckets: ([String], Int)) async throws {
        let columns = result.outputColumns ?? []
        var statement = ParsedStatement(kind: "create_table")
        statement.format = properties.format ?? "PARQUET"
        let storage = TableText.storage(statement)
        let format = statement.format?.uppercased() ?? ""
        var serde: Members = ["serialization.format": "1"]
        if format == "TEXTFILE" {
            let delimiter = properties.delimiter ?? "\u{1}"
            serde = ["field.delim": .string(delimiter), "serialization.format": .string(delimiter)]
        }
        var parameters: Members = ["EXTERNAL": "TRUE", "has_encrypted_data": "false"]
        if let compression = properties.compression { parameters["write.compression"] = .string(compression.uppercased()) }
        let described: Document = [
            "Columns": .list(DDL.columns(columns.filter { !keys.contains($0.name) })), "Location": .string(root.url),
            "InputFormat": .string(storage.input), "OutputFormat": .string(storage.output), "Compressed": false,
            "NumberOfBuckets": .integer(Int64(buckets.1)), "BucketColumns": .list(buckets.0.map { .string($0) }),
            "SerdeInfo": [
                "Name": .string(table), "SerializationLibrary": .string(storage.serde), "Parameters": .map(serde),
            ],
        ]
        let input: Document = [
            "Name": .string(table), "TableType": "EXTERNAL_TABLE", "Owner": "hadoop", "Retention": 0,
            "PartitionKeys": .list(DDL.columns(columns.filter { keys.contains($0.name) })), "Parameters": .map(parameters),
            "StorageDescriptor": described,
        ]
        do {
            _ = try await catalog.call("CreateTable", ["DatabaseName": .string(database), "TableInput": input])
        } catch let error as AWSError where error.code == "AlreadyExistsException" {
            throw QueryFailure.user("TABLE_ALREADY_EXISTS", "Table already exists: '\(database).\(table)'")
        }
        do { try await add(Self.partitions(of: result), keys, described) } catch {
            _ = try await catalog.find("DeleteTable", ["DatabaseName": .string(database), "Name": .string(table)])
            throw error
        }
    }

    func add(_ partitions: [[String]], _ keys: [String], _ storage: Document) async throws {
        let names = WriteTarget(root: root, keys: keys) { _ in }
        for values in partitions {
            var described = storage.members ?? [:]
            described["Location"] = .string(try names.folder(of: values).url)
            let input: Document = ["Values": .list(values.map { .string($0) }), "StorageDescriptor": .map(described)]
            do {
                _ = try await catalog.call(
                    "CreatePartition", ["DatabaseName": .string(database), "TableName": .string(table), "PartitionInput": input])
            } catch let error as AWSError where error.code == "AlreadyExistsException" {
                continue  // another statement has made it, at the same place
            }
        }
    }
}

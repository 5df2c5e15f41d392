import Documents
import Kernel
import SQLEngine

/// CREATE TABLE, its partitions, MSCK REPAIR.
extension DDL {
    func createTable(_ statement: ParsedStatement, _ database: String, _ table: String) async throws -> Lines {
        guard statement.external == true else {
            throw QueryFailure.unsupported("Only CREATE EXTERNAL TABLE is supported; Iceberg tables are not supported yet")
        }
        guard let location = statement.location, location.hasPrefix("s3://") else {
            throw QueryFailure.ddl("MetaException(message:No location was given, or it is not in Amazon S3)")
        }
        guard try await catalog.find("GetDatabase", ["Name": .string(database)]) != nil else { throw missing(database: database) }
        let storage = TableText.storage(statement)
        var serde: Members = [:]
        for (name, value) in statement.serdeProperties ?? [:] { serde[name] = .string(value) }
        if serde.isEmpty { serde["serialization.format"] = "1" }
        var parameters: Members = ["EXTERNAL": "TRUE"]
        parameters["comment"] = statement.comment.map { .string($0) }
        for (name, value) in statement.properties ?? [:] { parameters[name] = .string(value) }
        let input: Document = [
            "Name": .string(table), "TableType": "EXTERNAL_TABLE", "Owner": "hadoop", "Retention": 0,
            "PartitionKeys": .list(Self.columns(statement.partitionKeys)), "Parameters": .map(parameters),
            "StorageDescriptor": [
                "Columns": .list(Self.columns(statement.columns)), "Location": .string(location),
                "InputFormat": .string(storage.input), "OutputFormat": .string(storage.output), "Compressed": false,
                "NumberOfBuckets": -1,
                "SerdeInfo": ["SerializationLibrary": .string(storage.serde), "Parameters": .map(serde)],
            ],
        ]
        do {
            _ = try await catalog.call("CreateTable", ["DatabaseName": .string(database), "TableInput": input])
        } catch let error as AWSError where error.code == "AlreadyExistsException" {
            if statement.ifNotExists != true {
                throw QueryFailure.ddl("AlreadyExistsException(message:Table \(table) already exists)")
            }
        }
        return Lines()
    }

    static func columns(_ columns: [SQLColumn]?) -> [Document] {
        (columns ?? []).map { column in
            var members: Members = ["Name": .string(column.name), "Type": .string(column.type ?? "string")]
            members["Comment"] = column.comment.map { .string($0) }
            return .map(members)
        }
    }

    func addPartitions(_ statement: ParsedStatement, _ database: String, _ table: String) async throws -> Lines {
        let found = try await require(database, table)
        let keys = CatalogReader.columns(found["PartitionKeys"]).map(\.name)
        for each in statement.partitions ?? [] {
            let values = try values(each.values, keys, in: "\(database).\(table)")
            try await add(values, each.location, keys, found, database, table, mayExist: statement.ifNotExists == true)
        }
        return Lines()
    }

    func values(_ pairs: [String: String], _ keys: [String], in table: String) throws -> [String] {
        let given = Dictionary(pairs.map { ($0.lowercased(), $1) }, uniquingKeysWith: { $1 })
        let values = keys.compactMap { given[$0] }
        guard values.count == keys.count, given.count == keys.count, !keys.isEmpty else {
            throw QueryFailure.ddl("Partition spec does not match the partition columns of \(table)")
        }
        return values
    }

    /// `key=value/key=value`, as Hive names the folders of partitions.
    static func folder(_ keys: [String], _ values: [String]) -> String {
        zip(keys, values).map { "\($0)=\(PercentEncoding.encode($1, keeping: " -_.~"))" }.joined(separator: "/")
    }

    private func add(
        _ values: [String], _ location: String?, _ keys: [String], _ found: Document, _ database: String, _ table: String,
        mayExist: Bool
    ) async throws {
        var storage = found["StorageDescriptor"]?.members ?? [:]
        let base = storage["Location"]?.string ?? ""
        let folder = Self.folder(keys, values)
        storage["Location"] = .string(location ?? base + (base.hasSuffix("/") ? "" : "/") + folder)
        let input: Document = ["Values": .list(values.map { .string($0) }), "StorageDescriptor": .map(storage)]
        do {
            _ = try await catalog.call(
                "CreatePartition", ["DatabaseName": .string(database), "TableName": .string(table), "PartitionInput": input])
        } catch let error as AWSError where error.code == "AlreadyExistsException" {
            if !mayExist {
                throw QueryFailure.ddl("AlreadyExistsException(message:Partition already exists: \(folder))")
            }
        }
    }

    func dropPartitions(_ statement: ParsedStatement, _ database: String, _ table: String) async throws -> Lines {
        let keys = CatalogReader.columns(try await require(database, table)["PartitionKeys"]).map(\.name)
        for each in statement.partitions ?? [] {
            let values = try values(each.values, keys, in: "\(database).\(table)")
            let input: Document = [
                "DatabaseName": .string(database), "TableName": .string(table),
                "PartitionValues": .list(values.map { .string($0) }),
            ]
            let gone = try await catalog.find("DeletePartition", input)
            guard gone != nil || statement.ifExists == true else {
                throw QueryFailure.ddl("Partition not found: \(values.joined(separator: "/"))")
            }
        }
        return Lines()
    }

    /// Adds the `key=value` folders under the table's location that are not in the catalog yet.
    func repair(_ database: String, _ table: String) async throws -> Lines {
        let found = try await require(database, table)
        let keys = CatalogReader.columns(found["PartitionKeys"]).map(\.name)
        guard !keys.isEmpty, let location = found["StorageDescriptor"]?["Location"]?.string else {
            throw QueryFailure.ddl("Table \(database).\(table) is not a partitioned table")
        }
        let root = try OutputLocation(location)
        let known = Set(try await catalog.partitions(database, table).map(\.values))
        var rows: [String] = []
        var folders: [(prefix: String, values: [String])] = [(root.prefix, [])]
        for key in keys {
            var below: [(prefix: String, values: [String])] = []
            for folder in folders {
                for name in try await subfolders(root.bucket, folder.prefix) {
                    let parts = name.dropLast().split(separator: "=", maxSplits: 1)
                    guard parts.count == 2, parts[0].lowercased() == key else { continue }
                    below.append((folder.prefix + name, folder.values + [PercentEncoding.decode(parts[1]) ?? String(parts[1])]))
                }
            }
            folders = below
        }
        for folder in folders where !known.contains(folder.values) {
            let url = "s3://\(root.bucket)/\(folder.prefix.dropLast())"
            try await add(folder.values, url, keys, found, database, table, mayExist: true)
            let name = zip(keys, folder.values).map { "\($0)=\($1)" }.joined(separator: "/")
            rows.append("Repair: Added partition to metastore \(database).\(table):\(name)")
        }
        return Lines(rows.isEmpty ? [] : ["repair"], rows)
    }

    /// The folders right below `prefix`, each with its slash.
    private func subfolders(_ bucket: String, _ prefix: String) async throws -> [String] {
        var all: [String] = []
        var token: Document?
        repeat {
            var input: Members = ["Bucket": .string(bucket), "Prefix": .string(prefix), "Delimiter": "/"]
            input["ContinuationToken"] = token
            let call = Call("s3", "ListObjectsV2", .map(input), caller: query.caller, region: place.region)
            let page = try await platform.call(call).output
            all += (page["CommonPrefixes"]?.list ?? []).compactMap { $0["Prefix"]?.string }.map {
                String($0.dropFirst(prefix.count))
            }
            token = page["NextContinuationToken"]
        } while token != nil
        return all
    }
}

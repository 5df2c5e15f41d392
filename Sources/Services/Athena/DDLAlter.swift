import Documents
import Kernel
import SQLEngine

/// ALTER TABLE for what is not a partition coming or going
/// (https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html).
extension DDL {
    func alter(_ statement: ParsedStatement, _ database: String, _ table: String) async throws -> Lines {
        let found = try await require(database, table)
        if statement.kind == "alter_set_location", let partition = statement.partitions?.first {
            try await move(partition, to: statement.location ?? "", in: found, database, table)
            return Lines()
        }
        var input = (found.members ?? [:]).filter { Self.inputMembers.contains($0.key) }
        var storage = input["StorageDescriptor"]?.members ?? [:]
        switch statement.kind {
        case "alter_set_tblproperties":
            var parameters = input["Parameters"]?.members ?? [:]
            for (name, value) in statement.properties ?? [:] { parameters[name] = .string(value) }
            input["Parameters"] = .map(parameters)
        case "alter_set_location":
            storage["Location"] = .string(try Self.folder(statement.location ?? ""))
        case let kind:
            let old = kind == "alter_add_columns" ? storage["Columns"]?.list ?? [] : []
            let columns = old + Self.columns(statement.columns)
            var names = Set(CatalogReader.columns(found["PartitionKeys"]).map(\.name))
            for name in CatalogReader.columns(.list(columns)).map({ $0.name.lowercased() }) where !names.insert(name).inserted {
                throw QueryFailure.ddl("Duplicate column name: \(name)")
            }
            storage["Columns"] = .list(columns)
        }
        input["StorageDescriptor"] = .map(storage)
        _ = try await catalog.call("UpdateTable", ["DatabaseName": .string(database), "TableInput": .map(input)])
        return Lines()
    }

    /// The second partition of the statement is the new name; the files stay where they are
    /// (https://docs.aws.amazon.com/athena/latest/ug/alter-table-rename-partition.html).
    func renamePartition(_ statement: ParsedStatement, _ database: String, _ table: String) async throws -> Lines {
        let keys = CatalogReader.columns(try await require(database, table)["PartitionKeys"]).map(\.name)
        let both = try (statement.partitions ?? []).map { try values($0.values, keys, in: "\(database).\(table)") }
        guard both.count == 2 else { throw QueryFailure.ddl("Partition spec is missing") }
        var place: Members = ["DatabaseName": .string(database), "TableName": .string(table)]
        place["PartitionValues"] = .list(both[0].map { .string($0) })
        guard let present = try await catalog.find("GetPartition", .map(place))?["Partition"] else {
            throw QueryFailure.ddl("Partition not found")
        }
        var input = (present.members ?? [:]).filter { Self.partitionMembers.contains($0.key) }
        input["Values"] = .list(both[1].map { .string($0) })
        place["PartitionValueList"] = place.removeValue(forKey: "PartitionValues")
        place["PartitionInput"] = .map(input)
        do {
            _ = try await catalog.call("UpdatePartition", .map(place))
        } catch let error as AWSError where error.code == "AlreadyExistsException" {
            throw QueryFailure.ddl("Partition already exists: \(Self.folder(keys, both[1]))")
        }
        return Lines()
    }

    func mustExist(_ partition: ParsedStatement.Partition, _ database: String, _ table: String) async throws {
        let keys = CatalogReader.columns(try await require(database, table)["PartitionKeys"]).map(\.name)
        let values = try values(partition.values, keys, in: "\(database).\(table)")
        let place: Document = [
            "DatabaseName": .string(database), "TableName": .string(table), "PartitionValues": .list(values.map { .string($0) }),
        ]
        guard try await catalog.find("GetPartition", place) != nil else { throw QueryFailure.ddl("Partition not found") }
    }

    private func move(
        _ partition: ParsedStatement.Partition, to location: String, in found: Document, _ database: String, _ table: String
    ) async throws {
        let keys = CatalogReader.columns(found["PartitionKeys"]).map(\.name)
        let values = Document.list(try values(partition.values, keys, in: "\(database).\(table)").map { .string($0) })
        var place: Members = ["DatabaseName": .string(database), "TableName": .string(table)]
        place["PartitionValues"] = values
        guard let present = try await catalog.find("GetPartition", .map(place))?["Partition"] else {
            throw QueryFailure.ddl("Partition not found")
        }
        var input = (present.members ?? [:]).filter { Self.partitionMembers.contains($0.key) }
        var storage = input["StorageDescriptor"]?.members ?? [:]
        storage["Location"] = .string(try Self.folder(location))
        input["StorageDescriptor"] = .map(storage)
        place["PartitionValues"] = nil
        place["PartitionValueList"] = values
        place["PartitionInput"] = .map(input)
        _ = try await catalog.call("UpdatePartition", .map(place))
    }

    private static func folder(_ location: String) throws -> String {
        guard location.hasPrefix("s3://") else {
            throw QueryFailure.ddl("MetaException(message:\(location) is not in Amazon S3)")
        }
        return location
    }

    private static let inputMembers: Set<String> = [
        "Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor", "PartitionKeys",
        "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters", "TargetTable",
    ]
    private static let partitionMembers: Set<String> = [
        "Values", "LastAccessTime", "StorageDescriptor", "Parameters", "LastAnalyzedTime",
    ]
}

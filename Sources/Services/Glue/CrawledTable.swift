import Documents
import SQLEngine

/// What Glue's crawlers write into the catalog for a table they found: formats, SerDes, parameters.
enum CrawledTable {
    private struct Format {
        var input: String
        var output: String
        var serde: String
    }

    private static func format(_ name: String) -> Format {
        switch name {
        case "parquet":
            let package = "org.apache.hadoop.hive.ql.io.parquet"
            return Format(
                input: "\(package).MapredParquetInputFormat", output: "\(package).MapredParquetOutputFormat",
                serde: "\(package).serde.ParquetHiveSerDe")
        case "json": return text("org.openx.data.jsonserde.JsonSerDe")
        default: return text("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe")
        }
    }

    private static func text(_ serde: String) -> Format {
        Format(
            input: "org.apache.hadoop.mapred.TextInputFormat",
            output: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", serde: serde)
    }

    /// TableInput for a new table.
    static func input(_ table: InferredTable, name: String, crawler: String) -> Document {
        let parameters = parameters(table, crawler)
        let storage = storage(table, columns: columns(table.columns), location: table.location, parameters)
        return [
            "Name": .string(name), "Owner": "owner", "Retention": 0, "StorageDescriptor": storage,
            "PartitionKeys": .list(columns(table.partitionKeys)), "TableType": "EXTERNAL_TABLE", "Parameters": .map(parameters),
        ]
    }

    private static func columns(_ columns: [SQLColumn]) -> [Document] {
        columns.map { ["Name": .string($0.name), "Type": .string($0.type ?? "string")] }
    }

    private static func storage(_ table: InferredTable, columns: [Document], location: String, _ parameters: Members) -> Document
    {
        let format = format(table.format)
        var serde: Members = [:]
        switch table.format {
        case "json": serde["paths"] = .string(columns.compactMap { $0["Name"]?.string }.sorted().joined(separator: ","))
        case "csv": serde["field.delim"] = .string(table.delimiter ?? ",")
        default: serde["serialization.format"] = "1"
        }
        return [
            "Columns": .list(columns), "Location": .string(location), "InputFormat": .string(format.input),
            "OutputFormat": .string(format.output), "Compressed": .bool(table.compression != "none"), "NumberOfBuckets": -1,
            "SerdeInfo": ["SerializationLibrary": .string(format.serde), "Parameters": .map(serde)], "BucketColumns": [],
            "SortColumns": [], "Parameters": .map(parameters), "StoredAsSubDirectories": false,
        ]
    }

    private static func parameters(_ table: InferredTable, _ crawler: String) -> Members {
        var parameters: Members = [
            "CrawlerSchemaDeserializerVersion": "1.0", "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": .string(crawler), "classification": .string(table.format),
            "compressionType": .string(table.compression), "typeOfData": "file",
        ]
        if table.format == "csv" {
            parameters["areColumnsQuoted"] = "false"
            parameters["columnsOrdered"] = "true"
            parameters["delimiter"] = .string(table.delimiter ?? ",")
            if table.header { parameters["skip.header.line.count"] = "1" }
        }
        count(&parameters, table.objectCount, table.sizeKey, table.recordCount, table.averageRecordSize)
        return parameters
    }

    private static func count(_ parameters: inout Members, _ objects: Int, _ size: Int, _ records: Int, _ average: Int) {
        parameters["objectCount"] = .string(String(objects))
        parameters["sizeKey"] = .string(String(size))
        parameters["recordCount"] = .string(String(records))
        parameters["averageRecordSize"] = .string(String(average))
    }

    /// PartitionInput for a new partition: the table's storage at the partition's place.
    /// - Parameter inherited: the catalogue's table, whose columns and format the partition is to have.
    static func partition(
        _ partition: InferredTable.Partition, of table: InferredTable, crawler: String, inherited: Document? = nil
    ) -> Document {
        var parameters = parameters(table, crawler)
        parameters["UPDATED_BY_CRAWLER"] = nil
        count(&parameters, partition.objectCount, partition.sizeKey, partition.recordCount, partition.averageRecordSize)
        var storage = storage(table, columns: columns(table.columns), location: partition.location, parameters)
        if var members = inherited?["StorageDescriptor"]?.members {
            members["Location"] = .string(partition.location)
            members["Parameters"] = .map(parameters)
            storage = .map(members)
        }
        return [
            "Values": .list(partition.values.map { .string($0) }), "StorageDescriptor": storage, "Parameters": .map(parameters),
        ]
    }

    /// TableInput from a Table as the catalog gives it.
    static func input(of table: Document) -> Members {
        let names = [
            "Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor",
            "PartitionKeys",
            "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters", "TargetTable",
        ]
        return (table.members ?? [:]).filter { names.contains($0.key) }
    }

    /// TableInput for a table that was found again. Columns keep their order, new ones come behind, a column that is no
    /// longer in the data stays; parameters that others set stay too.
    static func merged(
        _ old: Document, _ found: InferredTable, crawler: String, updatesSchema: Bool, keepsColumns: Bool
    ) -> Document {
        var input = input(of: old)
        var parameters = input["Parameters"]?.members ?? [:]
        parameters["DEPRECATED_BY_CRAWLER"] = nil
        guard updatesSchema else {
            count(&parameters, found.objectCount, found.sizeKey, found.recordCount, found.averageRecordSize)
            input["Parameters"] = .map(parameters)
            return .map(input)
        }
        parameters.merge(self.parameters(found, crawler)) { $1 }
        input["Parameters"] = .map(parameters)
        let before = old["StorageDescriptor"]?["Columns"]?.list ?? []
        var types: [String: String] = [:]
        for column in found.columns { types[column.name] = column.type ?? "string" }
        let known = Set(before.compactMap { $0["Name"]?.string })
        let kept = before.map { column -> Document in
            guard !keepsColumns, var members = column.members, let name = members["Name"]?.string, let type = types[name]
            else { return column }
            members["Type"] = .string(type)
            return .map(members)
        }
        let all = kept + columns(found.columns.filter { !known.contains($0.name) })
        let location = old["StorageDescriptor"]?["Location"]?.string ?? found.location
        let rebuilt = storage(found, columns: all, location: location, [:])
        // Counts live in the table's parameters; in the descriptor they would make every run a new version.
        var descriptor = old["StorageDescriptor"]?.members ?? [:]
        for name in ["Columns", "InputFormat", "OutputFormat", "Compressed", "SerdeInfo"] { descriptor[name] = rebuilt[name] }
        input["StorageDescriptor"] = .map(descriptor)
        return .map(input)
    }

    /// A suffix that tells two tables of one name apart: FNV-1a of the location, in hexadecimal.
    static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

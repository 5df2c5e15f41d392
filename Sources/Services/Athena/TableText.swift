import Documents
import SQLEngine

/// Between Hive's words for a table and the catalog's.
enum TableText {
    struct Storage: Sendable, Hashable {
        var input: String
        var output: String
        var serde: String
    }

    private static let text = "org.apache.hadoop.mapred.TextInputFormat"
    private static let plain = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
    private static let parquet = "org.apache.hadoop.hive.ql.io.parquet"

    /// What STORED AS, ROW FORMAT and their absence mean (https://docs.aws.amazon.com/athena/latest/ug/create-table.html).
    static func storage(_ statement: ParsedStatement) -> Storage {
        var storage = Storage(input: text, output: plain, serde: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe")
        switch statement.format?.uppercased() {
        case "PARQUET":
            storage = Storage(
                input: "\(parquet).MapredParquetInputFormat", output: "\(parquet).MapredParquetOutputFormat",
                serde: "\(parquet).serde.ParquetHiveSerDe")
        case "JSON": storage.serde = "org.openx.data.jsonserde.JsonSerDe"
        case "ORC":
            let orc = "org.apache.hadoop.hive.ql.io.orc"
            storage = Storage(input: "\(orc).OrcInputFormat", output: "\(orc).OrcOutputFormat", serde: "\(orc).OrcSerde")
        case "AVRO":
            let avro = "org.apache.hadoop.hive.ql.io.avro"
            storage = Storage(
                input: "\(avro).AvroContainerInputFormat", output: "\(avro).AvroContainerOutputFormat",
                serde: "org.apache.hadoop.hive.serde2.avro.AvroSerDe")
        default: break
        }
        storage.input = statement.inputFormat ?? storage.input
        storage.output = statement.outputFormat ?? storage.output
        storage.serde = statement.serde ?? storage.serde
        return storage
    }

    /// SHOW CREATE TABLE, line by line.
    static func statement(_ table: Document) -> [String] {
        let storage = table["StorageDescriptor"]
        let name = "\(table["DatabaseName"]?.string ?? "").\(table["Name"]?.string ?? "")"
        var lines = ["CREATE EXTERNAL TABLE `\(name)`("]
        lines += columns(storage?["Columns"])
        let keys = columns(table["PartitionKeys"])
        if !keys.isEmpty { lines += ["PARTITIONED BY ( "] + keys }
        lines += ["ROW FORMAT SERDE ", "  \(quoted(storage?["SerdeInfo"]?["SerializationLibrary"]))"]
        lines += pairs("WITH SERDEPROPERTIES ( ", storage?["SerdeInfo"]?["Parameters"])
        lines += ["STORED AS INPUTFORMAT ", "  \(quoted(storage?["InputFormat"]))"]
        lines += ["OUTPUTFORMAT ", "  \(quoted(storage?["OutputFormat"]))"]
        lines += ["LOCATION", "  \(quoted(storage?["Location"]))"]
        var parameters = table["Parameters"]?.members ?? [:]
        parameters["EXTERNAL"] = nil
        return lines + pairs("TBLPROPERTIES (", .map(parameters))
    }

    private static func quoted(_ value: Document?) -> String { quoted(value?.string ?? "") }
    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "\\'") + "'" }

    private static func columns(_ list: Document?) -> [String] {
        let columns = CatalogReader.columns(list)
        return columns.enumerated().map { index, column in
            let comment = column.comment.map { " COMMENT \(quoted($0))" } ?? ""
            return "  `\(column.name)` \(column.type ?? "string")\(comment)" + (index == columns.count - 1 ? ")" : ", ")
        }
    }

    private static func pairs(_ head: String, _ map: Document?) -> [String] {
        let members = (map?.members ?? [:]).sorted { $0.key < $1.key }
        guard !members.isEmpty else { return [] }
        return [head]
            + members.enumerated().map { index, pair in
                "  \(quoted(pair.key))=\(quoted(pair.value))" + (index == members.count - 1 ? ")" : ", ")
            }
    }
}

import Documents
import Kernel

/// What Glue knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension GlueService {
    func refuseUnbuilt(in operations: inout Operations) {
        // A crawler writes to the catalogue of its own account.
        operations.refuse(
            ["CatalogId"],
            of: ["CreateCrawler", "UpdateCrawler"])
        // Governed tables, which AWS itself has given up.
        operations.refuse(
            ["TransactionId"],
            of: ["BatchDeleteTable", "CreateTable", "DeleteTable", "GetPartitions", "GetTable", "GetTables", "UpdateTable"])
        operations.refuse(
            ["QueryAsOfTime"],
            of: ["GetPartitions", "GetTable", "GetTables"])
        operations.refuse(
            ["OpenTableFormatInput"],
            of: ["CreateTable"])
        operations.refuse(
            ["ViewUpdateAction", "UpdateOpenTableFormatInput"],
            of: ["UpdateTable"])
        // All tables are the catalogue's own.
        operations.refuse(
            ["ResourceShareType"],
            of: ["GetDatabases", "GetTables", "SearchTables"], unless: ["ALL"])
    }
}

import Documents
import Kernel
import SQLEngine

/// Athena's view of the data catalog: Glue's, asked as the caller.
enum Catalogs {
    struct PageInput: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
    }
    struct CatalogsOutput: Codable, Sendable {
        struct Summary: Codable, Sendable {
            var CatalogName: String
            var `Type`: String
        }
        var DataCatalogsSummary: [Summary]
    }
    struct CatalogInput: Codable, Sendable { var Name: String }
    struct CatalogOutput: Codable, Sendable {
        struct Catalog: Codable, Sendable {
            var Name: String
            var Description: String
            var `Type`: String
            var Parameters: [String: String]
        }
        var DataCatalog: Catalog
    }
    struct DatabaseInput: Codable, Sendable {
        var CatalogName: String
        var DatabaseName: String
    }
    struct DatabaseOutput: Codable, Sendable { var Database: Document }
    struct DatabasesInput: Codable, Sendable {
        var CatalogName: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct DatabasesOutput: Codable, Sendable {
        var DatabaseList: [Document]
        var NextToken: String?
    }
    struct TableInput: Codable, Sendable {
        var CatalogName: String
        var DatabaseName: String
        var TableName: String
    }
    struct TableOutput: Codable, Sendable { var TableMetadata: Document }
    struct TablesInput: Codable, Sendable {
        var CatalogName: String
        var DatabaseName: String
        var Expression: String?
        var NextToken: String?
        var MaxResults: Int?
    }
    struct TablesOutput: Codable, Sendable {
        var TableMetadataList: [Document]
        var NextToken: String?
    }

    static func list(_ input: PageInput, _ context: Context) async throws -> CatalogsOutput {
        guard input.NextToken == nil else { throw AthenaFault.invalid("Invalid NextToken") }
        return CatalogsOutput(DataCatalogsSummary: [.init(CatalogName: "AwsDataCatalog", Type: "GLUE")])
    }

    /// The one catalogue that every account has.
    static func catalog(_ input: CatalogInput, _ context: Context) async throws -> CatalogOutput {
        guard input.Name.lowercased() == "awsdatacatalog" else { throw AthenaFault.invalid("Catalog \(input.Name) is not found") }
        return CatalogOutput(
            DataCatalog: .init(
                Name: "AwsDataCatalog", Description: "", Type: "GLUE", Parameters: ["catalog-id": context.account]))
    }

    private static func glue(_ operation: String, _ input: Members, _ catalog: String, _ context: Context) async throws
        -> Document
    {
        guard catalog.lowercased() == "awsdatacatalog" else { throw AthenaFault.invalid("Catalog \(catalog) is not found") }
        do { return try await context.callAsCaller("glue", operation, .map(input)).output } catch let error as AWSError
            where error.isSenders
        {
            // Clients read the catalogue's own code from the text.
            throw AthenaFault.metadata(
                "\(error.message) (Service: AmazonDataCatalog; Status Code: \(error.status); Error Code: \(error.code); "
                    + "Request ID: \(context.requestID); Proxy: null)")
        }
    }

    /// A token of Glue's within one of Athena's own.
    private static func paging(_ input: inout Members, _ token: String?, _ size: Int?, of list: String) throws {
        if let token {
            guard let own = PageToken.name(token, of: list) else { throw AthenaFault.invalid("Invalid NextToken") }
            input["NextToken"] = .string(own)
        }
        input["MaxResults"] = size.map { .integer(Int64($0)) }
    }

    static func database(_ input: DatabaseInput, _ context: Context) async throws -> DatabaseOutput {
        let found = try await glue("GetDatabase", ["Name": .string(input.DatabaseName)], input.CatalogName, context)
        return DatabaseOutput(Database: database(found["Database"] ?? [:]))
    }

    static func databases(_ input: DatabasesInput, _ context: Context) async throws -> DatabasesOutput {
        var request: Members = [:]
        let list = context.list(input.CatalogName)
        try paging(&request, input.NextToken, input.MaxResults, of: list)
        let found = try await glue("GetDatabases", request, input.CatalogName, context)
        return DatabasesOutput(
            DatabaseList: (found["DatabaseList"]?.list ?? []).map(database),
            NextToken: found["NextToken"]?.string.map { PageToken.write($0, of: list) })
    }

    private static func database(_ database: Document) -> Document {
        var members: Members = ["Name": database["Name"] ?? ""]
        members["Description"] = database["Description"]
        members["Parameters"] = database["Parameters"]
        return .map(members)
    }

    static func table(_ input: TableInput, _ context: Context) async throws -> TableOutput {
        let request: Members = ["DatabaseName": .string(input.DatabaseName), "Name": .string(input.TableName)]
        let found = try await glue("GetTable", request, input.CatalogName, context)
        return TableOutput(TableMetadata: table(found["Table"] ?? [:]))
    }

    static func tables(_ input: TablesInput, _ context: Context) async throws -> TablesOutput {
        var request: Members = ["DatabaseName": .string(input.DatabaseName)]
        request["Expression"] = input.Expression.map { .string($0) }
        let list = context.list(input.CatalogName, input.DatabaseName, input.Expression)
        try paging(&request, input.NextToken, input.MaxResults, of: list)
        let found = try await glue("GetTables", request, input.CatalogName, context)
        return TablesOutput(
            TableMetadataList: (found["TableList"]?.list ?? []).map(table),
            NextToken: found["NextToken"]?.string.map { PageToken.write($0, of: list) })
    }

    private static func table(_ table: Document) -> Document {
        var members: Members = ["Name": table["Name"] ?? ""]
        for name in ["CreateTime", "LastAccessTime", "TableType"] { members[name] = table[name] }
        let storage = table["StorageDescriptor"]
        members["Columns"] = .list((storage?["Columns"]?.list ?? []).map(column))
        members["PartitionKeys"] = .list((table["PartitionKeys"]?.list ?? []).map(column))
        var parameters = table["Parameters"]?.members ?? [:]
        parameters["location"] = storage?["Location"]
        parameters["inputformat"] = storage?["InputFormat"]
        parameters["outputformat"] = storage?["OutputFormat"]
        parameters["serde.serialization.lib"] = storage?["SerdeInfo"]?["SerializationLibrary"]
        members["Parameters"] = .map(parameters)
        return .map(members)
    }

    private static func column(_ column: Document) -> Document {
        var members: Members = [:]
        for name in ["Name", "Type", "Comment"] { members[name] = column[name] }
        return .map(members)
    }
}

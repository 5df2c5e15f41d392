import Documents
import Kernel
import Store

/// Whose catalog, and where: the first elements of every key.
struct Catalog: Sendable, Hashable {
    var account: String
    var region: String

    /// The catalog that a call means. Another account's is refused by authorization, unless its resource policy lets the caller in.
    init(_ id: String?, _ context: Context) { (account, region) = (id ?? context.account, context.region) }
    init(account: String, region: String) { (self.account, self.region) = (account, region) }

    func databases() -> Key { Key(.glueDatabase, .text(account), .text(region)) }
    func database(_ name: String) -> Key { databases().appending(.text(name)) }
    func tables(_ database: String) -> Key { Key(.glueTable, .text(account), .text(region), .text(database)) }
    func allTables() -> Key { Key(.glueTable, .text(account), .text(region)) }
    func table(_ database: String, _ name: String) -> Key { tables(database).appending(.text(name)) }
    func versions(_ database: String, _ name: String) -> Key {
        Key(.glueTableVersion, .text(account), .text(region), .text(database), .text(name))
    }
    func partitions(_ database: String, _ table: String) -> Key {
        Key(.gluePartition, .text(account), .text(region), .text(database), .text(table))
    }
    func partition(_ database: String, _ table: String, _ values: [String]) -> Key {
        Key(.gluePartition, [.text(account), .text(region), .text(database), .text(table)] + values.map { .text($0) })
    }
    func crawlers() -> Key { Key(.glueCrawler, .text(account), .text(region)) }
    func crawler(_ name: String) -> Key { crawlers().appending(.text(name)) }

    func arn(_ resource: String) -> String { ARN("glue", region: region, account: account, resource).description }
}

struct DatabaseRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    /// The DatabaseInput as given.
    var input: Document
    var created: Timestamp
    /// nil in records from before there were tags.
    var tags: [String: String]?

    func output(_ catalog: Catalog) -> Document {
        var members = input.members ?? [:]
        members["Name"] = .string(name)
        members["CreateTime"] = .timestamp(created)
        members["CatalogId"] = .string(catalog.account)
        // What Lake Formation gives a database as long as IAM alone decides.
        members["CreateTableDefaultPermissions"] =
            members["CreateTableDefaultPermissions"] ?? [
                ["Principal": ["DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"], "Permissions": ["ALL"]]
            ]
        return .map(members)
    }
}

struct TableRecord: Stored {
    static let tag: UInt8 = 1
    var database: String
    var name: String
    /// The TableInput as given.
    var input: Document
    var created: Timestamp
    var updated: Timestamp
    var createdBy: String
    var version: Int64

    var partitionKeys: [(name: String, type: String)] {
        (input["PartitionKeys"]?.list ?? []).map { ($0["Name"]?.string ?? "", $0["Type"]?.string ?? "string") }
    }

    func output(_ catalog: Catalog) -> Document {
        var members = input.members ?? [:]
        members["Name"] = .string(name)
        members["DatabaseName"] = .string(database)
        members["CreateTime"] = .timestamp(created)
        members["UpdateTime"] = .timestamp(updated)
        members["CreatedBy"] = .string(createdBy)
        members["Retention"] = members["Retention"] ?? 0
        members["PartitionKeys"] = members["PartitionKeys"] ?? []
        members["IsRegisteredWithLakeFormation"] = false
        members["CatalogId"] = .string(catalog.account)
        members["VersionId"] = .string(String(version))
        return .map(members)
    }
}

struct PartitionRecord: Stored {
    static let tag: UInt8 = 1
    var values: [String]
    /// The PartitionInput as given.
    var input: Document
    var created: Timestamp

    func output(_ catalog: Catalog, _ database: String, _ table: String, withColumns: Bool = true) -> Document {
        var members = input.members ?? [:]
        members["Values"] = .list(values.map { .string($0) })
        members["DatabaseName"] = .string(database)
        members["TableName"] = .string(table)
        members["CreationTime"] = .timestamp(created)
        members["CatalogId"] = .string(catalog.account)
        if !withColumns, var storage = members["StorageDescriptor"]?.members {
            storage["Columns"] = nil
            members["StorageDescriptor"] = .map(storage)
        }
        return .map(members)
    }
}

extension Document {
    /// Only the attributes that AttributesToGet names, with the name always; all if it names none.
    func attributes(_ wanted: [String]?, _ names: [String: String]) -> Document {
        guard let wanted, !wanted.isEmpty, let members else { return self }
        let kept = Set(wanted.compactMap { names[$0] }).union(["Name", "CatalogId", "DatabaseName"])
        return .map(members.filter { kept.contains($0.key) })
    }
}

extension Snapshot {
    func requireDatabase(_ catalog: Catalog, _ name: String) throws -> DatabaseRecord {
        guard let record = try record(DatabaseRecord.self, catalog.database(name)) else { throw GlueFault.databaseNotFound(name) }
        return record
    }

    func requireTable(_ catalog: Catalog, _ database: String, _ name: String) throws -> TableRecord {
        guard let record = try record(TableRecord.self, catalog.table(database, name)) else {
            _ = try requireDatabase(catalog, database)
            throw GlueFault.tableNotFound
        }
        return record
    }
}

extension Snapshot {
    /// The records under `prefix` that `pick` takes, from behind `token`, at most `size`.
    func page<Record: Stored, Item: Sendable>(
        _ type: Record.Type, _ prefix: Key, token: String?, size: Int, of list: String, _ pick: (Record) throws -> Item?
    ) throws -> ListPage<Item> {
        let token = token?.isEmpty == true ? nil : token
        let refusal = GlueFault.invalid("Invalid NextToken provided")
        return try page(type, prefix, after: token, limit: size, of: list, refusing: refusal, pick)
    }
}

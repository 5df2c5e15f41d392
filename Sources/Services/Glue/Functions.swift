import Documents
import Kernel
import Store

/// Functions that users of Hive define (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-functions.html).
/// The catalogue keeps where their code is; no engine here runs it.
enum Functions {
    struct CreateInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var FunctionInput: Document
    }
    struct NameInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var FunctionName: String
    }
    struct GetOutput: Codable, Sendable { var UserDefinedFunction: Document }
    struct ListInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String?
        var Pattern: String
        var FunctionType: String?
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ListOutput: Codable, Sendable {
        var UserDefinedFunctions: [Document]
        var NextToken: String?
    }
    struct UpdateInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var FunctionName: String
        var FunctionInput: Document
    }

    static func create(_ input: CreateInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(input.CatalogId, context)
        let database = input.DatabaseName.lowercased()
        guard let name = input.FunctionInput["FunctionName"]?.string else { throw GlueFault.invalid("FunctionName is required") }
        let record = FunctionRecord(database: database, name: name, input: input.FunctionInput, created: context.now)
        try await context.store.write { transaction in
            _ = try transaction.requireDatabase(catalog, database)
            guard try !transaction.contains(catalog.function(database, name)) else { throw GlueFault.functionExists }
            let count = try transaction.count(catalog.functions(of: nil), limit: GlueLimit.functions)
            guard count < GlueLimit.functions else { throw GlueFault.tooMany("functions") }
            try transaction.put(catalog.function(database, name), record)
        }
        return Nothing()
    }

    static func get(_ input: NameInput, _ context: Context) async throws -> GetOutput {
        let catalog = Catalog(input.CatalogId, context)
        let record = try await context.store.read {
            try $0.requireFunction(catalog, input.DatabaseName.lowercased(), input.FunctionName)
        }
        return GetOutput(UserDefinedFunction: record.output(catalog))
    }

    /// Of one database, or of all.
    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let catalog = Catalog(input.CatalogId, context)
        let database = input.DatabaseName?.lowercased()
        let filter = NamePattern(input.Pattern)
        let page = try await context.store.read { snapshot in
            if let database { _ = try snapshot.requireDatabase(catalog, database) }
            return try snapshot.page(
                FunctionRecord.self, catalog.functions(of: database), token: input.NextToken,
                size: input.MaxResults ?? GlueLimit.page, of: context.list(input.CatalogId, database, input.Pattern)
            ) { record -> Document? in
                guard filter.matches(record.name.lowercased()) else { return nil }
                if let type = input.FunctionType, record.input["FunctionType"]?.string != type { return nil }
                return record.output(catalog)
            }
        }
        return ListOutput(UserDefinedFunctions: page.items, NextToken: page.next)
    }

    /// A new definition in the place of the old one. Another name in it is refused: AWS documents no renaming.
    static func update(_ input: UpdateInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(input.CatalogId, context)
        let database = input.DatabaseName.lowercased()
        if let name = input.FunctionInput["FunctionName"]?.string, name != input.FunctionName {
            throw GlueFault.invalid("FunctionName of the definition must be \(input.FunctionName)")
        }
        try await context.store.write { transaction in
            var record = try transaction.requireFunction(catalog, database, input.FunctionName)
            record.input = input.FunctionInput
            try transaction.put(catalog.function(database, record.name), record)
        }
        return Nothing()
    }

    static func delete(_ input: NameInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(input.CatalogId, context)
        let database = input.DatabaseName.lowercased()
        try await context.store.write { transaction in
            _ = try transaction.requireFunction(catalog, database, input.FunctionName)
            try transaction.delete(catalog.function(database, input.FunctionName))
        }
        return Nothing()
    }
}

struct FunctionRecord: Stored {
    static let tag: UInt8 = 1
    var database: String
    var name: String
    /// The UserDefinedFunctionInput as given.
    var input: Document
    var created: Timestamp

    func output(_ catalog: Catalog) -> Document {
        var members = input.members ?? [:]
        members["FunctionName"] = .string(name)
        members["DatabaseName"] = .string(database)
        members["CreateTime"] = .timestamp(created)
        members["CatalogId"] = .string(catalog.account)
        return .map(members)
    }
}

extension Catalog {
    /// - Parameter database: nil for all.
    func functions(of database: String?) -> Key {
        let all = Key(.glueFunction, .text(account), .text(region))
        return database.map { all.appending(.text($0)) } ?? all
    }
    func function(_ database: String, _ name: String) -> Key { functions(of: database).appending(.text(name)) }
}

extension Snapshot {
    func requireFunction(_ catalog: Catalog, _ database: String, _ name: String) throws -> FunctionRecord {
        if let record = try record(FunctionRecord.self, catalog.function(database, name)) { return record }
        _ = try requireDatabase(catalog, database)
        throw GlueFault.functionNotFound(name)
    }
}

import Documents
import Kernel
import Store

/// Databases and tables that stand for others
/// (https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-glue-apis.html).
///
/// A call on a link becomes the same call on its target, by the same caller through the dispatcher: rights on the link give
/// none on the target. GetDatabase shows the link itself, as its clients look for TargetDatabase there.
enum ResourceLinks {
    /// What an operation does with a link.
    enum Way: Sendable {
        /// The link is the table that is meant: it is deleted, or listed among others.
        case databases
        /// The link stands for a table, whose name is this member.
        case tables(String)
    }

    /// The place that a call on links means; nil where there is none in it.
    static func target(of input: Document, _ way: Way, _ context: Context) async throws -> Document? {
        guard let database = input["DatabaseName"]?.string?.lowercased() else { return nil }
        let catalog = Catalog(input["CatalogId"]?.string, context)
        return try await context.store.read { snapshot in
            let record = try snapshot.record(DatabaseRecord.self, catalog.database(database))
            if let target = record?.input["TargetDatabase"]?.members {
                return try moved(input, to: target, name: "DatabaseName", catalog, snapshot)
            }
            guard case .tables(let member) = way else { return nil }
            let name = member == "TableInput" ? input[member]?["Name"]?.string : input[member]?.string
            guard let name, let table = try snapshot.record(TableRecord.self, catalog.table(database, name.lowercased())),
                let target = table.input["TargetTable"]?.members
            else { return nil }
            var fresh = try moved(input, to: target, name: "DatabaseName", catalog, snapshot).members ?? [:]
            let other = target["Name"] ?? ""
            if member == "TableInput" {
                var described = fresh[member]?.members ?? [:]
                described["Name"] = other
                fresh[member] = .map(described)
            } else {
                fresh[member] = other
            }
            let place = Catalog(account: fresh["CatalogId"]?.string ?? catalog.account, region: catalog.region)
            let found = try snapshot.record(
                TableRecord.self,
                place.table(fresh["DatabaseName"]?.string?.lowercased() ?? "", other.string?.lowercased() ?? ""))
            guard found?.input["TargetTable"] == nil else { throw twice }
            return .map(fresh)
        }
    }

    private static let twice = GlueFault.invalid("A resource link cannot lead to another resource link.")

    private static func moved(
        _ input: Document, to target: Members, name: String, _ catalog: Catalog, _ snapshot: any Snapshot
    ) throws -> Document {
        var members = input.members ?? [:]
        let database = target[name]?.string?.lowercased() ?? ""
        let place = Catalog(account: target["CatalogId"]?.string ?? catalog.account, region: catalog.region)
        guard try snapshot.record(DatabaseRecord.self, place.database(database))?.input["TargetDatabase"] == nil else {
            throw twice
        }
        (members["DatabaseName"], members["CatalogId"]) = (.string(database), .string(place.account))
        return .map(members)
    }

    /// What GetTable shows of a link: the target's properties under the link's name.
    static func shown(_ output: Document, of input: Document, _ context: Context) -> Document {
        guard var members = output.members, var table = members["Table"]?.members else { return output }
        table["TargetTable"] = [
            "CatalogId": table["CatalogId"] ?? "", "DatabaseName": table["DatabaseName"] ?? "", "Name": table["Name"] ?? "",
        ]
        table["Name"] = input["Name"]?.string.map { .string($0.lowercased()) }
        table["DatabaseName"] = input["DatabaseName"]?.string.map { .string($0.lowercased()) }
        table["CatalogId"] = .string(input["CatalogId"]?.string ?? context.account)
        members["Table"] = .map(table)
        return .map(members)
    }
}

extension Operations {
    /// Registers an operation that goes where links lead.
    mutating func following<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ operation: String, _ way: ResourceLinks.Way, _ handler: @escaping @Sendable (Input, Context) async throws -> Output
    ) {
        on(operation) { (input: Input, context: Context) -> Output in
            let given = try DocumentEncoder().encode(input)
            guard let target = try await ResourceLinks.target(of: given, way, context) else {
                return try await handler(input, context)
            }
            let call = Call(GlueService.id, operation, target, caller: context.caller, region: context.region)
            let output = try await context.platform.call(call).output
            // Through a database's link it is the target's table that is shown, with its own database.
            let isTables = target["Name"]?.string?.lowercased() != given["Name"]?.string?.lowercased()
            let shown = operation == "GetTable" && isTables ? ResourceLinks.shown(output, of: given, context) : output
            return try DocumentDecoder().decode(Output.self, from: shown)
        }
    }
}

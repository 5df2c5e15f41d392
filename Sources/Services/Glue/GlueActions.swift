import Documents
import Kernel

/// Which permissions Glue's operations need. An action on a table needs its database and the catalog too
/// (https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html).
enum GlueActions {
    static let map: ActionMap = {
        var map: ActionMap = [:]
        for name in ["CreateDatabase", "GetDatabase", "UpdateDatabase", "DeleteDatabase"] {
            map[name] = { input, context in
                let database = input["Name"]?.string ?? input["DatabaseInput"]?["Name"]?.string ?? "*"
                let all = permissions(name, input, context, ["database/\(database.lowercased())"])
                return name == "CreateDatabase" ? creation(all, input) : all
            }
        }
        map["GetDatabases"] = { permissions("GetDatabases", $0, $1, ["database/*"]) }
        for name in [
            "CreateTable", "GetTable", "UpdateTable", "DeleteTable", "GetTables", "BatchDeleteTable", "GetTableVersions",
            "GetTableVersion", "DeleteTableVersion", "BatchDeleteTableVersion",
        ] {
            map[name] = { input, context in
                let table = input["TableName"]?.string ?? input["Name"]?.string ?? input["TableInput"]?["Name"]?.string
                let several = input["TablesToDelete"]?.list?.compactMap(\.string)
                return tables(name, input, context, several ?? [table ?? "*"])
            }
        }
        for name in [
            "CreatePartition", "BatchCreatePartition", "GetPartition", "GetPartitions", "BatchGetPartition", "UpdatePartition",
            "DeletePartition", "BatchDeletePartition", "BatchUpdatePartition", "GetPartitionIndexes",
        ] {
            map[name] = { tables(name, $0, $1, [$0["TableName"]?.string ?? "*"]) }
        }
        // The permission is the table's or the partition's
        // (https://docs.aws.amazon.com/glue/latest/webapi/API_GetColumnStatisticsForPartition.html).
        for owner in ["Table", "Partition"] {
            for verb in ["Update", "Get", "Delete"] {
                map["\(verb)ColumnStatisticsFor\(owner)"] = { input, context in
                    tables("\(verb)\(owner)", input, context, [input["TableName"]?.string ?? "*"])
                }
            }
        }
        for name in [
            "CreateUserDefinedFunction", "GetUserDefinedFunction", "GetUserDefinedFunctions", "UpdateUserDefinedFunction",
            "DeleteUserDefinedFunction",
        ] {
            map[name] = { input, context in
                let database = input["DatabaseName"]?.string?.lowercased() ?? "*"
                let function = input["FunctionName"]?.string ?? input["FunctionInput"]?["FunctionName"]?.string ?? "*"
                return permissions(
                    name, input, context, ["database/\(database)", "userDefinedFunction/\(database)/\(function)"])
            }
        }
        for name in ["PutResourcePolicy", "GetResourcePolicy", "GetResourcePolicies", "DeleteResourcePolicy"] {
            map[name] = { permissions(name, $0, $1, []) }
        }
        map["SearchTables"] = { permissions("SearchTables", $0, $1, ["database/*", "table/*/*"]) }
        for name in [
            "GetCrawler", "DeleteCrawler", "StartCrawler", "StopCrawler", "StartCrawlerSchedule", "StopCrawlerSchedule",
            "UpdateCrawlerSchedule", "ListCrawls",
        ] {
            map[name] = { crawler(name, $0, $1) }
        }
        for name in ["CreateCrawler", "UpdateCrawler"] {
            map[name] = { input, context in
                let pass = input["Role"]?.string.map { role in
                    Permission(
                        "iam:PassRole", on: CrawlerRole.arn(role, account: context.account),
                        conditions: ["iam:PassedToService": [CrawlerRole.principal]])
                }
                let own = crawler(name, input, context)
                return (name == "CreateCrawler" ? creation(own, input) : own) + [pass].compactMap { $0 }
            }
        }
        map["BatchGetCrawlers"] = { input, context in
            (input["CrawlerNames"]?.list ?? []).compactMap(\.string).map {
                Permission("glue:BatchGetCrawlers", on: context.arn("crawler/\($0)", service: "glue"))
            }
        }
        for name in ["GetCrawlers", "ListCrawlers", "GetCrawlerMetrics"] {
            map[name] = { _, _ in [Permission("glue:\(name)", on: "*")] }
        }
        for name in ["TagResource", "UntagResource", "GetTags"] {
            map[name] = { input, context in
                let arn = input["ResourceArn"]?.string ?? "*"
                guard let target = TagTarget(arn) else { return [Permission("glue:\(name)", on: arn)] }
                // A database's names are one in any case, so policies see the one.
                var all = [Permission("glue:\(name)", on: target.arn)]
                // https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html
                if target.kind == .database {
                    all += [target.catalog.arn("catalog"), target.arn].map { Permission("glue:GetDatabase", on: $0) }
                }
                return all
            }
        }
        return map
    }()

    /// The permissions to make the last one's resource, and to tag it if it is to have tags.
    private static func creation(_ permissions: [Permission], _ input: Document) -> [Permission] {
        var all = permissions
        guard var made = all.popLast() else { return [] }
        made.isCreation = true
        all.append(made)
        if input["Tags"]?.members?.isEmpty == false {
            all.append(Permission("glue:TagResource", on: made.resource, isCreation: true))
        }
        return all
    }

    private static func permissions(_ name: String, _ input: Document, _ context: Context, _ resources: [String]) -> [Permission]
    {
        let account = input["CatalogId"]?.string ?? context.account
        return (["catalog"] + resources).map {
            Permission("glue:\(name)", on: ARN("glue", region: context.region, account: account, $0).description)
        }
    }

    private static func tables(_ name: String, _ input: Document, _ context: Context, _ tables: [String]) -> [Permission] {
        let database = (input["DatabaseName"]?.string ?? "*").lowercased()
        let resources = ["database/\(database)"] + tables.map { "table/\(database)/\($0.lowercased())" }
        return permissions(name, input, context, resources)
    }

    private static func crawler(_ name: String, _ input: Document, _ context: Context) -> [Permission] {
        let crawler = input["Name"]?.string ?? input["CrawlerName"]?.string ?? "*"
        return [Permission("glue:\(name)", on: context.arn("crawler/\(crawler)", service: "glue"))]
    }
}

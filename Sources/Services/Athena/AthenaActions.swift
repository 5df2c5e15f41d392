import Documents
import Kernel
import Store

/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
extension AthenaService {
    /// A query's permission is its work group's, also for operations that name only the query.
    public var actions: ActionMap {
        var map: ActionMap = [:]
        map["CreateWorkGroup"] = { input, context in
            let arn = Self.workGroup(input["Name"]?.string ?? "*", context)
            var permissions = [Permission("athena:CreateWorkGroup", on: arn, isCreation: true)]
            if input["Tags"]?.list?.isEmpty == false {
                permissions.append(Permission("athena:TagResource", on: arn, isCreation: true))
            }
            return permissions
        }
        for name in [
            "GetWorkGroup", "UpdateWorkGroup", "DeleteWorkGroup", "CreatePreparedStatement", "GetPreparedStatement",
            "BatchGetPreparedStatement", "ListPreparedStatements", "UpdatePreparedStatement", "DeletePreparedStatement",
        ] {
            map[name] = { input, context in
                [Permission("athena:\(name)", on: Self.workGroup(input["WorkGroup"]?.string ?? "*", context))]
            }
        }
        for name in ["GetNamedQuery", "BatchGetNamedQuery", "UpdateNamedQuery", "DeleteNamedQuery"] {
            map[name] = { input, context in
                let several = input["NamedQueryIds"]?.list?.compactMap(\.string)
                let groups = try await Self.workGroups(ofNamed: several ?? [input["NamedQueryId"]?.string ?? ""], context)
                return groups.map { Permission("athena:\(name)", on: Self.workGroup($0, context)) }
            }
        }
        for name in ["StartQueryExecution", "ListQueryExecutions", "CreateNamedQuery", "ListNamedQueries"] {
            map[name] = { input, context in
                let group = input["WorkGroup"]?.string ?? WorkGroupRecord.primary
                return [Permission("athena:\(name)", on: Self.workGroup(group, context))]
            }
        }
        for name in [
            "StopQueryExecution", "GetQueryExecution", "GetQueryRuntimeStatistics", "BatchGetQueryExecution", "GetQueryResults",
        ] {
            map[name] = { input, context in
                let several = input["QueryExecutionIds"]?.list?.compactMap(\.string)
                let groups = try await Self.workGroups(of: several ?? [input["QueryExecutionId"]?.string ?? ""], context)
                return groups.map { Permission("athena:\(name)", on: Self.workGroup($0, context)) }
            }
        }
        for name in ["GetDataCatalog", "GetDatabase", "ListDatabases", "GetTableMetadata", "ListTableMetadata"] {
            map[name] = { input, context in
                let catalog = input["CatalogName"]?.string ?? input["Name"]?.string ?? "*"
                return [Permission("athena:\(name)", on: context.arn("datacatalog/\(catalog)", service: "athena"))]
            }
        }
        for name in ["ListDataCatalogs", "ListWorkGroups", "ListEngineVersions"] {
            map[name] = { _, _ in [Permission("athena:\(name)", on: "*")] }
        }
        for name in ["TagResource", "UntagResource", "ListTagsForResource"] {
            map[name] = { input, _ in [Permission("athena:\(name)", on: input["ResourceARN"]?.string ?? "*")] }
        }
        return map
    }

    private static func workGroup(_ name: String, _ context: Context) -> String {
        context.arn("workgroup/\(name)", service: "athena")
    }

    private static func workGroups(of queries: [String], _ context: Context) async throws -> [String] {
        let place = Place(context)
        return try await workGroups(of: queries, context) { try $0.record(QueryRecord.self, place.query($1))?.workGroup }
    }

    private static func workGroups(ofNamed ids: [String], _ context: Context) async throws -> [String] {
        let place = Place(context)
        return try await workGroups(of: ids, context) { try $0.record(NamedQueryRecord.self, place.namedQuery($1))?.workGroup }
    }

    /// The work groups of what is named, each once; `*` where none of it is known.
    private static func workGroups(
        of ids: [String], _ context: Context, _ group: @Sendable (any Snapshot, String) throws -> String?
    ) async throws -> [String] {
        let groups = try await context.store.read { snapshot in Set(try ids.compactMap { try group(snapshot, $0) }) }
        return groups.isEmpty ? ["*"] : groups.sorted()
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let target = Tags.Target(arn) else { return nil }
        let record = try await platform.store.read {
            try $0.record(WorkGroupRecord.self, target.place.workGroup(target.name))
        }
        return record.map { ResourceFacts(account: target.place.account, tags: $0.tags?.byKey ?? [:]) }
    }
}

import Documents
import Kernel
import SQLEngine

/// Amazon Athena: SQL over the data in S3, described by the Glue catalog.
public struct AthenaService: Service {
    public static let id = "athena"
    private let engine: any SQLRunning
    private let runs: QueryRuns

    /// - Parameter engine: shared by every service that runs SQL.
    public init(engine: any SQLRunning) {
        self.engine = engine
        runs = QueryRuns(engine: engine)
    }

    public func register(in operations: inout Operations) {
        operations.on("CreateWorkGroup", WorkGroups.create)
        operations.on("GetWorkGroup", WorkGroups.get)
        operations.on("ListWorkGroups", WorkGroups.list)
        operations.on("UpdateWorkGroup", WorkGroups.update)
        operations.on("DeleteWorkGroup", WorkGroups.delete)

        operations.on("StartQueryExecution", runs.start)
        operations.on("StopQueryExecution", runs.stop)
        operations.on("GetQueryExecution", Queries.get)
        operations.on("BatchGetQueryExecution", Queries.batchGet)
        operations.on("ListQueryExecutions", Queries.list)
        operations.on("GetQueryResults", Results.get)
        operations.delivery(QueryRuns.delivery, runs.carryOut)

        operations.on("ListDataCatalogs", Catalogs.list)
        operations.on("GetDatabase", Catalogs.database)
        operations.on("ListDatabases", Catalogs.databases)
        operations.on("GetTableMetadata", Catalogs.table)
        operations.on("ListTableMetadata", Catalogs.tables)
        refuseUnbuilt(in: &operations)
    }

    /// A query's permission is its work group's; an operation that names only a query is checked on all work groups, as
    /// the group is not in the request.
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in ["CreateWorkGroup", "GetWorkGroup", "UpdateWorkGroup", "DeleteWorkGroup"] {
            map[name] = { input, context in
                let group = input["WorkGroup"]?.string ?? input["Name"]?.string ?? "*"
                return [Permission("athena:\(name)", on: context.arn("workgroup/\(group)", service: "athena"))]
            }
        }
        for name in ["StartQueryExecution", "ListQueryExecutions"] {
            map[name] = { input, context in
                let group = input["WorkGroup"]?.string ?? WorkGroupRecord.primary
                return [Permission("athena:\(name)", on: context.arn("workgroup/\(group)", service: "athena"))]
            }
        }
        for name in ["StopQueryExecution", "GetQueryExecution", "BatchGetQueryExecution", "GetQueryResults"] {
            map[name] = { _, context in [Permission("athena:\(name)", on: context.arn("workgroup/*", service: "athena"))] }
        }
        for name in ["GetDatabase", "ListDatabases", "GetTableMetadata", "ListTableMetadata"] {
            map[name] = { input, context in
                let catalog = input["CatalogName"]?.string ?? "*"
                return [Permission("athena:\(name)", on: context.arn("datacatalog/\(catalog)", service: "athena"))]
            }
        }
        for name in ["ListDataCatalogs", "ListWorkGroups"] {
            map[name] = { _, _ in [Permission("athena:\(name)", on: "*")] }
        }
        return map
    }

    public func stop() async { await engine.stop() }
}
